import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FakeMicrosoftOptions, MicrosoftEvent } from '../../../src/testing/microsoft/index.js'
import { at, type Body, daily, hour, type Stage, stage } from './api.js'

/** What people do, one after another. */
interface Step {
  readonly act: (typeof acts)[number]
  readonly which: number
  readonly day: number
}

const acts = [
  ...(['create', 'series', 'edit', 'remove', 'restore', 'day', 'no_day', 'shift', 'away', 'back', 'truncate'] as const),
  'look' as const,
]

const step: fc.Arbitrary<Step> = fc.record({ act: fc.constantFrom(...acts), which: fc.nat(20), day: fc.nat(6) })

const behaviours: fc.Arbitrary<FakeMicrosoftOptions> = fc.record({
  pageSize: fc.constantFrom(1, 3, 100),
  order: fc.constantFrom('stored', 'reversed'),
  removedType: fc.constantFrom('given', 'absent'),
  occurrenceTombstones: fc.constantFrom('given', 'none'),
})

const window = { startDateTime: '2026-01-06T00:00:00Z', endDateTime: '2026-01-20T00:00:00Z' }

describe('delta', () => {
  test('whoever applies every change, and drops what a series that comes again does not have, has what a first round shows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), behaviours, async (steps, options) => {
        const set = stage(options)
        const mirror = new Map<string, MicrosoftEvent>()
        let link: string | undefined
        const pull = async () => {
          const round = await read(set, link)
          link = round.link
          const gone = round.items.filter((item) => item['@removed']).map(({ id }) => id)
          expect(round.items.filter((item) => !item['@removed'] && gone.includes(item.id))).toEqual([])
          apply(mirror, round.items)
        }
        await pull()
        for (const one of steps) {
          if (one.act === 'look') await pull()
          else act(set, one)
        }
        await pull()
        const fresh = new Map<string, MicrosoftEvent>()
        apply(fresh, (await read(set, undefined)).items)
        expect(sorted(mirror)).toEqual(sorted(fresh))
        expect((await read(set, link)).items).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  test('the same story gives the same answers, letter by letter', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const told = async () => {
          const set = stage()
          for (const one of steps) if (one.act !== 'look') act(set, one)
          return JSON.stringify((await read(set, undefined)).items)
        }
        expect(await told()).toBe(await told())
      }),
      { numRuns: 30 },
    )
  })

  test('a first round shows the occurrences and single events that a window shows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const set = stage()
        for (const one of steps) if (one.act !== 'look') act(set, one)
        const { items } = await read(set, undefined)
        const { body } = await set.ask('GET', 'me/calendarView', { query: { ...window, $top: '1000' } })
        const ids = (of: readonly MicrosoftEvent[] = []) => of.map(({ id }) => id).sort()
        expect(ids(items.filter(({ type }) => type !== 'seriesMaster'))).toEqual(ids(body.value))
      }),
      { numRuns: 60 },
    )
  })
})

async function read({ ask }: Stage, link: string | undefined) {
  const items: MicrosoftEvent[] = []
  let body: Body = {}
  let next = link
  do {
    body =
      next === undefined
        ? (await ask('GET', 'me/calendarView/delta', { query: window })).body
        : (await ask('GET', next)).body
    items.push(...(body.value ?? []))
    next = body['@odata.nextLink']
  } while (next !== undefined)
  return { items, link: body['@odata.deltaLink'] }
}

/** What a program has to do with a round: removals first, as an event may be told as both, and series as wholes. */
function apply(mirror: Map<string, MicrosoftEvent>, items: readonly MicrosoftEvent[]): void {
  const masters = new Set(items.filter(({ type }) => type === 'seriesMaster').map(({ id }) => id))
  for (const item of items) {
    if (!item['@removed']) continue
    mirror.delete(item.id ?? '')
    for (const [id, { seriesMasterId }] of mirror) if (seriesMasterId === item.id) mirror.delete(id)
  }
  for (const [id, { seriesMasterId }] of mirror) if (masters.has(seriesMasterId ?? '')) mirror.delete(id)
  for (const item of items) if (!item['@removed']) mirror.set(item.id ?? '', item)
}

/** What each Jane removed last, to be taken back out of the bin. */
const removed = new WeakMap<Stage['jane'], string>()

function act({ jane }: Stage, { act: what, which, day }: Step): void {
  const own = jane.calendar()
  const all = own.all()
  const series = all.filter(({ type }) => type === 'seriesMaster')
  const of = (events: readonly MicrosoftEvent[]) => events[which % Math.max(1, events.length)]
  const one = of(['edit', 'remove', 'away', 'back'].includes(what) ? all : series)
  const { id = '' } = one ?? {}
  const date = `2026-01-${String(5 + day).padStart(2, '0')}`
  const start = at(`${date}T12:00:00`)
  if (what === 'create') own.create(hour({ subject: `Lunch ${which}`, start, end: at(`${date}T13:00:00`) }))
  else if (what === 'series') own.create(daily(day + 1))
  else if (what === 'restore') {
    const gone = removed.get(jane)
    if (gone !== undefined && own.get(gone) === undefined) own.restore(gone)
  } else if (!one) return
  else if (what === 'edit') own.edit(id, { subject: `Edited ${which}` })
  else if (what === 'remove') {
    own.remove(id)
    removed.set(jane, id)
  } else if (what === 'away' && one.type === 'singleInstance')
    own.edit(id, { start: at('2026-05-05T12:00:00'), end: at('2026-05-05T13:00:00') })
  else if (what === 'back' && one.type === 'singleInstance') own.edit(id, { start, end: at(`${date}T13:00:00`) })
  else if (what === 'shift') own.edit(id, { recurrence: daily((which % 4) + 1).recurrence ?? null })
  else if (!own.occurrences(id).some(({ occurrenceId }) => occurrenceId?.endsWith(date))) return
  else if (what === 'day') own.editOccurrence(id, date, { subject: `Day ${which}` })
  else if (what === 'no_day') own.removeOccurrence(id, date)
  else if (what === 'truncate') {
    if (date === '2026-01-05') removed.set(jane, id)
    own.truncate(id, date)
  }
}

function sorted(mirror: ReadonlyMap<string, MicrosoftEvent>): readonly MicrosoftEvent[] {
  return [...mirror.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event)
}
