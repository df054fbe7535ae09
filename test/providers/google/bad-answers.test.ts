import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../../src/errors.js'
import type { RemoteCalendarId, RemoteId } from '../../../src/model/ids.js'
import { googleProvider } from '../../../src/providers/google/index.js'
import type { RemoteChange } from '../../../src/providers/provider.js'

const calendar = 'jane@example.com' as RemoteCalendarId

const good = {
  id: 'good',
  etag: '"1"',
  iCalUID: 'good@google.com',
  status: 'confirmed',
  summary: 'Good',
  start: { dateTime: '2026-03-04T12:00:00+01:00', timeZone: 'Europe/Berlin' },
  end: { dateTime: '2026-03-04T13:00:00+01:00', timeZone: 'Europe/Berlin' },
}
const daily = { ...good, recurrence: ['RRULE:FREQ=DAILY'] }
const bad = (change: object) => ({ ...good, id: 'bad', iCalUID: 'bad@google.com', ...change })

describe('one event that cannot be read', () => {
  test.each<readonly [string, object, string]>([
    ['no start', { start: undefined }, 'NO_START'],
    ['a start that is no moment', { start: 7 }, 'WIRE'],
    ['month 13', { start: { dateTime: '2026-13-04T12:00:00Z' } }, 'TIME'],
    ['30 February', { start: { date: '2026-02-30' }, end: { date: '2026-02-31' } }, 'TIME'],
    ['the year 1', { start: { date: '0001-01-01' }, end: { date: '0001-01-02' } }, 'TIME'],
    [
      'the year 9999',
      { start: { dateTime: '9999-01-01T00:00:00Z' }, end: { dateTime: '9999-01-01T01:00:00Z' } },
      'TIME',
    ],
    ['an end before its start', { end: { dateTime: '2026-03-04T11:00:00+01:00' } }, 'NEGATIVE'],
    ['a day and a time', { end: { date: '2026-03-05' } }, 'MIXED'],
    [
      'a zone that nobody knows',
      { start: { dateTime: '2026-03-04T12:00:00+01:00', timeZone: 'Mars/Olympus' } },
      'ZONE_UNKNOWN',
    ],
    ['no identity', { iCalUID: undefined }, 'NO_UID'],
    ['a title that is a number', { summary: 12 }, 'WIRE'],
    ['a title of a megabyte', { summary: 'x'.repeat(1_000_000) }, 'WIRE'],
    ['1,001 guests', { attendees: Array.from({ length: 1_001 }, (_, n) => ({ email: `${n}@example.com` })) }, 'WIRE'],
    ['a recurrence that is a text', { recurrence: 'RRULE:FREQ=DAILY' }, 'WIRE'],
    ['two rules', { recurrence: ['RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY'] }, 'TWO_RRULES'],
    ['a rule that excludes', { recurrence: ['RRULE:FREQ=DAILY', 'EXRULE:FREQ=WEEKLY'] }, 'EXRULE'],
    ['a rule of another calendar system', { recurrence: ['RRULE:RSCALE=CHINESE;FREQ=YEARLY'] }, 'RRULE_RSCALE'],
    ['INTERVAL=0', { recurrence: ['RRULE:FREQ=DAILY;INTERVAL=0'] }, 'RRULE_INTERVAL'],
    ['COUNT and UNTIL', { recurrence: ['RRULE:FREQ=DAILY;COUNT=2;UNTIL=20260401T000000Z'] }, 'RRULE_COUNT_AND_UNTIL'],
    ['a line that is none', { recurrence: ['FREQ=DAILY'] }, 'RECURRENCE'],
    ['a line of another kind', { recurrence: ['DTSTART:20260304T120000Z', 'RRULE:FREQ=DAILY'] }, 'RECURRENCE'],
    ['an added occurrence on no day', { recurrence: ['RDATE:20261399T120000Z'] }, 'SLOT'],
    [
      'a million cancelled occurrences',
      { recurrence: Array.from({ length: 900 }, (_, n) => `EXDATE:${dates(n)}`) },
      'LIMIT_DATES',
    ],
    [
      '6,000 added occurrences',
      { recurrence: ['RRULE:FREQ=DAILY', ...[0, 1, 2, 3, 4, 5].map((n) => `RDATE:${dates(n)}`)] },
      'LIMIT_DATES',
    ],
  ])('with %s is set aside, and its neighbours are read', async (_what, change, reason) => {
    const changes = await listed([good, bad(change), { ...good, id: 'other', iCalUID: 'other@google.com' }])
    const unreadable = changes.flatMap((one) => (one.type === 'unreadable' ? [[one.id, one.error.reason]] : []))
    expect(unreadable).toEqual([['bad', reason]])
    expect(changes.flatMap((one) => (one.type === 'upsert' ? [one.event.id] : [])).sort()).toEqual(['good', 'other'])
  })

  test('a series with one occurrence that cannot be read is set aside as one', async () => {
    const exception = { ...good, id: 'good_20260305T110000Z', recurringEventId: 'good', start: 'tomorrow' }
    for (const items of [
      [daily, exception],
      [exception, daily],
    ]) {
      const changes = await listed(items)
      expect(changes.map(({ type }) => type)).toEqual(['unreadable'])
      expect(changes[0]).toMatchObject({ id: 'good' })
    }
  })

  test('values that nobody knows are taken for the nearest thing that is known', async () => {
    const odd = { visibility: 'constructor', transparency: '__proto__', colorId: 'toString', eventType: 'default' }
    const people = [{ email: ' ANN@Example.org ', responseStatus: 'valueOf' }, { displayName: 'nobody' }]
    const [change] = await listed([{ ...good, ...odd, status: 'maybe', attendees: people }])
    expect(change?.type === 'upsert' && change.event.content).toMatchObject({
      visibility: 'default',
      availability: 'busy',
      color: null,
      status: 'confirmed',
      attendees: [{ email: 'ann@example.org', status: 'needs_action' }],
    })
  })
})

describe('a page that cannot be read', () => {
  test.each<readonly [string, unknown, string]>([
    ['nothing', '', 'NOT_JSON'],
    ['a web page', '<html>Sign in</html>', 'NOT_JSON'],
    ['half of a page', '{"items":[{"id":"a"', 'NOT_JSON'],
    ['a list', [], 'ENVELOPE'],
    ['null', null, 'NOT_JSON'],
    ['no items', { nextSyncToken: 'a' }, 'ENVELOPE'],
    ['items that are no list', { items: { length: 2 }, nextSyncToken: 'a' }, 'ENVELOPE'],
    ['a token that is a number', { items: [], nextSyncToken: 7 }, 'ENVELOPE'],
    ['an item without an id', { items: [{ summary: 'Who?' }], nextSyncToken: 'a' }, 'ITEM_WITHOUT_ID'],
    ['an item that is null', { items: [null], nextSyncToken: 'a' }, 'ITEM_WITHOUT_ID'],
    ['an id with a line break', { items: [{ ...good, id: 'a\nb' }], nextSyncToken: 'a' }, 'ITEM_WITHOUT_ID'],
    ['no token at its end', { items: [good] }, 'NO_SYNC_TOKEN'],
    ['a next page that is itself', { items: [good], nextPageToken: 'again' }, 'ENDLESS_LISTING'],
    ['objects in objects, 100,000 deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 'ENVELOPE'],
  ])('%s: nothing of it is believed', async (_what, body, reason) => {
    const error = await listingOf(body).catch((cause: unknown) => cause)
    if (!isSyncError(error)) throw error
    expect([error.code, error.reason]).toEqual(['invalid_response', reason])
  })

  test('two words on one event: the later one counts', async () => {
    const changes = await listed([good, { ...good, etag: '"2"', summary: 'Later' }])
    expect(changes.map((one) => one.type === 'upsert' && one.event.content.title)).toEqual(['Later'])
  })

  test('a deep value in a field that is not read does no harm', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const item = JSON.stringify({ ...good, gadget: 'here' }).replace('"here"', deep)
    expect(await listingOf(`{"items":[${item}],"nextSyncToken":"t"}`)).toHaveLength(1)
  })
})

describe('whatever comes', () => {
  test('a listing is read, or refused with a SyncError', async () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(null, -1, 1e21, 'x', [], {}))
    const event = fc.record(
      Object.fromEntries(
        [...Object.keys(good), 'recurrence', 'recurringEventId', 'attendees', 'reminders', 'extendedProperties'].map(
          (key) => [key, fc.oneof(fc.constant((daily as Record<string, unknown>)[key] ?? {}), value)],
        ),
      ),
      { requiredKeys: [] },
    )
    const page = fc.record(
      {
        items: fc.oneof(fc.array(event, { maxLength: 4 }), value),
        nextSyncToken: fc.oneof(fc.constant('t'), value),
        timeZone: value,
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(page, async (body) => {
        try {
          await listingOf(body)
        } catch (error) {
          if (!isSyncError(error)) throw error
        }
      }),
      { numRuns: 300 },
    )
  })

  test('an answer to a write that is no event says that it may have landed', async () => {
    const { account } = answering({ id: 7 })
    const current = { id: 'good' as RemoteId, raw: JSON.stringify({ master: good, exceptions: [] }) }
    const { changes } = await events([good])
    const [change] = changes
    if (change?.type !== 'upsert') throw new Error('not read')
    const update = account.update(calendar, {
      current: { ...change.event, ...current },
      content: { ...change.event.content, title: 'New' },
      fields: ['title'],
    })
    await expect(update).rejects.toMatchObject({ code: 'invalid_response' })
  })
})

/** A thousand dates. */
function dates(n: number): string {
  return Array.from({ length: 1_000 }, (_, index) => {
    const day = new Date(Date.UTC(2000, 0, 1 + n * 1_000 + index))
    return `${day.toISOString().slice(0, 10).replaceAll('-', '')}T120000Z`
  }).join()
}

async function listed(items: readonly object[]): Promise<readonly RemoteChange[]> {
  return (await events(items)).changes
}

async function events(items: readonly object[]): Promise<{ readonly changes: readonly RemoteChange[] }> {
  return { changes: await listingOf({ items, nextSyncToken: 't', timeZone: 'Europe/Berlin' }) }
}

/** A complete listing from a service that answers everything in one way. */
async function listingOf(body: unknown): Promise<readonly RemoteChange[]> {
  const { account } = answering(body)
  const nothing = { known: async () => new Map(), held: async function* () {} }
  const { pages } = await account.changes(calendar, nothing)
  const changes: RemoteChange[] = []
  for await (const page of pages) changes.push(...page.changes)
  return changes
}

function answering(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const fetch = async () => new Response(text, { status: 200 })
  return { account: googleProvider({ fetch }).open({ settings: {}, credentials: { accessToken: 'a-token' } }) }
}
