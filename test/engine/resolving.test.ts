// biome-ignore-all lint/suspicious/noThenProperty: "when ... then ..." is how people say a rule
import { describe, expect, test } from 'vitest'
import { SyncError } from '../../src/errors.js'
import type { Conflict } from '../../src/model/conflict.js'
import type { EventContent } from '../../src/model/content.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'
import { content, daily, hours, type World, type WorldOptions, world } from '../support/world.js'

const slot = '2026-01-06T09:00:00'

/** One event in all calendars, in step. */
async function woven(options: WorldOptions = {}, start: EventContent = content('Lunch', { location: 'Café' })) {
  const w = await world(options)
  const id = w.calendar(0).add(start)
  await w.settle()
  return { w, id }
}

/** The same field changed in the first two calendars, in this order, an hour apart. */
function disagree(w: World, ours: Partial<EventContent>, theirs: Partial<EventContent>): void {
  w.clock.now += 3_600_000
  w.calendar(0).edit(w.event(0, 'Lunch').id, ours)
  w.clock.now += 3_600_000
  w.calendar(1).edit(w.event(1, 'Lunch').id, theirs)
}

const here = { location: 'here' }
const there = { location: 'there' }
const askingAPerson: WorldOptions = { group: { strategies: [{ use: 'askAPerson' }] } }

async function onlyConflict(w: World): Promise<Conflict> {
  const { items } = await w.user.conflicts.list('group')
  expect(items).toHaveLength(1)
  return items[0] as Conflict
}

const writes = (w: World) => w.calls.filter(({ method }) => ['create', 'update', 'remove'].includes(method))
const locations = (w: World, side: number) =>
  w
    .calendar(side)
    .all()
    .map((event) => event.content.location)
    .sort()

/** How many events stand in each calendar after many more syncs. */
async function afterManySyncs(w: World, sides: readonly number[]): Promise<readonly number[]> {
  for (let n = 0; n < 5; n++) {
    w.clock.now += 86_400_000
    await w.user.groups.sync('group')
  }
  return sides.map((side) => w.calendar(side).size)
}

describe('the strategies of a group settle a disagreement', () => {
  test('the origin wins under preferOrigin although the copy was changed later', async () => {
    const { w } = await woven({ group: { strategies: [{ use: 'preferOrigin' }] } })
    disagree(w, here, there)
    await w.settle()
    expect([locations(w, 0), locations(w, 1)]).toEqual([['here'], ['here']])
  })
  test('a rule with a condition is asked before the strategies, and is named in the log', async () => {
    const rules = [
      { id: 'cafe', name: 'Café', when: { title: { contains: 'lunch' } }, then: { take: 'origin' } },
    ] as const
    const { w } = await woven({ group: { rules } })
    disagree(w, here, there)
    await w.settle()
    expect(locations(w, 1)).toEqual(['here'])
    expect((await onlyConflict(w)).items).toMatchObject([{ strategy: 'rule:cafe', outcome: 'taken' }])
  })
  test('a rule that holds leaves the one kind of conflict to a person and no other', async () => {
    const rules = [{ id: 'hold', name: 'hold', when: { field: ['location'] }, then: { hold: true } }] as const
    const { w } = await woven({ group: { rules } })
    disagree(w, { title: 'Lunch', description: 'a' }, { description: 'b' })
    await w.settle()
    expect((await w.user.conflicts.listOpen('group')).items).toEqual([])
    disagree(w, here, there)
    await w.sync()
    expect((await w.user.conflicts.listOpen('group')).items).toHaveLength(1)
  })
  test("a member's own strategy goes before the field's, and the field's before the group's", async () => {
    const build = await world({ woven: false })
    const [a = '', b = ''] = build.calendarIds
    const prefer = (calendarId: string) => ({ use: 'preferCalendar', order: [calendarId] }) as never
    for (const [given, wins] of [
      [{ strategies: [prefer(a)] }, 'here'],
      [{ strategies: [prefer(a)], fieldStrategies: { location: [prefer(b)] } }, 'there'],
      [{ strategies: [prefer(b)], fieldStrategies: { location: [prefer(b)] }, own: [prefer(a)] }, 'here'],
    ] as const) {
      const { own, ...group } = { own: [], ...given }
      const { w } = await woven({ group, members: [{ strategies: own }, {}] })
      disagree(w, here, there)
      await w.settle()
      expect(locations(w, 1)).toEqual([wins])
    }
  })
  test('lines that both people added to a description survive, also where they are next to each other', async () => {
    const { w } = await woven(
      { group: { strategies: [{ use: 'mergeText' }] } },
      content('Lunch', { description: 'Agenda\n\nNotes' }),
    )
    disagree(w, { description: 'Agenda\nfrom A\n\nNotes' }, { description: 'Agenda\n\nNotes\nfrom B' })
    await w.settle()
    disagree(w, { description: 'Agenda\nfrom A\n\nA wins' }, { description: 'Agenda\nfrom A\n\nB wins' })
    await w.settle()
    for (const side of [0, 1]) {
      const { description } = w.event(side, 'Lunch').content
      expect(description).toContain('A wins')
      expect(description).toContain('B wins')
      expect(description.match(/from A/g)).toHaveLength(1)
    }
  })
  test('a removal that meets an edit follows the strategies of that field, not the policy of the group', async () => {
    const { calendarIds } = await world({ woven: false })
    const { w, id } = await woven({
      group: { fieldStrategies: { removal: [{ use: 'preferCalendar', order: [calendarIds[0] as never] }] } },
    })
    w.calendar(0).remove(id)
    w.calendar(1).edit(w.event(1, 'Lunch').id, there)
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([[], []])
  })
})

describe('both sides are kept', () => {
  const keepBoth: WorldOptions = { calendars: 3, group: { strategies: [{ use: 'keepBoth' }] } }

  test('the other side lives on as an event of its own in every calendar, once, for good', async () => {
    const { w } = await woven(keepBoth)
    disagree(w, here, there)
    await w.settle()
    for (const side of [0, 1, 2]) expect(locations(w, side)).toEqual(['here', 'there'])
    expect(await afterManySyncs(w, [0, 1, 2])).toEqual([2, 2, 2])
    expect((await onlyConflict(w)).items).toMatchObject([{ outcome: 'both', winner: w.calendarIds[0] }])
  })
  test('the event beside is told apart from the first one by its kin, and takes no guests along', async () => {
    const guest = {
      email: 'ada@example.com',
      role: 'required' as const,
      status: 'accepted' as const,
      type: 'individual' as const,
    }
    const { w, id } = await woven(keepBoth, content('Lunch', { attendees: [guest] }))
    disagree(w, here, there)
    await w.settle()
    const { items } = await w.user.events.ofGroup('group')
    const first = items.find(({ origin, copies }) => origin.remoteId === id && copies.some(({ isOrigin }) => isOrigin))
    const beside = items.find((event) => event.id !== first?.id)
    expect(beside?.content.attendees).toEqual([])
    expect((await w.user.events.explain('group', beside?.id ?? '')).kin).toEqual({ how: 'both', eventId: first?.id })
  })
  test('both go their own ways after that, and a removal of one leaves the other', async () => {
    const { w } = await woven(keepBoth)
    disagree(w, here, there)
    await w.settle()
    const beside = w
      .calendar(2)
      .all()
      .find((event) => event.content.location === 'there')
    w.calendar(2).edit(beside?.id ?? '', { title: 'Brunch' })
    await w.settle()
    for (const side of [0, 1, 2]) expect(w.event(side, 'Brunch').content.location).toBe('there')
    w.calendar(2).remove(beside?.id ?? '')
    await w.settle()
    for (const side of [0, 1, 2]) expect(locations(w, side)).toEqual(['here'])
  })
  test('a later conflict of the same event makes another one', async () => {
    const { w } = await woven(keepBoth)
    disagree(w, here, there)
    await w.settle()
    const first = (side: number) =>
      w
        .calendar(side)
        .all()
        .find((event) => event.content.location === 'here')?.id ?? ''
    w.calendar(0).edit(first(0), { location: 'first' })
    w.calendar(1).edit(first(1), { location: 'second' })
    await w.settle()
    for (const side of [0, 1, 2]) expect(locations(w, side)).toEqual(['first', 'second', 'there'])
  })
  test('a crash at any commit between decision and writes makes neither none nor two of it', async () => {
    for (let at = 1; at < 25; at++) {
      const trouble = { left: Number.POSITIVE_INFINITY }
      const { w } = await woven({ ...keepBoth, storage: failing(trouble) })
      disagree(w, here, there)
      trouble.left = at
      await w.sync().catch(() => undefined)
      trouble.left = Number.POSITIVE_INFINITY
      w.clock.now += 120_000
      await w.settle()
      for (const side of [0, 1, 2]) expect(locations(w, side), `crash at commit ${at}`).toEqual(['here', 'there'])
    }
  })
  test('answers that are lost make neither none nor two of it', async () => {
    for (const method of ['create', 'update'] as const) {
      const { w } = await woven(keepBoth)
      disagree(w, here, there)
      w.fault = (call) => (call.method === method && call.phase === 'after' ? { code: 'timeout' } : undefined)
      await w.sync()
      w.fault = undefined
      await w.settle()
      for (const side of [0, 1, 2]) expect(locations(w, side), method).toEqual(['here', 'there'])
    }
  })
  test('a rule can keep both, and does not touch removals that it cannot settle', async () => {
    const rules = [{ id: 'both', name: 'both', when: { all: [] }, then: { keep: 'both' } }] as const
    const { w, id } = await woven({ group: { rules } })
    disagree(w, here, there)
    await w.settle()
    expect(locations(w, 0)).toEqual(['here', 'there'])
    w.calendar(0).remove(id)
    const copy = w
      .calendar(1)
      .all()
      .find((event) => event.content.location === 'here')
    w.calendar(1).edit(copy?.id ?? '', { location: 'edited' })
    await w.settle()
    expect(locations(w, 0)).toEqual(['edited', 'there'])
    const items = (await w.user.conflicts.list('group')).items.flatMap((conflict) => conflict.items)
    expect(items.filter(({ field }) => field === 'removal')).toMatchObject([{ strategy: 'editWins', outcome: 'taken' }])
  })
  test('what a person takes back is kept as well when it meets a newer edit', async () => {
    const { w } = await woven({ group: { strategies: [{ use: 'keepBoth' }] } })
    w.calendar(0).edit(w.event(0, 'Lunch').id, here)
    await w.settle()
    const [event] = (await w.user.events.ofGroup('group')).items
    await w.user.journal.undo('group', { eventId: event?.id ?? '' })
    w.calendar(1).edit(w.event(1, 'Lunch').id, there)
    await w.settle()
    for (const side of [0, 1]) expect(locations(w, side)).toEqual(['Café', 'there'])
  })
})

describe('a person who is asked', () => {
  const parked = async (
    ours = here as Partial<EventContent>,
    theirs = there as Partial<EventContent>,
    calendars = 2,
  ) => {
    const { w } = await woven({ ...askingAPerson, calendars }, content('Lunch', { location: 'Café', description: 'x' }))
    disagree(w, ours, theirs)
    await w.sync()
    return { w, conflict: await onlyConflict(w) }
  }

  test('is told what may be chosen for every field', async () => {
    const { w, conflict } = await parked({ ...here, description: 'a' }, { ...there, description: 'b' })
    const [a, b] = w.calendarIds
    const options = await w.user.conflicts.options(conflict.id)
    expect(new Map(options.map(({ field, choices }) => [field, new Set(choices)]))).toEqual(
      new Map([
        ['location', new Set([a, b, 'both'])],
        ['description', new Set([a, b, 'both', 'merge'])],
      ]),
    )
  })
  test('sees what every choice comes to, and the sync then does exactly that', async () => {
    for (const choice of ['first', 'second', 'both'] as const) {
      const { w, conflict } = await parked()
      const take = { location: choice === 'both' ? 'both' : (w.calendarIds[choice === 'first' ? 0 : 1] ?? '') }
      w.calls.length = 0
      const stored = w.commits.length
      const preview = await w.user.conflicts.preview(conflict.id, take)
      expect(writes(w)).toEqual([])
      expect(w.commits.length).toBe(stored)
      expect(await w.user.conflicts.get(conflict.id)).toEqual(conflict)
      await w.user.conflicts.resolve(conflict.id, take)
      w.calls.length = 0
      await w.settle()
      const expected = [preview.content, ...preview.beside].map(({ location }) => location).sort()
      for (const side of [0, 1]) expect(locations(w, side)).toEqual(expected)
      const planned = preview.actions.map(({ kind, calendarId }) => `${kind} ${w.calendarIds.indexOf(calendarId)}`)
      const done = writes(w).map(({ method, calendar }) => `${method} ${calendar === 'cal-a' ? 0 : 1}`)
      expect(done.filter((one) => !one.startsWith('create')).sort()).toEqual([...planned].sort())
      expect(preview.undecided).toEqual([])
    }
  })
  test('sees that a field that is left out stays open', async () => {
    const { w, conflict } = await parked({ ...here, description: 'a' }, { ...there, description: 'b' })
    const preview = await w.user.conflicts.preview(conflict.id, { location: w.calendarIds[0] ?? '' })
    expect(preview.undecided.map(({ field }) => field)).toEqual(['description'])
    expect(preview.actions).toEqual([])
  })
  test('keeps both: each calendar has both, once, and nothing is open any more', async () => {
    const { w, conflict } = await parked(here, there, 3)
    await w.user.conflicts.resolve(conflict.id, { location: 'both' })
    await w.settle()
    for (const side of [0, 1, 2]) expect(locations(w, side)).toEqual(['here', 'there'])
    expect(await afterManySyncs(w, [0, 1, 2])).toEqual([2, 2, 2])
    expect(await w.user.conflicts.get(conflict.id)).toMatchObject({
      state: 'resolved',
      items: [{ outcome: 'both', strategy: 'person' }],
    })
  })
  test('merges the lines of both', async () => {
    const { w, conflict } = await parked({ description: 'x from A' }, { description: 'x from B' })
    await w.user.conflicts.resolve(conflict.id, { description: 'merge' })
    await w.settle()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.description).toBe('x from A\nx from B')
  })
  test('is refused a choice that is none of the options, by the name of the field', async () => {
    const { w, conflict } = await parked()
    const [a = ''] = w.calendarIds
    for (const take of [{}, { location: 'merge' }, { location: 'nobody' }, { title: a }, { location: '__proto__' }])
      await expect(w.user.conflicts.resolve(conflict.id, take as never)).rejects.toThrow(/take\.location/)
    await w.user.conflicts.resolve(conflict.id, { location: a })
    await w.settle()
    await expect(w.user.conflicts.resolve(conflict.id, { location: a })).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })
  test('gets the newest value of the chosen side when that was changed once more', async () => {
    const { w, conflict } = await parked()
    await w.user.conflicts.resolve(conflict.id, { location: w.calendarIds[1] ?? '' })
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'later' })
    await w.settle()
    expect([locations(w, 0), locations(w, 1)]).toEqual([['later'], ['later']])
  })
  test('says "always": the rule is there to see, and the same disagreement settles itself the next time', async () => {
    const { w, conflict } = await parked()
    const [, b = ''] = w.calendarIds
    await w.user.conflicts.resolve(conflict.id, { location: b }, { always: true })
    await w.settle()
    const { rules } = await w.user.groups.get('group')
    expect(rules).toMatchObject([{ then: { take: { calendar: b } } }])
    disagree(w, { location: 'again here' }, { location: 'again there' })
    await w.settle()
    expect([locations(w, 0), locations(w, 1)]).toEqual([['again there'], ['again there']])
    expect((await w.user.conflicts.listOpen('group')).items).toEqual([])
    disagree(w, { description: 'a' }, { description: 'b' })
    await w.sync()
    expect((await w.user.conflicts.listOpen('group')).items).toHaveLength(1)
  })
  test('says "always" twice and the later choice counts', async () => {
    const { w, conflict } = await parked()
    const [a = '', b = ''] = w.calendarIds
    await w.user.conflicts.resolve(conflict.id, { location: b }, { always: true })
    await w.settle()
    await w.user.conflicts.reopen(conflict.id)
    await w.user.conflicts.resolve(conflict.id, { location: a }, { always: true })
    expect((await w.user.groups.get('group')).rules).toMatchObject([{ then: { take: { calendar: a } } }])
  })
  test('finds in the history who did what, in order', async () => {
    const { w, conflict } = await parked()
    await w.user.conflicts.resolve(conflict.id, { location: w.calendarIds[0] ?? '' })
    await w.settle()
    await w.user.conflicts.reopen(conflict.id)
    await w.user.conflicts.resolve(conflict.id, { location: w.calendarIds[1] ?? '' })
    const { history } = await w.user.conflicts.get(conflict.id)
    expect(history.map(({ what }) => what)).toEqual(['opened', 'chosen', 'decided', 'reopened', 'chosen'])
    expect(history.filter(({ by }) => by === 'user_1').map(({ what }) => what)).toEqual([
      'chosen',
      'reopened',
      'chosen',
    ])
  })
  test('has nothing to decide when the sides agree again, and such a conflict does not count as waiting', async () => {
    const { w, conflict } = await parked()
    w.calendar(1).edit(w.event(1, 'Lunch').id, here)
    await w.settle()
    expect((await w.user.conflicts.get(conflict.id)).state).toBe('obsolete')
    expect(await w.user.conflicts.statistics('group')).toEqual({
      automatic: 0,
      byPerson: 0,
      waiting: 0,
      automaticShare: 1,
    })
  })
})

describe('how conflicts were settled', () => {
  test('is counted field by field: by strategy, by a person, and waiting', async () => {
    const { w } = await woven({ group: { fieldStrategies: { location: [{ use: 'askAPerson' }] } } })
    expect((await w.user.conflicts.statistics('group')).automaticShare).toBe(1)
    for (let n = 0; n < 3; n++) {
      disagree(w, { description: `a${n}` }, { description: `b${n}` })
      await w.settle()
    }
    disagree(w, here, there)
    await w.sync()
    expect(await w.user.conflicts.statistics('group')).toEqual({
      automatic: 3,
      byPerson: 0,
      waiting: 1,
      automaticShare: 0.75,
    })
    const [open] = (await w.user.conflicts.listOpen('group')).items
    await w.user.conflicts.resolve(open?.id ?? '', { location: w.calendarIds[0] ?? '' })
    await w.settle()
    expect(await w.user.conflicts.statistics('group')).toMatchObject({ automatic: 3, byPerson: 1, waiting: 0 })
  })
  test('is listed in pages that together have every conflict once', async () => {
    const { w } = await woven()
    for (let n = 0; n < 7; n++) {
      disagree(w, { location: `a${n}` }, { location: `b${n}` })
      await w.settle()
    }
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await w.user.conflicts.list('group', { limit: 3, ...(after === undefined ? {} : { after }) })
      expect(page.items.length).toBeLessThanOrEqual(3)
      seen.push(...page.items.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)
    expect(new Set(seen).size).toBe(7)
    expect(seen).toHaveLength(7)
  })
})

describe('a conflict that is opened again', () => {
  /** Settled by the clock: "there" won. */
  const decided = async (options: WorldOptions = {}, start?: EventContent) => {
    const { w, id } = await woven(options, start)
    disagree(w, here, there)
    await w.settle()
    return { w, id, conflict: await onlyConflict(w) }
  }

  test('is open for a person while the event stays as it is and goes on', async () => {
    const { w, conflict } = await decided()
    await w.user.conflicts.reopen(conflict.id)
    expect((await w.user.conflicts.listOpen('group')).items.map(({ id }) => id)).toEqual([conflict.id])
    w.calendar(0).edit(w.event(0, 'Lunch').id, { description: 'meanwhile' })
    await w.settle()
    expect(w.event(1, 'Lunch').content).toMatchObject({ location: 'there', description: 'meanwhile' })
    await expect(w.user.conflicts.reopen(conflict.id)).rejects.toMatchObject({ code: 'invalid_input' })
  })
  test('puts the value back that had lost, and keeps what was edited since', async () => {
    const { w, conflict } = await decided()
    w.calendar(1).edit(w.event(1, 'Lunch').id, { description: 'since' })
    await w.settle()
    await w.user.conflicts.reopen(conflict.id)
    const take = { location: w.calendarIds[0] ?? '' }
    expect((await w.user.conflicts.preview(conflict.id, take)).content).toMatchObject({
      location: 'here',
      description: 'since',
    })
    await w.user.conflicts.resolve(conflict.id, take)
    w.calendar(0).edit(w.event(0, 'Lunch').id, { url: 'https://example.com' })
    await w.settle()
    for (const side of [0, 1])
      expect(w.event(side, 'Lunch').content).toMatchObject({
        location: 'here',
        description: 'since',
        url: 'https://example.com',
      })
    expect(await w.user.conflicts.get(conflict.id)).toMatchObject({
      state: 'resolved',
      items: [{ winner: w.calendarIds[0], strategy: 'person' }],
    })
    expect((await w.user.conflicts.listOpen('group')).items).toEqual([])
  })
  test('goes together with an undo that waits for the next sync', async () => {
    const { w, conflict } = await decided()
    w.calendar(1).edit(w.event(1, 'Lunch').id, { description: 'since' })
    await w.settle()
    await w.user.journal.undo('group', { eventId: conflict.eventId })
    await w.user.conflicts.reopen(conflict.id)
    await w.user.conflicts.resolve(conflict.id, { location: w.calendarIds[0] ?? '' })
    await w.settle()
    for (const side of [0, 1])
      expect(w.event(side, 'Lunch').content).toMatchObject({ location: 'here', description: '' })
  })
  test('tells in its preview what is still open when only a part is chosen', async () => {
    const { w, conflict } = await decided()
    await w.user.conflicts.reopen(conflict.id)
    const preview = await w.user.conflicts.preview(conflict.id, {})
    expect(preview.undecided.map(({ field }) => field)).toEqual(['location'])
    expect(preview.content.location).toBe('there')
  })
  test('can keep both: what had lost lives on as an event of its own, once', async () => {
    const { w, conflict } = await decided({ calendars: 3 })
    await w.user.conflicts.reopen(conflict.id)
    expect((await w.user.conflicts.preview(conflict.id, { location: 'both' })).beside).toMatchObject([here])
    await w.user.conflicts.resolve(conflict.id, { location: 'both' })
    await w.settle()
    for (const side of [0, 1, 2]) expect(locations(w, side)).toEqual(['here', 'there'])
    expect(await afterManySyncs(w, [0, 1, 2])).toEqual([2, 2, 2])
  })
  test('meets a newer edit of the same field through the merge, and neither is lost', async () => {
    const { w, conflict } = await decided()
    await w.user.conflicts.reopen(conflict.id)
    await w.user.conflicts.resolve(conflict.id, { location: w.calendarIds[0] ?? '' })
    w.clock.now += 60_000
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'newest' })
    await w.settle()
    expect([locations(w, 0), locations(w, 1)]).toEqual([['newest'], ['newest']])
    const items = (await w.user.conflicts.list('group')).items.flatMap((one) => one.items)
    expect(items.some(({ sides }) => sides.some(({ value }) => value === 'here'))).toBe(true)
  })
  test('brings an event back that a removal had won over, with the edit that had lost', async () => {
    const { w, id } = await woven({ group: { removal: 'removalWins' } })
    w.calendar(0).remove(id)
    w.calendar(1).edit(w.event(1, 'Lunch').id, there)
    await w.settle()
    expect([w.calendar(0).size, w.calendar(1).size]).toEqual([0, 0])
    const conflict = await onlyConflict(w)
    await w.user.conflicts.reopen(conflict.id)
    const { sides } = conflict.items.find(({ field }) => field === 'removal') ?? { sides: [] }
    const keeps = sides.find(({ value }) => value !== null)?.calendarId ?? ''
    await w.user.conflicts.resolve(conflict.id, { removal: keeps })
    await w.settle()
    for (const side of [0, 1]) expect(locations(w, side)).toEqual(['there'])
    expect(await afterManySyncs(w, [0, 1])).toEqual([1, 1])
  })
  test('removes an event that an edit had kept, and that can be undone', async () => {
    const { w, id } = await woven()
    w.calendar(0).remove(id)
    w.calendar(1).edit(w.event(1, 'Lunch').id, there)
    await w.settle()
    expect(w.titles(0)).toEqual(['Lunch'])
    const conflict = await onlyConflict(w)
    await w.user.conflicts.reopen(conflict.id)
    await w.user.conflicts.resolve(conflict.id, { removal: w.calendarIds[0] ?? '' })
    await w.settle()
    expect([w.calendar(0).size, w.calendar(1).size]).toEqual([0, 0])
    await w.user.journal.undo('group', { eventId: conflict.eventId })
    await w.settle()
    for (const side of [0, 1]) expect(locations(w, side)).toEqual(['there'])
  })
  test('of a title does not bring an event back that was removed since', async () => {
    const { w, id, conflict } = await decided()
    w.calendar(0).remove(id)
    await w.settle()
    await w.user.conflicts.reopen(conflict.id)
    await w.user.conflicts.resolve(conflict.id, { location: w.calendarIds[0] ?? '' })
    await w.settle()
    expect([w.calendar(0).size, w.calendar(1).size]).toEqual([0, 0])
  })
  test('waits while another conflict of its event is open', async () => {
    const { w, conflict } = await decided({ group: { fieldStrategies: { description: [{ use: 'askAPerson' }] } } })
    disagree(w, { description: 'a' }, { description: 'b' })
    await w.sync()
    await w.user.conflicts.reopen(conflict.id)
    await expect(w.user.conflicts.resolve(conflict.id, { location: w.calendarIds[0] ?? '' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    const open = (await w.user.conflicts.listOpen('group')).items.find(({ id }) => id !== conflict.id)
    await w.user.conflicts.resolve(open?.id ?? '', { description: w.calendarIds[1] ?? '' })
    await w.settle()
    await w.user.conflicts.resolve(conflict.id, { location: w.calendarIds[0] ?? '' })
    await w.settle()
    for (const side of [0, 1])
      expect(w.event(side, 'Lunch').content).toMatchObject({ location: 'here', description: 'b' })
  })
  test('puts one field of one occurrence back and leaves the series and its other occurrences alone', async () => {
    const { w } = await woven({}, daily('Lunch', { location: 'Café' }))
    const {
      recurrence: _r,
      overrides: _o,
      ...own
    } = daily('Lunch', { location: 'Café', time: hours(9, 10, '2026-01-06') })
    const moved = (location: string) => ({
      overrides: { [slot]: { kind: 'changed' as const, content: { ...own, location } } },
    })
    disagree(w, moved('here'), moved('there'))
    await w.settle()
    const conflict = await onlyConflict(w)
    expect(conflict.items).toMatchObject([{ field: 'overrides', path: [slot, 'location'] }])
    const cancelled = { '2026-01-08T09:00:00': { kind: 'cancelled' as const } }
    w.calendar(1).edit(w.event(1, 'Lunch').id, (now) => ({ overrides: { ...now.overrides, ...cancelled } }))
    await w.settle()
    await w.user.conflicts.reopen(conflict.id)
    await w.user.conflicts.resolve(conflict.id, { overrides: w.calendarIds[0] ?? '' })
    await w.settle()
    for (const side of [0, 1]) {
      const { overrides, location } = w.event(side, 'Lunch').content
      expect(location).toBe('Café')
      expect(overrides).toMatchObject({ [slot]: { content: { location: 'here' } }, ...cancelled })
    }
  })
  test('leaves lists that were merged by element as they are', async () => {
    const { w } = await woven({}, content('Lunch', { categories: ['x'] }))
    disagree(w, { ...here, categories: ['x', 'y'] }, { ...there, categories: ['z'] })
    await w.settle()
    const conflict = await onlyConflict(w)
    expect(conflict.items.map(({ field }) => field)).toEqual(['location'])
    await w.user.conflicts.reopen(conflict.id)
    await w.user.conflicts.resolve(conflict.id, { location: w.calendarIds[0] ?? '' })
    await w.settle()
    for (const side of [0, 1]) {
      expect(w.event(side, 'Lunch').content.location).toBe('here')
      expect(new Set(w.event(side, 'Lunch').content.categories)).toEqual(new Set(['y', 'z']))
    }
  })
})

/** A storage whose n-th commit from now on fails, and every one after it: the worker is dead. */
function failing(trouble: { left: number }): Storage {
  const inner = memoryStorage()
  return {
    get: (...args) => inner.get(...args),
    getMany: (...args) => inner.getMany(...args),
    list: (...args) => inner.list(...args),
    commit: async (...args) => {
      if (--trouble.left <= 0) throw new SyncError('storage_failed', 'The disk is full.')
      return inner.commit(...args)
    },
    claim: (...args) => inner.claim(...args),
    release: (...args) => inner.release(...args),
    users: (...args) => inner.users(...args),
    close: () => inner.close(),
  }
}
