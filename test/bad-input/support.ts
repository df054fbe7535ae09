import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { SyncError } from '../../src/errors.js'
import { isSyncError } from '../../src/errors.js'
import type { EventContent } from '../../src/model/content.js'
import { sameContent } from '../../src/model/equality.js'
import type { Cursor, RemoteCalendarId } from '../../src/model/ids.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import { icsProvider } from '../../src/providers/ics/index.js'
import type { ProviderAccount, RemoteChange, RemoteEvent } from '../../src/providers/provider.js'
import { type CaldavStub, startCaldavStub } from '../support/caldav-stub.js'

/** A calendar of these lines, with CRLF ends. */
export function calendar(...lines: readonly string[]): string {
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//example.com//Other//EN', ...lines, 'END:VCALENDAR', ''].join(
    '\r\n',
  )
}

/** An event; lines given replace nothing, so a test sees its whole input. */
export function event(uid: string, ...lines: readonly string[]): readonly string[] {
  return ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT']
}

/** 4 March 2026, nine o'clock UTC. */
export const start = 'DTSTART:20260304T090000Z'

/** Stands in every bad event, and must stand in no message. */
export const canary = 'canary-of-the-event'

/** What became of one odd event between two good ones. */
export interface Outcome {
  /** `read`, or the code and reason under which the event was set aside. */
  readonly issue: string
  readonly content: EventContent
  /** As the CalDAV provider shows it. */
  readonly event: RemoteEvent
}

/** A CalDAV server for the tests of one file. */
export function stubOfThisFile(): { readonly stub: CaldavStub } {
  const held: { stub: CaldavStub } = { stub: undefined as never }
  beforeAll(async () => {
    held.stub = await startCaldavStub({ username: 'jane', password: 'secret', calendars: [] })
  })
  afterEach(() => {
    delete held.stub.options.fault
  })
  afterAll(() => held.stub.close())
  return held
}

let rows = 0

/**
 * Puts an event between two good ones, once in a calendar file and once in a CalDAV calendar, and pulls both. The good
 * ones are always read, both ways say the same of the odd one, and a reason names what to do and nothing of the event.
 */
export async function judged(
  stub: CaldavStub,
  lines: readonly string[],
  zones: readonly string[] = [],
): Promise<Outcome> {
  const good = (uid: string) => event(uid, start, 'SUMMARY:good')
  const name = `row-${++rows}`
  stub.addCalendar(name)
  stub.put(name, 'a.ics', calendar(...good('before')))
  stub.put(name, 'b.ics', calendar(...zones, ...lines))
  stub.put(name, 'c.ics', calendar(...good('after')))
  const dav = (await pull(davAccount(stub), stub.calendar(name))).changes
  const file = (await pullFile(calendar(...zones, ...good('before'), ...lines, ...good('after')))).changes
  for (const changes of [dav, file]) {
    expect(changes.map(({ type }) => type)).toHaveLength(3)
    expect([changes[0]?.type, changes[2]?.type]).toEqual(['upsert', 'upsert'])
  }
  const [shown, inFile] = [outcomeOf(dav[1]), outcomeOf(file[1])]
  expect(inFile.issue).toBe(shown.issue)
  if (shown.issue === 'read') expect(sameContent(inFile.content, shown.content)).toBe(true)
  return shown
}

/** Lines of an event that is like no other only in these lines. */
export function odd(...lines: readonly string[]): readonly string[] {
  return event('odd', ...lines, `LOCATION:${canary}`)
}

export function outcomeOf(change: RemoteChange | undefined): Outcome {
  if (change?.type === 'upsert') return { issue: 'read', content: change.event.content, event: change.event }
  if (change?.type !== 'unreadable') throw new Error(`expected an event, got ${change?.type}`)
  expectHelpful(change.error)
  const none = undefined as never
  return { issue: `${change.error.code} ${change.error.reason}`, content: none, event: none }
}

/** A message says what is wrong, then what to do; and it quotes nothing. */
export function expectHelpful({ message, reason }: SyncError): void {
  expect(message).toMatch(/^\S.*[.;] \S.*[.]$/s)
  expect(`${message} ${reason}`).not.toContain(canary)
}

export function davAccount(stub: CaldavStub): ProviderAccount {
  return caldavProvider({ allowedHosts: [new URL(stub.url).host] }).open({
    settings: { url: stub.url },
    credentials: { username: 'jane', password: 'secret' },
  })
}

export interface Pulled {
  readonly complete: boolean
  readonly changes: readonly RemoteChange[]
  readonly cursor: Cursor | undefined
}

/** A pull by one who holds nothing, or what an earlier pull brought. */
export async function pull(account: ProviderAccount, id: string, before?: Pulled): Promise<Pulled> {
  const known = new Map(
    before?.changes.flatMap((change) => {
      const { id: remoteId, revision } = change.type === 'upsert' ? change.event : { revision: undefined, ...change }
      return revision === undefined ? [] : [[remoteId, revision] as const]
    }),
  )
  const { complete, pages } = await account.changes(id as RemoteCalendarId, {
    ...(before?.cursor === undefined ? {} : { cursor: before.cursor }),
    known: async (ids) => new Map([...known].filter(([key]) => ids.includes(key))),
    async *held() {
      yield known
    },
  })
  const changes: RemoteChange[] = []
  let cursor: Cursor | undefined
  for await (const page of pages) {
    changes.push(...page.changes)
    cursor = page.cursor
  }
  return { complete, changes, cursor }
}

/** A calendar file at an address. */
export function fileAccount(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): ProviderAccount {
  const answer = () =>
    new Response(body as BodyInit, { headers: { 'content-type': 'text/calendar; charset=utf-8', ...headers } })
  return icsProvider({ fetch: async () => answer() }).open({
    settings: { url: 'https://calendar.example.com/team.ics' },
    credentials: undefined,
  })
}

/** Pulls a calendar file from an address, without asking for its name first. */
export async function pullFile(body: string | Uint8Array, headers?: Readonly<Record<string, string>>): Promise<Pulled> {
  // The id is made from the address alone, so that of a good file at the same one fits.
  const [id] = await fileAccount(calendar()).listCalendars()
  return pull(fileAccount(body, headers), id?.id ?? '')
}

/** Code and reason of a refusal. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (!isSyncError(error)) throw error
    expectHelpful(error)
    return `${error.code} ${error.reason}`
  }
  return 'accepted'
}

/** What a pull of these bytes ends with: `3 read`, `2 read, 1 invalid_event NO_DTSTART`, or a refusal. */
export async function verdict(work: Promise<Pulled>): Promise<string> {
  const counts = new Map<string, number>()
  const refusal = await refusalOf(
    work.then(({ changes }) => {
      for (const change of changes) {
        const { issue } = outcomeOf(change)
        counts.set(issue, (counts.get(issue) ?? 0) + 1)
      }
    }),
  )
  if (refusal !== 'accepted') return refusal
  return [...counts].map(([issue, count]) => `${count} ${issue}`).join(', ')
}

/** Milliseconds of this thread's processor time so far: what others do on the machine does not count. */
export function cpuNow(): number {
  // before Node 23.9 only the whole process can be asked
  const { user, system } =
    'threadCpuUsage' in process ? process.threadCpuUsage() : (process as NodeJS.Process).cpuUsage()
  return (user + system) / 1_000
}

export async function cpuMs(work: () => unknown): Promise<number> {
  const before = cpuNow()
  await work()
  return cpuNow() - before
}
