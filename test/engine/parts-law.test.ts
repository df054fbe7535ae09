import { expect, test } from 'vitest'
import type { EventContent, Override } from '../../src/model/content.js'
import { occurrenceOf } from '../../src/model/content.js'
import { expand } from '../../src/model/recurrence.js'
import { Random } from '../../src/testing/sim/random.js'
import { daily, hours, type World, world } from '../support/world.js'

const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}`

/** What calendar 1 should show: the occurrences of the series in calendar 0, one by one. */
function wanted(w: World): readonly string[] {
  return w
    .calendar(0)
    .all()
    .flatMap(({ content }) => expand(content, { from: 0, to: Date.UTC(2030, 0, 1) }))
    .map(({ content }) => lineOf(content))
    .sort()
}

function lineOf({ title, location, time: { start } }: Pick<EventContent, 'title' | 'location' | 'time'>): string {
  return `${start.kind === 'timed' ? start.local : start.kind} ${title} @${location}`
}

function someone(w: World, random: Random, count: number): void {
  const [series] = w.calendar(0).all()
  const parts = w.calendar(1).all()
  const roll = random.next()
  if (roll < 0.45 && parts.length > 0) {
    const part = random.pick(parts)
    if (random.chance(0.3)) w.calendar(1).remove(part.id)
    else w.calendar(1).edit(part.id, random.chance(0.5) ? { location: `room ${count}` } : { title: `title ${count}` })
  } else if (series) {
    const slots = expand(series.content, { from: 0, to: Date.UTC(2030, 0, 1) })
    if (slots.length === 0) return
    const { slot, content } = random.pick(slots)
    const override: Override = random.chance(0.3)
      ? { kind: 'cancelled' }
      : { kind: 'changed', content: { ...content, location: `hall ${count}` } }
    if (random.chance(0.7))
      w.calendar(0).edit(series.id, { overrides: { ...series.content.overrides, [slot]: override } })
    else if (random.chance(0.5)) w.calendar(0).edit(series.id, { title: `series ${count}` })
    else w.calendar(0).edit(series.id, { time: hours(8 + random.below(8)), overrides: {} })
  }
}

/** Raised by CALWEAVE_FUZZ. */
const schedules = Number(process.env['CALWEAVE_FUZZ'] ?? 25)

test('whatever people and faults do, the single events are in the end the occurrences of the series', async () => {
  for (let seed = 1; seed <= schedules; seed++) {
    const random = new Random(seed)
    const w = await world({ apart: true, behaviours: [undefined, { cannotHold: ['recurrence', 'overrides'] }] })
    const own = daily('Stand-up')
    w.calendar(0).add({
      ...own,
      overrides: {
        [`${day(6)}T09:00:00`]: { kind: 'changed', content: { ...occurrenceOf(own), time: hours(12, 13, day(6)) } },
      },
    })
    if (random.chance(0.7)) await w.settle()
    w.fault = ({ phase, method }) => {
      if (phase === 'after' && method !== 'page' && random.chance(0.08)) return { code: 'timeout' }
      return phase === 'before' && random.chance(0.05) ? { code: 'unavailable' } : undefined
    }
    for (let step = 0; step < 12; step++) {
      w.clock.now += 30_000
      if (random.chance(0.6)) someone(w, random, step)
      // a worker that ends early leaves whatever it was at
      else await w.sync(random.chance(0.3) ? { maxWrites: 1 + random.below(4) } : {})
    }
    w.fault = undefined
    w.clock.now += 25 * 3_600_000
    await w.sync()
    for (const held of await w.user.held.list('group'))
      await w.user.held.approve('group', { calendarId: held.calendarId, what: held.what })
    await w.settle()
    for (const { id, items } of (await w.user.conflicts.listOpen('group')).items)
      await w.user.conflicts.resolve(
        id,
        Object.fromEntries(items.map((one) => [one.field, one.sides[0]?.calendarId ?? ''])),
      )
    await w.settle()
    const shown = w
      .calendar(1)
      .all()
      .map(({ content }) => lineOf(content))
      .sort()
    expect(shown, `seed ${seed}`).toEqual(wanted(w))
    expect(w.calendar(0).all().length, `seed ${seed}`).toBeLessThanOrEqual(1)
    expect((await w.sync()).counts, `seed ${seed}`).toMatchObject({ created: 0, updated: 0, removed: 0 })
  }
})
