import { createContext, Script } from 'node:vm'
import { beforeAll, expect, test } from 'vitest'
import { bundle, doors } from './bundle.js'

/** What browsers, workers and edge runtimes all have beside the language. Nothing of Node is in here. */
const webGlobals = [
  ...['AbortController', 'AbortSignal', 'Blob', 'DOMException', 'Event', 'EventTarget', 'FormData', 'Headers'],
  ...['ReadableStream', 'Request', 'Response', 'TextDecoder', 'TextEncoder', 'TransformStream', 'URL'],
  ...['URLSearchParams', 'WritableStream', 'atob', 'btoa', 'clearInterval', 'clearTimeout', 'console', 'crypto'],
  ...['fetch', 'performance', 'queueMicrotask', 'setInterval', 'setTimeout', 'structuredClone'],
] as const

/** Runs inside: weaves a calendar file from an address and a memory calendar together, and asks a CalDAV server. */
const host = `
import { SyncEngine } from './${doors['.']}'
import { caldavProvider } from './${doors['./providers/caldav']}'
import { icsProvider } from './${doors['./providers/ics']}'
import { memoryProvider } from './${doors['./providers/memory']}'
import { syncHandler } from './${doors['./server']}'
import { memoryStorage } from './${doors['./storage/memory']}'

export async function weave(file) {
  const asked = []
  const answer = async (input, init) => {
    const request = new Request(input, init)
    asked.push(request.method)
    if (request.method === 'GET') return new Response(file, { headers: { 'content-type': 'text/calendar' } })
    return new Response('', { status: 401 })
  }
  const memory = memoryProvider({ calendars: [{ id: 'work' }] })
  const providers = [memory, icsProvider({ fetch: answer }), caldavProvider({ fetch: answer })]
  const credentials = () => ({ username: 'jane', password: 'secret' })
  const user = new SyncEngine({ storage: memoryStorage(), providers, credentials }).user('user_1')
  const here = await user.connections.add({ provider: 'memory' })
  const feed = await user.connections.add({ provider: 'ics', settings: { url: 'https://example.com/a.ics' } })
  const refused = await user.connections
    .add({ provider: 'caldav', settings: { url: 'https://example.com/dav/' } })
    .then(() => 'nothing', (error) => error.code)
  const members = [
    { calendarId: feed.calendars[0].id, direction: 'read' },
    { calendarId: here.calendars[0].id },
  ]
  const group = await user.groups.create({ name: 'all', members })
  const runs = [await user.groups.sync(group.id), await user.groups.sync(group.id)]
  return JSON.stringify({
    refused,
    asked: [...new Set(asked)].sort(),
    titles: memory.service.calendar('work').all().map(({ content }) => content.title).sort(),
    created: runs.map(({ counts }) => counts.created),
  })
}

export async function open() {
  const engine = new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider({ calendars: [{ id: 'work' }] })] })
  const offers = [{ id: 'memory', provider: 'memory', name: 'A calendar', way: 'none' }]
  const door = syncHandler({ engine, offers, authenticate: () => ({ userId: 'jane' }) })
  const headers = { 'content-type': 'application/json', 'x-calweave': '1' }
  const request = (path, init) => door(new Request('https://app.example.com/calweave' + path, init))
  const added = await request('/connections', { method: 'POST', headers, body: '{"offer":"memory"}' })
  const live = (await request('/live')).body.getReader()
  const text = new TextDecoder().decode((await live.read()).value)
  await live.cancel()
  const described = await (await request('/openapi.json')).json()
  return JSON.stringify([added.status, (await added.json()).calendars.length, text, described.openapi])
}
`

const file = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//example.com//house//EN',
  'BEGIN:VEVENT',
  'UID:one@example.com',
  'DTSTAMP:20260101T000000Z',
  'DTSTART;TZID=Europe/Berlin:20260105T090000',
  'DTEND;TZID=Europe/Berlin:20260105T100000',
  'SUMMARY:Stand-up',
  'RRULE:FREQ=WEEKLY;COUNT=4',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n')

let code: string

beforeAll(async () => {
  code = (await bundle(host)).code
})

test('a runtime without anything of Node loads the library and syncs', async () => {
  const weave = load<(file: string) => Promise<string>>('calweave.weave')
  expect(JSON.parse(await weave(file))).toEqual({
    refused: 'auth_expired',
    asked: ['GET', 'PROPFIND'],
    titles: ['Stand-up'],
    created: [1, 0],
  })
})

test('a runtime without anything of Node opens the door', async () => {
  const open = load<() => Promise<string>>('calweave.open')
  expect(JSON.parse(await open())).toEqual([200, 1, 'retry: 2000\n\n', '3.1.0'])
})

test('the stage is bare: what Node adds is not there', () => {
  expect(load('[typeof process, typeof Buffer, typeof require, typeof setImmediate, typeof global].join()')).toBe(
    'undefined,undefined,undefined,undefined,undefined',
  )
})

/** Runs the bundle in a context of its own, with eval forbidden as on most edge runtimes; gives what `expression` is. */
function load<Result>(expression: string): Result {
  const given = Object.fromEntries(webGlobals.map((name) => [name, Reflect.get(globalThis, name)]))
  const context = createContext(given, { codeGeneration: { strings: false, wasm: false } })
  new Script(code, { filename: 'calweave.js' }).runInContext(context)
  return new Script(expression).runInContext(context) as Result
}
