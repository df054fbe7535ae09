import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyView } from '../../src/mapping/projection.js'
import { type EventContent, type Override, occurrenceOf } from '../../src/model/content.js'
import { differingFields } from '../../src/model/equality.js'
import { defaultProjection } from '../../src/model/group.js'
import { roomForAll } from '../../src/model/holding.js'
import { asHeld } from '../../src/providers/memory/behaviour.js'
import type { MemoryBehaviour } from '../../src/providers/memory/index.js'
import { content, daily, hours, type World, world } from '../support/world.js'

/** What a person does, or a sync. Numbers name one of what is there. */
type Step =
  | { readonly do: 'add'; readonly where: number; readonly series: boolean; readonly hour: number }
  | {
      readonly do: 'edit'
      readonly where: number
      readonly which: number
      readonly field: number
      readonly value: number
    }
  | {
      readonly do: 'override'
      readonly where: number
      readonly which: number
      readonly day: number
      readonly value: number
    }
  | { readonly do: 'remove' | 'copy'; readonly where: number; readonly which: number }
  | { readonly do: 'sync' }

const number = (max: number) => fc.nat({ max })
const where = number(3)
const which = number(7)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('add' as const), where, series: fc.boolean(), hour: number(12) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('edit' as const), where, which, field: number(6), value: number(9) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('override' as const), where, which, day: number(3), value: number(9) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'copy' as const), where, which }) },
  { weight: 4, arbitrary: fc.constant({ do: 'sync' as const }) },
)

const trimmed = (given: EventContent): EventContent => ({ ...given, title: given.title.trim().slice(0, 12) })

const kinds: readonly MemoryBehaviour[] = [
  {},
  { returnsBody: false },
  { returnsBody: false, returnsRevision: false, deltas: false },
  { normalize: trimmed, returnsBody: false },
  { cannotHold: ['location'] },
  { revisions: 'none' },
  { reservesIds: true },
  { serverIds: true, remembersKeys: true },
]

const edits: readonly ((value: number, typed: number) => Partial<EventContent>)[] = [
  (_value, typed) => ({ title: ` T${typed} with a long tail ` }),
  (value) => ({ location: value === 0 ? '' : `Room ${value}` }),
  (value) => ({ description: value === 0 ? '' : `Text ${value}` }),
  (value) => ({ time: hours(8 + value), overrides: {} }),
  (value) => ({ categories: Array.from({ length: value % 4 }, (_, n) => `c${value + n}`) }),
  (value) => ({ availability: value % 2 ? 'free' : 'busy' }),
  (value) => ({ color: value ? `#00000${value}` : null }),
]

/** The hidden name of an event: nobody ever edits its link. */
const nameOf = ({ url }: EventContent) => url ?? ''

class People {
  readonly removed: Set<string> = new Set()
  readonly made: Set<string> = new Set()
  readonly #world: World
  readonly #count: number
  #typed = 0

  constructor(w: World, count: number) {
    this.#world = w
    this.#count = count
  }

  async act(one: Step): Promise<void> {
    this.#world.clock.now += 3_000
    if (one.do === 'sync') {
      await this.#world.sync()
      return
    }
    const calendar = this.#world.calendar(one.where % this.#count)
    if (one.do === 'add') {
      // two that look alike are one event when calendars are first woven together
      const title = `New ${this.made.size}`
      calendar.add((one.series ? daily : content)(title, { time: hours(8 + one.hour), url: this.#name() }))
      return
    }
    const events = calendar.all()
    const event = events[one.which % Math.max(1, events.length)]
    if (!event) return
    const { id, content: shown, mark } = event
    if (one.do === 'edit') calendar.edit(id, edits[one.field]?.(one.value, ++this.#typed) ?? {})
    if (one.do === 'override' && shown.recurrence) calendar.edit(id, { overrides: this.#overridden(shown, one) })
    if (one.do === 'copy') calendar.add({ ...shown, url: this.#name() }, mark ? { mark } : {})
    if (one.do !== 'remove') return
    this.removed.add(nameOf(shown))
    calendar.remove(id)
  }

  #name(): string {
    const name = `https://example.com/${this.made.size + 1}`
    this.made.add(name)
    return name
  }

  #overridden(shown: EventContent, { day, value }: { readonly day: number; readonly value: number }) {
    const date = `2026-01-0${5 + day}`
    const { start } = shown.time
    const slot = start.kind === 'timed' ? `${date}${start.local.slice(10)}` : date
    const override: Override =
      value < 3
        ? { kind: 'cancelled' }
        : {
            kind: 'changed',
            content: { ...occurrenceOf(shown), title: `Once ${value}`, time: hours(value, value + 1, date) },
          }
    const { [slot]: _before, ...rest } = shown.overrides
    return value === 9 ? rest : { ...rest, [slot]: override }
  }
}

/** What two calendars can both show of a content. */
const common = (shown: EventContent, other: MemoryBehaviour) =>
  asHeld(
    copyView(
      { ...defaultProjection, privateEvents: 'show' },
      { content: shown, origin: { provider: 'memory', calendarName: '' } },
      roomForAll,
    ).render(shown),
    other,
  )

test('whatever people do in whichever calendars, one more sync makes them equal, and the next writes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...kinds), { minLength: 2, maxLength: 4 }),
      fc.array(step, { minLength: 5, maxLength: 30 }),
      async (behaviours, steps) => {
        const w = await world({ calendars: behaviours.length, behaviours, apart: true })
        const people = new People(w, behaviours.length)
        for (const one of steps) await people.act(one)
        for (let round = 0; round < 3; round++) {
          w.clock.now += 86_400_000 / 4
          await w.sync()
          const { heldRemovals } = await w.user.groups.get('group')
          for (const [calendarId, { approved }] of Object.entries(heldRemovals))
            if (!approved) await w.user.held.approve('group', { calendarId: calendarId, what: 'removals' })
        }
        await w.settle()
        w.commits.length = 0
        expect((await w.sync()).counts).toMatchObject({ created: 0, updated: 0, removed: 0, observed: 0 })
        expect(w.commits).toEqual([])
        const shown = behaviours.map((_, index) =>
          w
            .calendar(index)
            .all()
            .map((event) => event.content),
        )
        const names = shown.map((events) => events.map(nameOf).sort())
        for (const list of names) expect(list).toEqual(names[0])
        expect(new Set(names[0]).size).toBe(names[0]?.length)
        for (const name of people.made) if (!people.removed.has(name)) expect(names[0]).toContain(name)
        for (const [index, events] of shown.entries())
          for (const event of events) {
            const first = shown[0]?.find((other) => nameOf(other) === nameOf(event)) as EventContent
            const [mine, theirs] = [behaviours[index] ?? {}, behaviours[0] ?? {}]
            expect(differingFields(common(event, theirs), common(first, mine))).toEqual([])
          }
      },
    ),
    { numRuns: Number(process.env['CALWEAVE_RUNS'] ?? 120) },
  )
})
