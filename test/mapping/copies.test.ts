import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NewMember } from '../../src/engine/group-input.js'
import type { EventContent } from '../../src/model/content.js'
import type { Holding } from '../../src/model/holding.js'
import type { MemoryBehaviour } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { eventContent } from '../support/arbitrary-content.js'
import { content, daily, hours, type World, world } from '../support/world.js'
import { arbitraryHolding, arbitraryProjection } from './arbitrary-projection.js'

/** Two calendars, of which the second one gets copies under these settings. */
async function copied(event: EventContent, projection: NewMember['projection'], behaviour: MemoryBehaviour = {}) {
  const w = await world({
    apart: true,
    members: [{}, { projection: projection ?? {} }],
    behaviours: [undefined, behaviour],
  })
  const id = w.calendar(0).add(event)
  await w.settle()
  return {
    w,
    id,
    /** What the copy shows now. */
    copy: () => only(w).content,
    /** What the event itself says now. */
    own: () => w.calendar(0).get(id)?.content as EventContent,
    /** A person edits the copy, and all is settled. */
    edit: async (patch: Partial<EventContent>) => {
      w.calendar(1).edit(only(w).id, patch)
      await w.settle()
    },
  }
}

function only(w: World) {
  const [event, ...more] = w.calendar(1).all()
  if (!event || more.length > 0) throw new Error(`there are ${more.length + (event ? 1 : 0)} copies`)
  return event
}

describe('a copy that is not written as its event', () => {
  test('an edit of a copy with a prefix reaches the event without it, and the copy has it once', async () => {
    const c = await copied(content('Lunch'), { fields: { title: [{ prefix: '[W] ' }] } })
    expect(c.copy().title).toBe('[W] Lunch')
    await c.edit({ title: '[W] Brunch' })
    expect([c.own().title, c.copy().title]).toEqual(['Brunch', '[W] Brunch'])
    await c.edit({ title: 'Supper' })
    expect([c.own().title, c.copy().title]).toEqual(['Supper', '[W] Supper'])
  })

  test('both sides rename it at once: one title wins, with the prefix where it belongs', async () => {
    const c = await copied(content('Lunch'), { fields: { title: [{ prefix: '[W] ' }] } })
    c.w.calendar(0).edit(c.id, { title: 'Ours' })
    c.w.clock.now += 10_000
    await c.edit({ title: '[W] Theirs' })
    expect([c.own().title, c.copy().title]).toEqual(['Theirs', '[W] Theirs'])
  })

  test('what is typed into a read-only field stays there, reaches nobody, and gives way when its source changes', async () => {
    const c = await copied(content('Lunch', { location: 'Café' }), {
      fields: { title: [{ template: '{title} @ {location}' }] },
    })
    await c.edit({ title: 'mine', description: 'taken' })
    expect(c.own()).toMatchObject({ title: 'Lunch', description: 'taken' })
    expect(c.copy().title).toBe('mine')
    c.w.calendar(0).edit(c.id, { location: 'Bar' })
    await c.w.settle()
    expect(c.copy().title).toBe('Lunch @ Bar')
  })

  test('a description that was cut keeps its end when its beginning is edited, in the copy and in the event', async () => {
    const text = `Agenda\n${'point\n'.repeat(50)}the end`
    const c = await copied(content('x', { description: text }), {}, { limits: { description: 60 } })
    expect(c.copy().description).toHaveLength(60)
    await c.edit({ description: c.copy().description.replace('Agenda', 'AGENDA') })
    expect(c.own().description).toBe(text.replace('Agenda', 'AGENDA'))
    c.w.calendar(0).edit(c.id, { description: `New\n${text}` })
    await c.w.settle()
    expect(c.copy().description).toMatch(/^New\nAgenda/)
  })

  test('both sides edit a description that was cut: the other changes are kept, and so is the end', async () => {
    const text = `first\nsecond\n${'point\n'.repeat(50)}the end`
    const c = await copied(content('x', { description: text }), {}, { limits: { description: 60 } })
    c.w.calendar(0).edit(c.id, { location: 'Café' })
    await c.edit({ description: c.copy().description.replace('second', 'SECOND') })
    expect(c.own()).toMatchObject({ location: 'Café', description: text.replace('second', 'SECOND') })
  })

  test('guests in the description follow the guests, and never become a part of it', async () => {
    const guest = { email: 'jo@example.com', role: 'required', status: 'needs_action', type: 'individual' } as const
    const c = await copied(content('x', { description: 'Agenda', attendees: [guest] }), { attendees: 'asText' })
    expect(c.copy().description).toContain('- jo@example.com')
    c.w.calendar(0).edit(c.id, { attendees: [{ ...guest, status: 'accepted' }] })
    await c.w.settle()
    expect(c.copy().description).toContain('- jo@example.com (accepted)')
    await c.edit({ description: c.copy().description.replace('Agenda', 'New agenda') })
    expect(c.own()).toMatchObject({ description: 'New agenda', attendees: [{ status: 'accepted' }] })
    c.w.calendar(0).edit(c.id, { attendees: [] })
    await c.w.settle()
    expect(c.copy().description).toBe('New agenda')
  })

  test('guests are carried to a calendar that mails nobody, and what is done to them there stays there', async () => {
    const guest = { email: 'jo@example.com', role: 'required', status: 'accepted', type: 'individual' } as const
    const c = await copied(content('x', { attendees: [guest] }), { attendees: 'carry' }, { quietAttendees: true })
    expect(c.copy().attendees).toEqual([guest])
    await c.edit({ attendees: [] })
    expect(c.own().attendees).toEqual([guest])
  })

  test('reminders that every copy has are not given to the event', async () => {
    const reminder = { method: 'popup', trigger: { kind: 'offset', seconds: -600, from: 'start' } } as const
    const c = await copied(content('x'), { reminders: { whenMissing: [reminder] } })
    expect([c.copy().reminders, c.own().reminders]).toEqual([[reminder], []])
    await c.edit({ title: 'y' })
    expect([c.copy().reminders, c.own()]).toEqual([[reminder], content('y')])
  })

  test('a series whose title is transformed keeps an occurrence that was changed in the copy', async () => {
    const c = await copied(daily('Stand-up'), { fields: { title: [{ prefix: '[W] ' }] } })
    const { recurrence: _rule, overrides: _none, ...own } = c.copy()
    const slot = '2026-01-06T09:00:00'
    await c.edit({
      overrides: {
        [slot]: { kind: 'changed', content: { ...own, title: '[W] Retro', time: hours(9, 10, '2026-01-06') } },
      },
    })
    expect(c.own().overrides[slot]).toMatchObject({ content: { title: 'Retro' } })
    expect(c.copy().overrides[slot]).toMatchObject({ content: { title: '[W] Retro' } })
  })

  test('an event of which only its copy is left, after our records were lost, has no prefix in its title', async () => {
    const c = await copied(content('Lunch'), { fields: { title: [{ prefix: '[W] ' }] } })
    c.w.calendar(0).remove(c.id)
    const user = c.w.worker({ storage: memoryStorage() })
    await c.w.weave(user)
    for (let round = 0; round < 3; round++) {
      c.w.clock.now += 3_600_000
      await user.groups.sync('group')
    }
    expect((await user.events.ofGroup('group')).items.map((event) => event.content.title)).toEqual(['Lunch'])
    expect(c.copy().title).toBe('[W] Lunch')
  })

  test('removing a copy that only names its event otherwise is no conflict; removing one that hides something is', async () => {
    const logged = async (projection: NewMember['projection']) => {
      const c = await copied(content('Lunch', { location: 'Café' }), projection)
      c.w.calendar(0).add(content('another'))
      await c.w.settle()
      const [{ id = '' } = {}] = (await c.w.user.events.ofGroup('group')).items.filter(
        (event) => event.content.location,
      )
      const copy = c.w
        .calendar(1)
        .all()
        .find((event) => event.content.title.includes('Lunch'))
      c.w.calendar(1).remove(copy?.id ?? '')
      await c.w.settle()
      expect(c.w.titles(0)).toEqual(['another'])
      return (await c.w.user.conflicts.ofEvent('group', id)).length
    }
    expect(await logged({ fields: { title: [{ prefix: '[W] ' }] } })).toBe(0)
    expect(await logged({ show: 'title' })).toBe(1)
  })

  test('what each copy loses is told before it is written', async () => {
    const w = await world({
      apart: true,
      calendars: 3,
      members: [
        {},
        { projection: { show: 'busy' } },
        { projection: { attendees: 'asText', reminders: { fixed: [] } } },
      ],
      behaviours: [undefined, undefined, { cannotHold: ['geo'], limits: { title: 5 } }],
    })
    await w.settle()
    w.calendar(0).add(
      content('Long title', {
        geo: { latitude: 1, longitude: 2 },
        attendees: [{ email: 'jo@example.com', role: 'chair', status: 'accepted', type: 'individual' }],
        reminders: [{ method: 'popup', trigger: { kind: 'offset', seconds: 0, from: 'start' } }],
      }),
    )
    const plan = await w.user.groups.plan('group')
    const [, busy, tight] = w.calendarIds
    const lost = (calendarId: unknown) =>
      plan.events.flatMap(({ losses }) =>
        losses.filter((loss) => loss.calendarId === calendarId).map(({ field, becomes }) => `${field}: ${becomes}`),
      )
    expect(lost(busy)).toEqual(['title: hidden', 'geo: hidden', 'attendees: hidden', 'reminders: hidden'])
    expect(lost(tight)).toEqual(['title: cut', 'geo: left_out', 'attendees: text', 'reminders: fixed'])
  })
})

/** One thing that a person does: adds, edits or removes an event in one of the calendars. Emptying one is held, and another story. */
const step = fc.record({
  calendar: fc.integer({ min: 0, max: 2 }),
  what: fc.constantFrom('add', 'add', 'edit', 'edit', 'edit', 'edit', 'remove'),
  which: fc.integer({ min: 0, max: 5 }),
  other: eventContent(),
  field: fc.constantFrom(
    'title',
    'description',
    'location',
    'time',
    'categories',
    'visibility',
    'reminders',
    'availability',
  ),
  syncs: fc.boolean(),
})

test('whatever the settings, the calendars and the people do, it settles: no copy is rewritten for ever, none is doubled', async () => {
  const settings = fc.tuple(arbitraryProjection, arbitraryHolding)
  await fc.assert(
    fc.asyncProperty(
      fc.array(settings, { minLength: 3, maxLength: 3 }),
      fc.array(step, { minLength: 3, maxLength: 16 }),
      async (members, steps) => {
        const w = await world({
          apart: true,
          calendars: 3,
          members: members.map(([projection]) => ({ projection })),
          behaviours: members.map(([, holds]) => behaviourOf(holds)),
          group: { removalGuard: { count: 100, share: 1 } },
        })
        for (const { calendar, what, which, other, field, syncs } of steps) {
          const place = w.calendar(calendar)
          const event = place.all()[which % Math.max(1, place.size)]
          if (what === 'add' || !event) place.add({ ...other, status: 'confirmed' })
          else if (what === 'edit') place.edit(event.id, { [field]: other[field] })
          else if (place.size > 4) place.remove(event.id)
          if (syncs) await w.sync()
        }
        await w.settle()
        const { counts } = await w.sync()
        expect(counts).toMatchObject({ created: 0, updated: 0, removed: 0, failed: 0 })
        expect(new Set([0, 1, 2].map((index) => w.calendar(index).size)).size).toBe(1)
      },
    ),
    { numRuns: Number(process.env['CALWEAVE_FUZZ'] ?? 1_000) / 50 },
  )
}, 600_000)

test('what people do in one calendar is never changed there by copies that nobody touches, nor is it ever a conflict', async () => {
  const settings = fc.tuple(arbitraryProjection, arbitraryHolding)
  await fc.assert(
    fc.asyncProperty(settings, fc.array(step, { minLength: 2, maxLength: 8 }), async ([projection, holds], steps) => {
      const w = await world({
        apart: true,
        members: [{}, { projection }],
        behaviours: [undefined, behaviourOf(holds)],
      })
      const place = w.calendar(0)
      for (const { what, which, other, field, syncs } of steps) {
        const event = place.all()[which % Math.max(1, place.size)]
        if (what === 'edit' && event) place.edit(event.id, { [field]: other[field] })
        else place.add({ ...other, status: 'confirmed' })
        if (syncs) await w.sync()
      }
      const before = place.all()
      await w.settle()
      expect(place.all()).toEqual(before)
      const events = (await w.user.events.ofGroup('group')).items
      const logged = await Promise.all(events.map(({ id }) => w.user.conflicts.ofEvent('group', id)))
      expect(logged.flat()).toEqual([])
    }),
    { numRuns: Number(process.env['CALWEAVE_FUZZ'] ?? 1_000) / 50 },
  )
}, 600_000)

function behaviourOf({ limits, cannotHold, quietAttendees }: Holding): MemoryBehaviour {
  return {
    cannotHold: cannotHold as NonNullable<MemoryBehaviour['cannotHold']>,
    ...(limits ? { limits } : {}),
    quietAttendees: quietAttendees === true,
  }
}
