// The arrows of the house: who may know whom inside src, and where each third-party package lives.
// errors <- model <- mapping, merge <- engine <- index; providers, storages and helpers stand beside, never above.

/** What each part may import besides itself. A part that is not here has no rule, which `a-part-without-rule` refuses. */
const arrows = {
  'errors.ts': [],
  model: ['errors.ts'],
  mapping: ['errors.ts', 'model'],
  merge: ['errors.ts', 'model', 'mapping'],
  engine: [
    ...['errors.ts', 'model', 'mapping', 'merge', 'providers/provider.ts', 'providers/access-tokens.ts'],
    ...['providers/watching.ts', 'storage/storage.ts', 'auth/auth.ts', 'scheduler/scheduler.ts', 'scheduler/cron.ts'],
  ],
  'index.ts': [
    ...['errors.ts', 'model', 'merge', 'mapping', 'engine', 'providers/provider.ts', 'providers/access-tokens.ts'],
    ...['providers/watching.ts', 'storage/storage.ts', 'auth/auth.ts', 'scheduler/scheduler.ts'],
  ],
  http: ['errors.ts'],
  'auth/auth.ts': ['errors.ts', 'model'],
  auth: ['errors.ts', 'model', 'http'],
  ical: ['errors.ts', 'model'],
  'providers/access-tokens.ts': [],
  'providers/opening.ts': ['errors.ts', 'providers/access-tokens.ts'],
  'providers/watching.ts': ['errors.ts', 'model'],
  'providers/provider.ts': ['errors.ts', 'model', 'providers/watching.ts'],
  'providers/memory': ['errors.ts', 'model', 'providers/provider.ts'],
  'providers/caldav': ['errors.ts', 'model', 'ical', 'http', 'providers/provider.ts', 'providers/opening.ts'],
  'providers/icloud': [
    ...['errors.ts', 'model', 'ical', 'http', 'providers/provider.ts', 'providers/opening.ts', 'providers/caldav'],
  ],
  'providers/google': [
    ...['errors.ts', 'model', 'http', 'providers/provider.ts', 'providers/watching.ts', 'providers/access-tokens.ts'],
    'providers/opening.ts',
  ],
  'providers/microsoft': [
    ...['errors.ts', 'model', 'http', 'providers/provider.ts', 'providers/watching.ts', 'providers/access-tokens.ts'],
    'providers/opening.ts',
  ],
  'providers/ics': ['errors.ts', 'model', 'ical', 'http', 'providers/provider.ts', 'providers/opening.ts'],
  'storage/storage.ts': ['errors.ts', 'model'],
  'storage/checks.ts': ['errors.ts', 'model', 'storage/storage.ts'],
  'storage/memory.ts': ['errors.ts', 'model', 'storage/storage.ts', 'storage/checks.ts'],
  'storage/sqlite': ['errors.ts', 'model', 'storage/storage.ts', 'storage/checks.ts'],
  'storage/postgres': ['errors.ts', 'model', 'storage/storage.ts', 'storage/checks.ts'],
  'storage/state': ['errors.ts', 'model', 'storage/storage.ts', 'storage/checks.ts'],
  'scheduler/scheduler.ts': ['errors.ts', 'model'],
  'scheduler/cron.ts': ['errors.ts', 'model'],
  scheduler: ['errors.ts', 'model', 'storage/storage.ts'],
  // Where workers agree on what services allow.
  limits: ['errors.ts', 'model', 'http', 'storage/storage.ts'],
  // Passes on what the engine tells.
  telemetry: ['errors.ts', 'model', 'engine'],
  // Requests of browsers, answered by what a host may use.
  server: ['index.ts', 'feeds/index.ts'],
  // Publishes what the engine shows, by its public handles.
  feeds: ['errors.ts', 'model', 'mapping', 'ical', 'engine'],
  // What only Node has: sockets and name servers.
  node: ['errors.ts', 'http', 'providers/caldav'],
  // What a page knows of an engine: types, and what the handler answers.
  client: ['index.ts', 'server/index.ts'],
  react: ['index.ts', 'client/index.ts', 'server/index.ts'],
  // Published for tests: it may use whatever a host may use, and what its simulator has to see.
  testing: [''],
}

/** The only files that may import a package. Types of these packages stay behind those files, too. */
const homes = {
  luxon: ['model/time.ts', 'model/zones.ts'],
  'rrule-temporal': ['model/rule-dates.ts', 'model/rule-text.ts'],
  '@noble/hashes': ['model/hash.ts'],
  'ical.js': ['ical'],
  ky: ['http/client.ts'],
  oauth4webapi: ['auth/oauth.ts'],
  croner: ['scheduler/cron.ts'],
  'p-limit': ['http/pace.ts'],
  undici: ['node/guarded-fetch.ts'],
  'ipaddr.js': ['http/address.ts'],
  saxes: ['providers/caldav/xml.ts'],
  'html-to-text': ['model/html.ts'],
  'node-diff3': ['mapping/text-merge.ts'],
  react: ['react'],
  zod: [''],
}

/** The only folders of src that may import modules of Node. */
const nodeHomes = ['storage/sqlite', 'node']

const isFile = (part) => /\.ts$/.test(part)
const escaped = (text) => text.replaceAll('.', '\\.')
const inside = (part) => `^src/${escaped(part)}${part === '' || isFile(part) ? (part === '' ? '' : '$') : '/'}`
const fromPackage = (name) => `(^|/)node_modules/${escaped(name)}(/|$)`

const arrowRules = Object.entries(arrows).map(([part, known]) => ({
  name: `arrows-of-${part}`,
  comment: `${part} may know only: ${known.join(', ') || 'nothing'}.`,
  severity: 'error',
  from: { path: inside(part) },
  to: { path: '^src/', pathNot: [inside(part), ...known.map(inside)] },
}))

const homeRules = Object.entries(homes).map(([name, files]) => ({
  name: `home-of-${name}`,
  comment: `Only ${files.join(', ') || 'src'} may import ${name}.`,
  severity: 'error',
  from: { path: '^src/', pathNot: files.map(inside) },
  to: { path: fromPackage(name) },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...arrowRules,
    ...homeRules,
    {
      name: 'a-part-without-rule',
      comment: 'Say in `arrows` what this part may know.',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(arrows).map(inside) },
      to: {},
    },
    {
      name: 'a-part-without-rule-is-used',
      comment: 'Say in `arrows` what this part may know.',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: Object.keys(arrows).map(inside) },
    },
    {
      name: 'a-package-without-home',
      comment: 'Give the package a home in `homes`, and a reason in the commit.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '(^|/)node_modules/', pathNot: Object.keys(homes).map(fromPackage) },
    },
    {
      name: 'nobody-uses-testing',
      comment: 'src/testing is for tests of hosts; what the library needs lives elsewhere.',
      severity: 'error',
      from: { path: '^src/', pathNot: inside('testing') },
      to: { path: inside('testing') },
    },
    {
      name: 'no-node',
      comment: 'The library runs in browsers and workers; only SQLite may ask for Node.',
      severity: 'error',
      from: { path: '^src/', pathNot: nodeHomes.map(inside) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown', 'undetermined'],
        dependencyTypesNot: ['npm-peer'],
      },
    },
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    { name: 'must-exist', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
