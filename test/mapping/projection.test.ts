import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { copyView, nativeView, type View } from '../../src/mapping/projection.js'
import { type EventContent, EventContentSchema, type Field, fields } from '../../src/model/content.js'
import { differingFields, sameField } from '../../src/model/equality.js'
import { type Holding, roomForAll } from '../../src/model/holding.js'
import { type Projection, ProjectionSchema } from '../../src/model/projection.js'
import { eventContent } from '../support/arbitrary-content.js'
import { content, daily, hours } from '../support/world.js'
import { arbitraryHolding, arbitraryProjection } from './arbitrary-projection.js'

const origin = { provider: 'somewhere', calendarName: 'Work' }

/** How a copy of this event looks in a calendar with room for everything, unless it is said otherwise. */
function viewOf(event: EventContent, settings: Partial<Projection> = {}, holds: Holding = roomForAll): View {
  return copyView(ProjectionSchema.parse(settings), { content: event, origin }, holds)
}

/** Every view there is of a content. */
const viewed: fc.Arbitrary<{ readonly content: EventContent; readonly view: View }> = fc
  .tuple(
    eventContent({ wildText: false }),
    fc.option(fc.tuple(arbitraryProjection, arbitraryHolding), { nil: undefined, freq: 8 }),
    fc.boolean(),
  )
  .map(([event, chosen, isOrigin]) => ({
    content: event,
    view: chosen ? copyView(chosen[0], { content: event, origin }, chosen[1]) : nativeView(isOrigin),
  }))
describe('laws of every view', () => {
  test('what is rendered is a whole content', () => {
    fc.assert(
      fc.property(viewed, ({ content: event, view }) => {
        expect(EventContentSchema.safeParse(view.render(event)).error?.issues).toBeUndefined()
      }),
    )
  })

  test('what was read back from a copy renders as what was read', () => {
    fc.assert(
      fc.property(viewed, ({ content: event, view }) => {
        const once = view.render(event)
        expect(differingFields(view.render(view.lift(once, event)), once)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('a copy that shows what it should says nothing new about the event: no echo', () => {
    fc.assert(
      fc.property(viewed, ({ content: event, view }) => {
        expect(differingFields(view.lift(view.render(event), event), event)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('nor does a busy occurrence of a series that is shown', () => {
    const { recurrence: _rule, overrides: _none, ...own } = daily('Doctor', { visibility: 'private' })
    const event = daily('Stand-up', { overrides: { '2026-01-06T09:00:00': { kind: 'changed', content: own } } })
    const view = viewOf(event)
    expect(JSON.stringify(view.render(event))).not.toContain('Doctor')
    expect(view.lift(view.render(event), event)).toEqual(event)
  })

  test('a copy cannot change what it does not carry', () => {
    fc.assert(
      fc.property(viewed, eventContent(), ({ content: event, view }, typed) => {
        const lifted = view.lift(typed, event)
        for (const field of fields) if (!view.carries.has(field)) expect(sameField(field, lifted, event)).toBe(true)
      }),
    )
  })
})

describe('a busy copy', () => {
  const proposals: readonly Field[] = ['time', 'recurrence', 'overrides']

  test('proposes times and nothing else, whatever is typed into it', () => {
    fc.assert(
      fc.property(eventContent(), eventContent(), (event, typed) => {
        const lifted = viewOf(event, { show: 'busy' }).lift(typed, event)
        expect(differingFields(lifted, event).filter((field) => !proposals.includes(field))).toEqual([])
        expect(sameField('time', lifted, typed)).toBe(true)
      }),
    )
  })

  test('has no character of a text of the event in it, nor of its occurrences', () => {
    const secret = 'canary'
    const everything: Partial<EventContent> = {
      title: secret,
      description: secret,
      location: secret,
      categories: [secret],
      url: `https://${secret}.example`,
      color: secret,
      conferences: [{ url: `https://${secret}.example`, label: secret }],
      attachments: [{ url: `https://${secret}.example`, name: secret }],
      attendees: [{ email: `${secret}@example.com`, role: 'chair', status: 'accepted', type: 'individual' }],
      organizer: { email: `${secret}@example.com` },
      geo: { latitude: 1, longitude: 2 },
      priority: 1,
    }
    const event = daily(secret, {
      ...everything,
      overrides: {
        '2026-01-06T09:00:00': {
          kind: 'changed',
          content: { ...content(secret), ...everything, time: hours(9) },
        },
      },
    })
    const cases: readonly (readonly [Partial<Projection>, EventContent['visibility']])[] = [
      [{ show: 'busy' }, 'public'],
      [{ privateEvents: 'busy' }, 'private'],
      [{ privateEvents: 'busy' }, 'confidential'],
    ]
    for (const [chosen, visibility] of cases) {
      const own = { ...event, visibility }
      const shown = viewOf(own, chosen).render(own)
      expect(JSON.stringify(shown)).not.toContain(secret)
      expect(shown).toMatchObject({ title: 'Busy', geo: null, priority: null, visibility: 'private' })
    }
  })

  test('shows whether the time is really taken', () => {
    const shown = viewOf(content('x'), { show: 'busy', busyTitle: 'Belegt' }).render(
      content('x', { availability: 'free', status: 'tentative' }),
    )
    expect(shown).toMatchObject({ title: 'Belegt', availability: 'free', status: 'tentative', time: hours(9) })
  })
})

describe('a copy that shows everything', () => {
  test('never carries attendees, an organizer or, unless it was asked for, reminders', () => {
    fc.assert(
      fc.property(eventContent(), fc.constantFrom('none' as const, 'copy' as const), (event, reminders) => {
        const view = viewOf(event, { privateEvents: 'show', reminders })
        expect([view.carries.has('attendees'), view.carries.has('organizer')]).toEqual([false, false])
        const shown = view.render(event)
        expect(shown).toMatchObject({ attendees: [], organizer: null })
        for (const override of Object.values(shown.overrides))
          if (override.kind === 'changed') expect(override.content.attendees).toEqual([])
        expect(shown.reminders).toEqual(reminders === 'copy' ? event.reminders : [])
      }),
    )
  })

  test('keeps every other field as it is', () => {
    fc.assert(
      fc.property(eventContent(), (event) => {
        const shown = viewOf(event, { privateEvents: 'show' }).render(event)
        expect(shown.title).toBe(event.title.replaceAll(/\n+/g, ' '))
        expect(
          differingFields(shown, event).filter(
            (field) => !['title', 'attendees', 'organizer', 'reminders', 'overrides'].includes(field),
          ),
        ).toEqual([])
      }),
    )
  })

  test('an occurrence that is changed in it keeps the guests of that occurrence at the origin', () => {
    const slot = '2026-01-06T09:00:00'
    const guests = [{ email: 'ada@example.com', role: 'chair', status: 'accepted', type: 'individual' }] as const
    const event = daily('x', { attendees: guests })
    const view = viewOf(event)
    const typed = view.render(
      daily('x', { overrides: { [slot]: { kind: 'changed', content: { ...content('y') } as never } } }),
    )
    expect(view.lift(typed, event).overrides[slot]).toMatchObject({ content: { title: 'y', attendees: guests } })
  })
})

describe('an event that a person made', () => {
  test('is read and written whole at its origin', () => {
    fc.assert(
      fc.property(eventContent(), eventContent(), (event, typed) => {
        const view = nativeView(true)
        expect(view.render(event)).toBe(event)
        expect(view.lift(typed, event)).toBe(typed)
      }),
    )
  })

  test('elsewhere keeps its own guests and reminders', () => {
    fc.assert(
      fc.property(eventContent(), eventContent(), (event, typed) => {
        const view = nativeView(false)
        for (const field of ['attendees', 'organizer', 'reminders'] as const) {
          expect(view.carries.has(field)).toBe(false)
          expect(view.lift(typed, event)[field]).toEqual(event[field])
        }
      }),
    )
  })
})
