import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import { httpClient } from '../../src/http/client.js'
import { guardedFetch, onlyPublic } from '../../src/node/guarded-fetch.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import { icsProvider } from '../../src/providers/ics/index.js'
import type { ProviderAccount } from '../../src/providers/provider.js'
import { innerHosts } from './inner-addresses.js'
import { freePort, type Recorder, startRecorder } from './recorder.js'

/**
 * Threats 1, 2, 4 and 5. The others of their kind: 3 is in redirects.test.ts, 6 in xml-limits.test.ts, 7 in limits.test.ts,
 * 8 in bad-input/files.test.ts and bad-input/recurrence.test.ts, 9 in injection.test.ts.
 *
 * Whoever names an inner address, and however, nothing inner is dialled, and nothing is learnt.
 */

const credentials = { username: 'jane', password: 'secret' }
const refusedAddress = { code: 'invalid_input', reason: 'ADDRESS_REFUSED' }
let recorder: Recorder
let silentPort: number

beforeAll(async () => {
  recorder = await startRecorder()
  silentPort = await freePort()
})
beforeEach(() => {
  recorder.connects = 0
})
afterAll(() => recorder.close())

async function failureOf(work: () => unknown): Promise<{ code: string; reason: string | undefined; message: string }> {
  try {
    await work()
  } catch (error) {
    if (!isSyncError(error)) throw error
    return { code: error.code, reason: error.reason, message: error.message }
  }
  throw new Error('nothing was refused')
}

const get = (url: string, send?: typeof fetch): Promise<unknown> =>
  httpClient(send ? { fetch: send } : {}).request({ method: 'GET', url })

test('the recorder sees who comes, so that 0 below means something', async () => {
  const url = `http://127.0.0.1:${recorder.port}/`
  const answer = await httpClient({ allowedHosts: ['127.0.0.1'] }).request({ method: 'GET', url })
  expect(answer.text).toBe('secret')
  expect(recorder.connects).toBe(1)
})

describe.each(innerHosts)('%s', (written) => {
  test('in a setting is refused, for every provider', async () => {
    const url = `https://${written}/`
    expect(await failureOf(() => caldavProvider().open({ settings: { url }, credentials }))).toMatchObject(
      refusedAddress,
    )
    expect(await failureOf(() => icsProvider().open({ settings: { url }, credentials: null }))).toMatchObject(
      refusedAddress,
    )
  })

  test('is not dialled: 0 connects, with or without a guarded fetch', async () => {
    for (const protocol of ['https', 'http']) {
      const url = `${protocol}://${written}:${recorder.port}/`
      expect(await failureOf(() => get(url))).toMatchObject(refusedAddress)
      expect(await failureOf(() => get(url, guardedFetch()))).toMatchObject(refusedAddress)
      expect(await failureOf(() => guardedFetch()(url))).toMatchObject(refusedAddress)
    }
    expect(recorder.connects).toBe(0)
  })

  test('in a redirect, or in an answer of a server, is not asked', async () => {
    const asked: string[] = []
    const target = `https://${written.replace(/[^ -~]+/g, encodeURIComponent)}/` // headers are Latin-1
    const answering = (answer: () => Response) => async (input: string | URL | Request, init?: RequestInit) => {
      asked.push(new URL(new Request(input, init).url).hostname)
      return answer()
    }
    const redirect = () => new Response(null, { status: 307, headers: { location: target } })
    const home = () =>
      new Response(
        `<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/</d:href><d:propstat><d:prop><c:calendar-home-set><d:href>${target}</d:href></c:calendar-home-set></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>`,
        { status: 207 },
      )
    const dav = (answer: () => Response): ProviderAccount =>
      caldavProvider({ fetch: answering(answer) }).open({ settings: { url: 'https://dav.example.com/' }, credentials })
    const feed = icsProvider({ fetch: answering(redirect) }).open({
      settings: { url: 'https://feed.example.com/a.ics' },
      credentials: null,
    })
    for (const account of [dav(redirect), dav(home), feed])
      expect(await failureOf(() => account.listCalendars())).toMatchObject(refusedAddress)
    expect(new Set(asked)).toEqual(new Set(['dav.example.com', 'feed.example.com']))
  })
})

describe('an address that a server names as', () => {
  const response = (href: string, props: string): string =>
    `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
  const href = (name: string, target: string): string => `<${name}><d:href>${target}</d:href></${name}>`
  const calendar =
    '<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:supported-report-set><d:supported-report><d:report><d:sync-collection/></d:report></d:supported-report></d:supported-report-set>'
  const collection = '<d:resourcetype><d:collection/></d:resourcetype>'
  const home = href('c:calendar-home-set', '/home/')
  const entry = (of: string): string => response(of, '<d:getetag>"1"</d:getetag>')

  /** What the server answers for `METHOD path`; what is not here is not there. */
  const places: Readonly<Record<string, (target: string) => Readonly<Record<string, string>>>> = {
    principal: (target) => ({ 'PROPFIND /': response('/', collection + href('d:current-user-principal', target)) }),
    home: (target) => ({ 'PROPFIND /': response('/', collection + href('c:calendar-home-set', target)) }),
    'another home': (target) => ({
      'PROPFIND /': response(
        '/',
        `${collection}<c:calendar-home-set><d:href>/home/</d:href><d:href>${target}</d:href></c:calendar-home-set>`,
      ),
      'PROPFIND /home/': response('/home/', collection),
    }),
    calendar: (target) => ({
      'PROPFIND /': response('/', collection + home),
      'PROPFIND /home/': response('/home/', collection) + response(`${target}work/`, calendar),
    }),
    event: (target) => ({
      'PROPFIND /': response('/', collection + home),
      'PROPFIND /home/': response('/home/', collection) + response('/home/work/', calendar),
      'PROPFIND /home/work/': response('/home/work/', calendar),
      'REPORT /home/work/': `${entry(`${target}a.ics`)}<d:sync-token>urn:1</d:sync-token>`,
    }),
  }

  test.each(Object.keys(places))('%s is not asked when it is another site, inner, or without TLS', async (place) => {
    for (const target of [
      'https://mallory.example.net/',
      `https://127.0.0.1:${recorder.port}/`,
      'http://p62.example.com/',
    ]) {
      const answers = places[place]?.(target) ?? {}
      const asked: string[] = []
      const account = caldavProvider({
        fetch: async (input, init) => {
          const { url, method } = new Request(input, init)
          asked.push(new URL(url).origin)
          const inner = answers[`${method} ${new URL(url).pathname}`]
          const body = `<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">${inner}</d:multistatus>`
          return inner === undefined ? new Response(null, { status: 404 }) : new Response(body, { status: 207 })
        },
      }).open({ settings: { url: 'https://dav.example.com/' }, credentials })
      const whole = async (): Promise<void> => {
        for (const { id } of await account.listCalendars()) {
          const from = { known: async () => new Map(), held: async function* () {} }
          for await (const _ of (await account.changes(id, from)).pages);
        }
      }
      const { code, reason } = await failureOf(whole)
      expect([code, reason]).toEqual(['invalid_input', expect.stringMatching(/^(?:OTHER_SITE|ADDRESS_REFUSED)$/)])
      expect(new Set(asked)).toEqual(new Set(['https://dav.example.com']))
    }
    expect(recorder.connects).toBe(0)
  })
})

describe('a name that leads inside', () => {
  const leadingTo = (...addresses: readonly string[]) => guardedFetch({ resolve: async () => addresses })

  test.each([
    ['127.0.0.1.nip.io', ['127.0.0.1']],
    ['localtest.example.com', ['::1']],
    ['mapped.example.com', ['::ffff:127.0.0.1']],
    ['nat64.example.com', ['64:ff9b::7f00:1']],
    ['any.example.com', ['0.0.0.0']],
    ['both.example.com', ['127.0.0.1', '::1', '10.0.0.1']],
    ['nothing.example.com', []],
    ['nonsense.example.com', ['localhost', '127.1', '']],
  ])('%s is not dialled', async (name, addresses) => {
    const url = `https://${name}:${recorder.port}/`
    expect(await failureOf(() => get(url, leadingTo(...addresses)))).toMatchObject(refusedAddress)
    expect(recorder.connects).toBe(0)
  })

  test('is not dialled although it led outside when somebody looked before (DNS rebinding)', async () => {
    const answers = ['93.184.215.14', '127.0.0.1']
    const resolve = async (): Promise<readonly string[]> => [answers.shift() ?? '127.0.0.1']
    expect(await resolve()).toEqual(['93.184.215.14']) // the look of an app that checks first and dials later
    const url = `https://rebind.example.com:${recorder.port}/`
    expect(await failureOf(() => get(url, guardedFetch({ resolve })))).toMatchObject(refusedAddress)
    expect(recorder.connects).toBe(0)
  })

  test('is looked up for every connection, and the addresses found are the ones that are dialled', async () => {
    const asked: string[] = []
    const send = guardedFetch({
      allowedHosts: ['named.example.com'],
      resolve: async (name) => {
        asked.push(name)
        return ['127.0.0.1']
      },
    })
    // the recorder closes each connection, and no other resolver knows this name
    for (const _ of [1, 2, 3]) await (await send(`http://named.example.com:${recorder.port}/`)).text()
    expect(asked).toEqual(['named.example.com', 'named.example.com', 'named.example.com'])
    expect(recorder.connects).toBe(3)
  })

  test('and outside as well is dialled outside only', () => {
    const both = ['127.0.0.1', '8.8.8.8', '::1', '10.0.0.1', '2606:4700::1', '::ffff:127.0.0.1']
    expect(onlyPublic(both)).toEqual(['8.8.8.8', '2606:4700::1'])
  })

  test('is not looked up to be asked without TLS', async () => {
    const asked: string[] = []
    const send = guardedFetch({ resolve: async (name) => [asked.push(name).toString()] })
    expect(await failureOf(() => send('http://example.com/'))).toMatchObject(refusedAddress)
    expect(asked).toEqual([])
  })
})

test('one message for all, whether something listens there or not, and no wait that tells the one from the other', async () => {
  const redirecting = async (): Promise<Response> =>
    new Response(null, { status: 302, headers: { location: `https://127.0.0.1:${recorder.port}/` } })
  const named = guardedFetch({ resolve: async (name) => (name.startsWith('a.') ? ['127.0.0.1'] : ['10.255.255.1']) })
  const started = performance.now()
  const failures = [
    await failureOf(() => get(`https://127.0.0.1:${recorder.port}/`)),
    await failureOf(() => get(`https://127.0.0.1:${silentPort}/`)),
    await failureOf(() => get('https://10.255.255.1/')), // nobody answers there, not even with a no
    await failureOf(() => get(`https://a.example.com:${recorder.port}/`, named)),
    await failureOf(() => get(`https://a.example.com:${silentPort}/`, named)),
    await failureOf(() => get('https://b.example.com/', named)),
    await failureOf(() => get('https://example.com/', redirecting)),
    await failureOf(() => get('http://example.com/')),
    await failureOf(() => get('https://jane:pw@example.com/')),
    await failureOf(() => caldavProvider().open({ settings: { url: 'https://router.lan/' }, credentials })),
  ]
  expect(new Set(failures.map((failure) => JSON.stringify(failure))).size).toBe(1)
  expect(failures[0]).toMatchObject(refusedAddress)
  expect(recorder.connects).toBe(0)
  expect(performance.now() - started).toBeLessThan(2_000) // one connect to nowhere would take ten seconds
})
