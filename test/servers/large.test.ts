import { createHash } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RequestRecord } from '../../src/http/client.js'
import type { RemoteCalendarId, RemoteId, Revision } from '../../src/model/ids.js'
import type { ProviderAccount, RemoteChange } from '../../src/providers/provider.js'
import { ics } from '../providers/caldav/fixtures.js'
import { type RealServer, startServer, startTimeoutMs } from './real-server.js'

const size = 10_000

let server: RealServer

beforeAll(async () => {
  server = await startServer('sabre')
}, startTimeoutMs)
afterAll(() => server?.stop())

test('a calendar of 10,000 events is read in hundreds, unchanged it costs one request, a change three', async () => {
  const url = await server.makeCalendar('large')
  const calendar = new URL(url).pathname as RemoteCalendarId
  fill(join(server.folder, 'sabre.sqlite'), 'large')
  const requests: RequestRecord[] = []
  const account = server.open({ onRequest: (record) => requests.push(record) })
  const held = new Map<RemoteId, Revision | undefined>()

  const first = await pull(account, calendar, held, undefined)
  expect(first.counts).toEqual({ upsert: size })
  // What it can, all tags, and a hundred texts at a time.
  expect(requests.map(({ method }) => method).sort()).toEqual(['PROPFIND', 'PROPFIND', ...Array(100).fill('REPORT')])
  expect(first.longestPage).toBeLessThanOrEqual(500)
  // The list of tags is one answer; beside it, only what is on its way is kept.
  expect(Math.max(...requests.map(({ bytesDown }) => bytesDown))).toBeLessThan(8_000_000)
  expect(first.grownBytes).toBeLessThan(300_000_000)

  requests.length = 0
  const second = await pull(account, calendar, held, first.cursor)
  expect(second.counts).toEqual({})
  expect(requests).toHaveLength(1)

  const headers = { 'content-type': 'text/calendar; charset=utf-8' }
  await server.request('PUT', `${url}e7.ics`, { headers, body: ics('large-7', 'Changed') })
  requests.length = 0
  const third = await pull(account, calendar, held, second.cursor)
  expect(third.counts).toEqual({ unchanged: size - 1, upsert: 1 })
  expect(requests).toHaveLength(3)
})

interface Pulled {
  readonly cursor: string | undefined
  readonly counts: Partial<Record<RemoteChange['type'], number>>
  readonly longestPage: number
  readonly grownBytes: number
}

/** A pull of which only ids and revisions are kept, as an engine with a database would. */
async function pull(
  account: ProviderAccount,
  calendar: RemoteCalendarId,
  held: Map<RemoteId, Revision | undefined>,
  from: string | undefined,
): Promise<Pulled> {
  const before = process.memoryUsage().rss
  const counts: Record<string, number> = {}
  let cursor: string | undefined
  let [longestPage, highest] = [0, before]
  const { pages } = await account.changes(calendar, {
    ...(from === undefined ? {} : { cursor: from as never }),
    known: async (ids) => new Map(ids.flatMap((id) => (held.has(id) ? [[id, held.get(id) as Revision] as const] : []))),
    async *held() {
      yield held
    },
  })
  for await (const page of pages) {
    longestPage = Math.max(longestPage, page.changes.length)
    highest = Math.max(highest, process.memoryUsage().rss)
    for (const change of page.changes) {
      counts[change.type] = (counts[change.type] ?? 0) + 1
      if (change.type === 'upsert') held.set(change.event.id, change.event.revision)
    }
    cursor = page.cursor ?? cursor
  }
  return { cursor, counts, longestPage, grownBytes: highest - before }
}

/** Puts events straight into the tables of the server: 10,000 requests would take longer than what is tested. */
function fill(file: string, calendar: string): void {
  const database = new Database(file)
  const { id } = database.prepare('SELECT id FROM calendars WHERE uri = ?').get(calendar) as { id: number }
  const add = database.prepare(
    `INSERT INTO calendarobjects (calendarid, uri, calendardata, lastmodified, etag, size, componenttype, firstoccurence, lastoccurence)
     VALUES (?, ?, ?, 0, ?, ?, 'VEVENT', 0, 4102444800)`,
  )
  database.transaction(() => {
    for (let n = 0; n < size; n++) {
      const text = ics(`large-${n}`, `Event ${n}`)
      add.run(id, `e${n}.ics`, text, createHash('md5').update(text).digest('hex'), text.length)
    }
    database.prepare('UPDATE calendars SET ctag = ctag + 1 WHERE id = ?').run(id)
  })()
  database.close()
}
