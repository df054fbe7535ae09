import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lossesOf } from '../../src/mapping/losses.js'
import { copyView, type View } from '../../src/mapping/projection.js'
import {
  type EventContent,
  EventContentSchema,
  type OccurrenceContent,
  occurrenceFields,
} from '../../src/model/content.js'
import { differingFields, sameContent, sameField } from '../../src/model/equality.js'
import type { Holding } from '../../src/model/holding.js'
import { type Projection, ProjectionSchema } from '../../src/model/projection.js'
import { eventContent } from '../support/arbitrary-content.js'
import { daily, hours } from '../support/world.js'
import { arbitraryHolding, arbitraryProjection } from './arbitrary-projection.js'

/** How many cases are tried of each law; a night's worth of them with CALWEAVE_FUZZ=1000000. */
const numRuns = Number(process.env['CALWEAVE_FUZZ'] ?? 250)
const timeout = Math.max(20_000, numRuns * 20)

const origin = { provider: 'somewhere', calendarName: 'Work' }

/** An event, and a calendar that it has a copy in. */
interface Case {
  readonly event: EventContent
  readonly projection: Projection
  readonly holds: Holding
}

const cases = (wildText: boolean): fc.Arbitrary<Case> =>
  fc.record({ event: dressed(eventContent({ wildText })), projection: arbitraryProjection, holds: arbitraryHolding })

const viewOf = ({ event, projection, holds }: Case) => copyView(projection, { content: event, origin }, holds)

/** Descriptions as people have them who paste from elsewhere: in HTML, long, with signs and lines that we write ourselves. */
function dressed(contents: fc.Arbitrary<EventContent>): fc.Arbitrary<EventContent> {
  const odd = fc.constantFrom(
    '<p>Hello <b>you</b></p><ul><li>one</li></ul>',
    `${'A long line. '.repeat(40)}\n\nand more`,
    'wait… what',
    '--- Guests ---\n- Ada\n--- End of guests ---',
    'above\n\n--- Guests ---\n- Ada',
    '{title} [W] a b Stand-up',
  )
  return fc
    .tuple(contents, fc.option(odd, { nil: undefined, freq: 2 }), fc.option(odd, { nil: undefined, freq: 4 }))
    .map(([event, description, title]) => ({
      ...event,
      ...(description === undefined ? {} : { description }),
      ...(title === undefined ? {} : { title }),
    }))
}

test('the settings that the laws are tried with are ones that a group accepts', () => {
  fc.assert(
    fc.property(arbitraryProjection, (projection) => {
      expect(ProjectionSchema.parse(projection)).toEqual(projection)
    }),
    { numRuns },
  )
})

describe('laws of every copy, whatever its settings, its calendar and its text', () => {
  test(
    'what is rendered is a whole content that fits the calendar',
    () => {
      fc.assert(
        fc.property(cases(true), (one) => {
          const shown = viewOf(one).render(one.event)
          expect(EventContentSchema.safeParse(shown).error?.issues).toBeUndefined()
          for (const occurrence of occurrencesOf(shown)) expect(beyond(occurrence, one.holds)).toEqual([])
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'a copy that shows what it should says nothing new, so nothing is ever written twice',
    () => {
      fc.assert(
        fc.property(cases(true), (one) => {
          const view = viewOf(one)
          expect(view.lift(view.render(one.event), one.event)).toEqual(one.event)
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'what a person types into one field of a copy changes that field of the event and no other',
    () => {
      fc.assert(
        fc.property(cases(false), eventContent(), fc.constantFrom(...occurrenceFields), (one, other, field) => {
          const view = viewOf(one)
          const typed = { ...view.render(one.event), [field]: other[field] }
          const changed = differingFields(view.lift(typed, one.event), one.event)
          expect(changed.filter((name) => name !== field)).toEqual([])
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'whatever is typed into a copy is settled at once: the copy then shows what the event says, and says nothing new',
    () => {
      fc.assert(
        fc.property(cases(true), eventContent({ wildText: true }), (one, typed) => {
          const after = { ...one, event: viewOf(one).lift(typed, one.event) }
          const view = viewOf(after)
          const shown = view.render(after.event)
          expect(sameContent(view.lift(shown, after.event), after.event)).toBe(true)
          expect(differingFields(view.render(view.lift(shown, after.event)), shown)).toEqual([])
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'nobody changes guests from a copy, nor what a copy does not carry',
    () => {
      fc.assert(
        fc.property(cases(false), eventContent(), (one, typed) => {
          const view = viewOf(one)
          const lifted = view.lift({ ...typed, overrides: {} }, one.event)
          expect([lifted.attendees, lifted.organizer]).toEqual([one.event.attendees, one.event.organizer])
          for (const field of occurrenceFields)
            if (!view.carries.has(field)) expect(sameField(field, lifted, one.event)).toBe(true)
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'a copy is never more open than its event',
    () => {
      fc.assert(
        fc.property(cases(false), (one) => {
          const shown = viewOf(one).render(one.event)
          const rank = { default: 0, public: 0, private: 1, confidential: 2 }
          const isBusy = shown.visibility === 'private' && one.event.visibility === 'confidential'
          expect(isBusy || rank[shown.visibility] >= rank[one.event.visibility]).toBe(true)
          if (isBusy) expect(shown.description).toBe('')
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'a copy that shows the title, or nothing, has no other text of the event in it, nor has what is told of its losses',
    () => {
      fc.assert(
        fc.property(cases(false), fc.constantFrom('title', 'busy', 'private'), (one, how) => {
          const event = withCanaries({ ...one.event, ...(how === 'private' ? { visibility: 'private' } : {}) })
          const projection: Projection = {
            ...one.projection,
            show: how === 'private' ? one.projection.show : (how as 'title' | 'busy'),
            privateEvents: 'busy',
            fields: how === 'title' ? { title: [{ prefix: 'P: ' }] } : one.projection.fields,
          }
          const shown = copyView(projection, { content: event, origin }, one.holds).render(event)
          const told = JSON.stringify([shown, lossesOf(projection, { content: event, origin }, one.holds)])
          expect(told.replaceAll(how === 'title' ? 'title of canary' : '\0', '')).not.toContain('canary')
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'losses are told of fields that differ, and of all that differ and cannot be read back',
    () => {
      fc.assert(
        fc.property(cases(false), (one) => {
          const event = { ...one.event, overrides: {} }
          const view = copyView(one.projection, { content: event, origin }, one.holds)
          const shown = view.render(event)
          const lost = new Set(
            lossesOf(one.projection, { content: event, origin }, one.holds).map(({ field }) => field),
          )
          for (const field of textual) {
            const isSame = sameField(field, shown, event)
            if (lost.has(field))
              expect([field, isSame && !one.holds.cannotHold.includes(field as never)]).toEqual([field, false])
            else if (!isSame && isReadOnly(view, field, event, shown))
              expect([field, saysNothing(event, field)]).toEqual([field, true])
          }
        }),
        { numRuns },
      )
    },
    timeout,
  )
})

const textual = ['title', 'description', 'location', 'color', 'categories'] as const
type TextualField = (typeof textual)[number]

function isReadOnly({ lift }: View, field: TextualField, event: EventContent, shown: EventContent): boolean {
  return sameField(field, lift({ ...shown, ...other(field, shown) }, event), event)
}

/** Another value than the one that is shown. */
function other(field: TextualField, shown: OccurrenceContent): Partial<OccurrenceContent> {
  const values = {
    title: `${shown.title} edited`,
    description: `edited ${shown.description}`,
    location: `edited ${shown.location}`,
    color: shown.color === 'green' ? 'grey' : 'green',
    categories: [...shown.categories, 'added'],
  } satisfies Pick<OccurrenceContent, TextualField>
  return { [field]: values[field] }
}

/** Nothing that could be lost. */
function saysNothing(event: OccurrenceContent, field: TextualField): boolean {
  const value = event[field]
  return value === null || value.length === 0
}

function occurrencesOf(content: EventContent): readonly OccurrenceContent[] {
  const changed = Object.values(content.overrides)
  return [content, ...changed.flatMap((override) => (override.kind === 'changed' ? [override.content] : []))]
}

/** The fields that are more than a calendar takes. */
function beyond(shown: OccurrenceContent, { limits = {} }: Holding): readonly string[] {
  return Object.entries(limits)
    .filter(([name, most]) => (shown[name as keyof typeof limits] as string | readonly unknown[]).length > most)
    .filter(([name]) => shown[name as keyof typeof limits] !== 'default')
    .map(([name]) => name)
}

/** The event with a word in every text that could be told. */
function withCanaries(event: EventContent): EventContent {
  const secrets: Partial<OccurrenceContent> = {
    title: 'title of canary',
    description: 'canary',
    location: 'canary',
    categories: ['canary'],
    color: 'canary',
    url: 'https://canary.example',
    conferences: [{ url: 'https://canary.example', label: 'canary' }],
    attachments: [{ url: 'https://canary.example', name: 'canary' }],
    attendees: [{ email: 'canary@example.com', name: 'canary', role: 'chair', status: 'accepted', type: 'individual' }],
    organizer: { email: 'canary@example.com' },
  }
  const base = daily('x', { ...event, ...secrets })
  return {
    ...base,
    overrides: {
      '2026-01-06T09:00:00': {
        kind: 'changed',
        content: { ...event, ...secrets, time: hours(9) } as OccurrenceContent,
      },
    },
  }
}
