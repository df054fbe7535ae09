import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fakeGoogle, type GoogleEvent } from '../../../src/testing/google/index.js'
import { corpusFolder, filesIn } from '../../corpus/corpus.js'
import { ask, type Body, daily } from './api.js'

/** Answers that others captured from Google: the fake, told the same, answers the same. */

const folder = corpusFolder('google-json')

if (!folder)
  console.warn(
    'Captured answers of Google are not here, so the fake is not compared with them. Set CALWEAVE_CORPUS to their folder.',
  )

interface Captured {
  readonly file: string
  readonly event: GoogleEvent
}

const bodies = (folder ? filesIn(folder, '.json') : [])
  .filter((file) => /^(allodia|compass)\//.test(file))
  .map((file) => ({ file, body: JSON.parse(readFileSync(join(folder ?? '', file), 'utf8')) as Body }))
const captured: readonly Captured[] = bodies.flatMap(({ file, body }) =>
  [body, ...(body.items ?? [])].filter(({ kind }) => kind === 'calendar#event').map((event) => ({ file, event })),
)
const alive = captured.filter(({ event }) => event.status !== 'cancelled')

describe.skipIf(!folder)('captured answers', () => {
  test('are there', () => {
    expect(alive.length).toBeGreaterThan(40)
  })

  test.each(alive)('$file: $event.id is shown as it was captured', async ({ event }) => {
    const { google, email, token, timeZone } = ownerOf(event)
    const account = google.addAccount({ email, token, timeZone })
    const { id = '', etag: _etag, kind: _kind, htmlLink: _link, created: _created, updated: _updated, ...said } = event
    account.calendar().place(id, unmarked(said))
    const { body } = await ask(google, token, 'GET', `calendars/primary/events/${id}`)
    expect(timeless(body)).toEqual(timeless(event))
  })

  const own = alive.filter(({ event }) => event.organizer?.self && event.recurringEventId === undefined)

  test.each(own)('$file: $event.id is what becomes of its texts and times', async ({ event }) => {
    const { google, email, token, timeZone } = ownerOf(event)
    google.addAccount({ email, token, timeZone })
    const { summary, description, location, start, end, recurrence, reminders, sequence } = event
    const attendees = event.attendees?.map(({ email: guest, responseStatus }) => ({ email: guest, responseStatus }))
    const body = { summary, description, location, start, end, recurrence, reminders, sequence, attendees }
    const made = await ask(google, token, 'POST', 'calendars/primary/events', { body })
    const { id: _id, iCalUID: _uid, ...shown } = timeless(made.body)
    const { id: _other, iCalUID: _otherUid, conferenceData: _meeting, hangoutLink: _link, ...wanted } = timeless(event)
    expect(shown).toEqual(wanted)
  })

  test('of a list have the frame that the fake gives', async () => {
    const list = bodies.find(({ file }) => file === 'allodia/events_list.json')?.body ?? {}
    const { google, email, token, timeZone } = ownerOf(list.items?.[0] ?? {})
    google.addAccount({ email, token, timeZone })
    const { body } = await ask(google, token, 'GET', 'calendars/primary/events')
    const types = (of: Body) => Object.fromEntries(Object.entries(of).map(([name, value]) => [name, typeof value]))
    expect(types(body)).toEqual(types(list))
    const calendars = bodies.find(({ file }) => file === 'allodia/calendars.json')?.body ?? {}
    const { body: own } = await ask(google, token, 'GET', 'users/me/calendarList')
    const { notificationSettings: _settings, ...entry } = (calendars.items?.[0] ?? {}) as Record<string, unknown>
    expect(types(own.items?.[0] ?? {})).toEqual(types(entry))
    expect(types(own)).toEqual(types(calendars))
  })
})

describe.skipIf(!folder)('what people did', () => {
  /** The items of a captured list, without names, and the fake's after the same was done. */
  const shape = (items: readonly GoogleEvent[] = []) =>
    items.map(({ id = '', etag, ...item }) => ({
      name: id.replace(/^[a-v0-9]+/, 'series'),
      sameVersion: etag === items[0]?.etag,
      sameAge: item.created === undefined || item.created === items[0]?.created,
      ...{
        fields: Object.keys(item).sort(),
        recurrence: item.recurrence,
        status: item.status,
        sequence: item.sequence,
      },
    }))

  async function after(start: string, rule: string, act: (calendar: Hand, id: string) => void): Promise<Body> {
    let now = Date.UTC(2025, 2, 1)
    const google = fakeGoogle({ now: () => (now += 60_000) })
    const jane = google.addAccount({ timeZone: 'America/Chicago' })
    const time = (dateTime: string) => ({ dateTime, timeZone: 'America/Chicago' })
    const [from, to] = [
      time(start),
      time(start.replace(/T\d\d/, (hour) => `T${String(Number(hour.slice(1)) + 1).padStart(2, '0')}`)),
    ]
    const event = daily({ start: from, end: to, recurrence: [rule], description: 'x' })
    const { id = '' } = jane.calendar().create(event)
    const token = (await ask(google, jane.token ?? '', 'GET', 'calendars/primary/events')).body.nextSyncToken ?? ''
    act(jane.calendar(), id)
    return (await ask(google, jane.token ?? '', 'GET', 'calendars/primary/events', { query: { syncToken: token } }))
      .body
  }
  type Hand = ReturnType<ReturnType<ReturnType<typeof fakeGoogle>['addAccount']>['calendar']>
  const capturedIn = (part: string) => bodies.find(({ file }) => file.includes(part))?.body.items

  test('one occurrence deleted', async () => {
    const { items } = await after('2025-03-24T10:00:00', 'RRULE:FREQ=DAILY', (own, id) =>
      own.removeOccurrence(id, '2025-03-28T15:00:00Z'),
    )
    const [master, cancelled] = capturedIn('deleteSinglePayload2') ?? []
    expect(shape(items)[1]).toEqual(shape([master ?? {}, cancelled ?? {}])[1])
  })

  test('this and following deleted: an exception is left without the name of its series', async () => {
    const { items } = await after('2025-03-24T10:00:00', 'RRULE:FREQ=DAILY', (own, id) => {
      own.removeOccurrence(id, '2025-03-28T15:00:00Z')
      own.truncate(id, '2025-03-26T15:00:00Z')
    })
    const wanted = shape(capturedIn('deleteThisAndFollowingPayload2'))
    expect(shape(items).map(({ fields: _fields, ...item }) => item)).toEqual(
      wanted.map(({ fields: _fields, ...item }) => item),
    )
    expect(shape(items)[1]?.fields).toEqual(wanted[1]?.fields)
  })

  test('all deleted', async () => {
    const { items } = await after('2025-03-24T10:00:00', 'RRULE:FREQ=DAILY', (own, id) => own.remove(id))
    expect(shape(items)).toEqual(shape(capturedIn('deleteAllPayload1')))
  })

  test('this and following edited', async () => {
    const { items } = await after('2025-03-24T07:30:00', 'RRULE:FREQ=DAILY', (own, id) => {
      own.split(id, '2025-03-27T12:30:00Z', { summary: 'Other' })
    })
    const wanted = shape(capturedIn('thisAndFollowing1Payload'))
    const bare = (list: typeof wanted) => list.map(({ fields: _fields, ...item }) => item)
    expect(bare(shape(items))).toEqual(bare(wanted))
  })

  test('one occurrence moved', async () => {
    const { items } = await after('2025-03-24T07:30:00', 'RRULE:FREQ=DAILY', (own, id) => {
      const [start, end] = [{ dateTime: '2025-03-26T20:45:00-05:00' }, { dateTime: '2025-03-26T21:30:00-05:00' }]
      own.editOccurrence(id, '2025-03-26T12:30:00Z', { start, end })
    })
    const wanted = shape(capturedIn('singleInstance2Payload'))
    const bare = (list: typeof wanted) => list.map(({ fields: _fields, ...item }) => item)
    expect(bare(shape(items))).toEqual(bare(wanted))
    expect(shape(items)[1]?.fields).toEqual(wanted[1]?.fields)
  })
})

function ownerOf(event: GoogleEvent) {
  const self = [event.organizer, event.creator, ...(event.attendees ?? [])].find((one) => one?.self)
  const email = self?.email ?? 'jane@example.com'
  const timeZone = event.start?.timeZone ?? 'Europe/Amsterdam'
  return { google: fakeGoogle(), email, token: 'token', timeZone }
}

/** Without what the fake finds out by itself. */
function unmarked(event: GoogleEvent): GoogleEvent {
  const read = JSON.parse(JSON.stringify(event), (key, value: unknown) =>
    key === 'self' ? undefined : value,
  ) as GoogleEvent
  const attendees = read.attendees?.map(({ organizer: _organizer, ...one }) => one)
  return { ...read, ...(attendees && { attendees }) }
}

function timeless(event: GoogleEvent): GoogleEvent {
  const { etag: _etag, htmlLink: _link, created: _created, updated: _updated, ...rest } = event
  return rest
}
