import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FakeGoogleOptions, GoogleEvent } from '../../../src/testing/google/index.js'
import { type Body, daily, events, hour, type Stage, stage } from './api.js'

/** A step of people: which of the events, what is done to it, and on which of its days. */
interface Step {
  readonly act:
    | 'create'
    | 'series'
    | 'edit'
    | 'remove'
    | 'restore'
    | 'day'
    | 'no_day'
    | 'split'
    | 'truncate'
    | 'shift'
    | 'look'
  readonly which: number
  readonly day: number
}

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom<Step['act'][]>(
    ...([
      'create',
      'series',
      'edit',
      'remove',
      'restore',
      'day',
      'no_day',
      'split',
      'truncate',
      'shift',
      'look',
    ] as const),
  ),
  which: fc.nat(20),
  day: fc.nat(6),
})

const behaviours: fc.Arbitrary<FakeGoogleOptions> = fc.record({
  pageSize: fc.constantFrom(1, 2, 100),
  order: fc.constantFrom('stored', 'exceptions_first', 'reversed'),
  seriesVersion: fc.constantFrom('shared', 'own'),
})

describe('sync tokens', () => {
  test('whoever applies every change has what a full listing shows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), behaviours, async (steps, options) => {
        const set = stage(options)
        const mirror = new Map<string, GoogleEvent>()
        let token: string | undefined
        const pull = async () => {
          const { items, nextSyncToken } = await read(set, token === undefined ? {} : { syncToken: token })
          token = nextSyncToken
          for (const item of items) apply(mirror, item)
        }
        await pull()
        for (const one of steps) {
          if (one.act === 'look') await pull()
          else act(set, one)
        }
        await pull()
        const fresh = new Map<string, GoogleEvent>()
        for (const item of (await read(set, {})).items) apply(fresh, item)
        expect(sortedValues(mirror)).toEqual(sortedValues(fresh))
        expect((await read(set, { syncToken: token ?? '' })).items).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  test('and so has who asks for occurrences rather than series', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.array(step, { maxLength: 20 }), async (before, steps) => {
        const set = stage()
        for (const one of before) if (one.act !== 'look') act(set, one)
        const single = { singleEvents: 'true' }
        const mirror = new Map<string, GoogleEvent>()
        const first = await read(set, single)
        for (const item of first.items) apply(mirror, item)
        for (const one of steps) if (one.act !== 'look') act(set, one)
        const { items } = await read(set, { ...single, syncToken: first.nextSyncToken ?? '' })
        for (const item of items) {
          if (item.status === 'cancelled') mirror.delete(item.id ?? '')
          else mirror.set(item.id ?? '', item)
        }
        const fresh = new Map((await read(set, single)).items.map((item) => [item.id ?? '', item]))
        expect(sortedValues(mirror)).toEqual(sortedValues(fresh))
      }),
      { numRuns: 60 },
    )
  })

  test('the same story gives the same answers, letter by letter', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const told = async () => {
          const set = stage()
          for (const one of steps) if (one.act !== 'look') act(set, one)
          return JSON.stringify((await set.ask('GET', events, { query: { showDeleted: 'true' } })).body)
        }
        expect(await told()).toBe(await told())
      }),
      { numRuns: 30 },
    )
  })
})

/** Reads all pages. */
async function read(set: Stage, query: Readonly<Record<string, string>>) {
  const items: GoogleEvent[] = []
  let body: Body = {}
  do {
    const pageToken = body.nextPageToken === undefined ? {} : { pageToken: body.nextPageToken }
    body = (await set.ask('GET', events, { query: { ...query, ...pageToken } })).body
    items.push(...(body.items ?? []))
  } while (body.nextPageToken !== undefined)
  return { items, nextSyncToken: body.nextSyncToken }
}

/** What the documentation tells a program to do with an item. */
function apply(mirror: Map<string, GoogleEvent>, item: GoogleEvent): void {
  const id = item.id ?? ''
  if (item.status !== 'cancelled') mirror.set(id, item)
  else if (item.recurringEventId !== undefined)
    mirror.set(id, { id, status: 'cancelled', recurringEventId: item.recurringEventId })
  else {
    mirror.delete(id)
    for (const [other, { recurringEventId }] of mirror) if (recurringEventId === id) mirror.delete(other)
  }
}

function act({ jane }: Stage, { act: what, which, day }: Step): void {
  const own = jane.calendar()
  const all = own.all().filter(({ recurringEventId }) => recurringEventId === undefined)
  const series = all.filter(({ recurrence }) => recurrence !== undefined)
  const ids = (of: readonly GoogleEvent[]) => of[which % Math.max(1, of.length)]?.id
  const id = what === 'edit' || what === 'remove' ? ids(all) : ids(series)
  const start = `2026-01-${String(5 + day).padStart(2, '0')}T11:00:00Z`
  if (what === 'create') own.create(hour({ summary: `Lunch ${which}` }))
  else if (what === 'series') own.create(daily({ recurrence: [`RRULE:FREQ=DAILY;COUNT=${day + 1}`] }))
  else if (what === 'restore') {
    const gone = removed.get(jane)
    if (gone !== undefined) own.restore(gone)
  } else if (id === undefined) return
  else if (what === 'edit') own.edit(id, { summary: `Edited ${which}` })
  else if (what === 'remove') {
    own.remove(id)
    removed.set(jane, id)
  } else if (what === 'shift') own.edit(id, { recurrence: [`RRULE:FREQ=DAILY;INTERVAL=${(which % 3) + 1};COUNT=4`] })
  else if (
    !own
      .occurrences(id)
      .some(({ originalStartTime }) => Date.parse(originalStartTime?.dateTime ?? '') === Date.parse(start))
  )
    return
  else if (what === 'day') own.editOccurrence(id, start, { summary: `Day ${which}` })
  else if (what === 'no_day') own.removeOccurrence(id, start)
  else if (what === 'split' && own.occurrences(id)[0]?.originalStartTime?.dateTime !== own.get(id)?.start?.dateTime)
    return
  else if (what === 'split' && day > 0 && !own.get(`${id.split('_')[0]}_R${start.replaceAll(/[-:Z]/g, '')}`))
    own.split(id, start)
  else if (what === 'truncate') own.truncate(id, start)
}

/** What each Jane removed last, to be taken back out of the bin. */
const removed = new WeakMap<Stage['jane'], string>()

function sortedValues(mirror: ReadonlyMap<string, GoogleEvent>): readonly GoogleEvent[] {
  return [...mirror.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event)
}
