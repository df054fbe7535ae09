// Every ```ts and ```tsx example that a reader can copy compiles against the built package, and those of README.md also run.
// Examples are taken from README.md, docs and the comments in src. Words after `ts` in the opening line:
//   no-run     compiled only (it needs an account, a server, a browser ...)
//   continued  goes on where the example before it in the same file ended
// Needs dist/.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
// Inside the repository, so that `calweave` resolves to the package itself, as it does for whoever installed it.
const folder = join(root, '.doctest')
const words = new Set(['no-run', 'continued'])

const files = [
  ...globSync('{README.md,docs/*.md,docs/{guides,providers}/*.md}', { cwd: root }),
  ...globSync('src/**/*.{ts,tsx}', { cwd: root }),
].sort()
const examples = files.flatMap(examplesOf)

if (!existsSync(join(root, 'dist'))) throw new Error('There is no dist/. Run `npm run build` first.')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings()))
for (const example of examples) writeFileSync(join(folder, example.name), example.code)

const failed = new Map()
compile()
for (const example of examples) if (example.runs && !failed.has(example)) execute(example)

for (const example of examples) {
  const problem = failed.get(example)
  console.log(`${problem ? 'FAILED' : example.runs ? 'ran   ' : 'ok    '}  ${example.file}:${example.line}`)
  if (problem) console.error(problem)
}
console.log(`${examples.length - failed.size} passed, ${failed.size} failed`)
if (failed.size > 0) process.exitCode = 1
else rmSync(folder, { recursive: true, force: true })

function examplesOf(file) {
  const text = readFileSync(join(root, file), 'utf8')
  const isSource = /\.tsx?$/.test(file)
  // In a comment every line begins with a star, which is not part of the example.
  const fence = isSource
    ? /^[ \t]*\* ?```(tsx?)\b([^\n]*)\n([\s\S]*?)^[ \t]*\* ?```/gm
    : /^```(tsx?|typescript)\b([^\n]*)\n([\s\S]*?)^```/gm
  const found = []
  for (const match of text.matchAll(fence)) {
    const marks = match[2].trim().split(/\s+/).filter(Boolean)
    const line = text.slice(0, match.index).split('\n').length
    const unknown = marks.find((mark) => !words.has(mark))
    if (unknown)
      throw new Error(`${file}:${line}: \`\`\`ts ${unknown} is not known; there are ${[...words].join(', ')}.`)
    const own = isSource ? match[3].replace(/^[ \t]*\* ?/gm, '') : match[3]
    const before = marks.includes('continued') ? (found.at(-1)?.body ?? '') : ''
    const body = before + own
    found.push({
      ...{
        file,
        line,
        name: `${file.replace(/[^A-Za-z0-9]+/g, '-')}-${line}.${match[1] === 'tsx' ? 'tsx' : 'ts'}`,
        body,
      },
      // An example without imports is a module all the same, so that its names do not clash with those of others.
      code: `${body}\nexport {}\n`,
      runs: basename(file) === 'README.md' && !marks.includes('no-run'),
    })
  }
  return found
}

/** As strict as the library itself, except for what only matters to published code. */
function settings() {
  return {
    extends: '../tsconfig.json',
    compilerOptions: {
      ...{ noEmit: true, declaration: false, isolatedDeclarations: false, rootDir: '..', paths: {} },
      ...{ noUnusedLocals: false, noUnusedParameters: false, noPropertyAccessFromIndexSignature: false },
    },
    include: ['./*.ts', './*.tsx'],
  }
}

function compile() {
  if (examples.length === 0) return
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    })
  } catch (error) {
    const complaints = error.stdout.split('\n')
    for (const example of examples) {
      const own = complaints.filter((complaint) => complaint.startsWith(`${example.name}(`))
      if (own.length > 0) failed.set(example, own.join('\n'))
    }
    if (failed.size === 0) throw new Error(`The compiler failed:\n${error.stdout}${error.stderr}`)
  }
}

/** In a folder of its own, where it may leave files. */
function execute(example) {
  const cwd = mkdtempSync(join(tmpdir(), 'calweave-docs-'))
  try {
    const options = { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 }
    execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(folder, example.name)], options)
  } catch (error) {
    failed.set(example, `${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`)
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}
