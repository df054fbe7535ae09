import fc from 'fast-check'
import type { OccurrenceContent, Reminder } from '../../src/model/content.js'
import type { Holding } from '../../src/model/holding.js'
import type { Projection, Transform } from '../../src/model/projection.js'

/** Settings as a host may give them, valid in themselves and together. */
export const arbitraryProjection: fc.Arbitrary<Projection> = fc
  .constantFrom('everything', 'title', 'busy')
  .chain((show) =>
    fc.record({
      show: fc.constant(show as Projection['show']),
      busyTitle: fc.constantFrom('Busy', '', 'Busy ({calendar})', '{{{provider}}}'),
      privateEvents: fc.constantFrom('busy', 'show'),
      reminders: reminders(),
      attendees: fc.constantFrom('omit', 'asText', 'carry'),
      text: fc.constantFrom('asWritten', 'plain'),
      fields: show === 'title' ? titleOnly() : everyField(),
    }),
  )

/** What calendars have room for: most have room for all, some for little. */
export const arbitraryHolding: fc.Arbitrary<Holding> = fc.record(
  {
    cannotHold: fc.subarray(['location', 'visibility', 'attendees', 'description', 'overrides'] as const, {
      maxLength: 2,
    }),
    limits: fc.record(
      {
        title: fc.integer({ min: 1, max: 40 }),
        description: fc.integer({ min: 1, max: 300 }),
        location: fc.integer({ min: 1, max: 20 }),
        reminders: fc.integer({ min: 0, max: 3 }),
        categories: fc.integer({ min: 0, max: 3 }),
        attendees: fc.integer({ min: 0, max: 3 }),
        attachments: fc.integer({ min: 0, max: 3 }),
      },
      { requiredKeys: [] },
    ),
    quietAttendees: fc.boolean(),
  },
  { requiredKeys: ['cannotHold'] },
)

function reminders(): fc.Arbitrary<Projection['reminders']> {
  const list = fc.array(
    fc.record<Reminder>({
      method: fc.constantFrom('popup', 'email'),
      trigger: fc.record({
        kind: fc.constant('offset'),
        seconds: fc.constantFrom(-600, -3_600, 0),
        from: fc.constantFrom('start', 'end'),
      }),
    }),
    { maxLength: 3 },
  )
  return fc.oneof(
    fc.constantFrom('none' as const, 'copy' as const),
    list.map((fixed) => ({ fixed })),
    list.map((whenMissing) => ({ whenMissing })),
  )
}

function titleOnly(): fc.Arbitrary<Projection['fields']> {
  return fc.record(
    { title: textTransforms(['{title}', '{{{title}}}', '{calendar}: {title}', 'Meeting']) },
    { requiredKeys: [] },
  )
}

function everyField(): fc.Arbitrary<Projection['fields']> {
  const drop: Transform = { drop: true }
  const text = () =>
    textTransforms(['{title} @ {location}', '{description}', '{calendar}: {title}', '{url}{categories}', '!'])
  const values = (...maps: readonly Readonly<Record<string, string>>[]) =>
    fc.constantFrom<readonly Transform[]>(
      ...maps.map((mapValues) => [{ mapValues }]),
      ...(maps.length > 0 ? [] : [[drop]]),
    )
  const visibility = values({ default: 'private' }, { private: 'confidential', confidential: 'confidential' })
  return fc.record(
    {
      title: text(),
      description: text(),
      location: text(),
      status: fc.oneof(
        values({ tentative: 'confirmed' }, { tentative: 'confirmed', confirmed: 'tentative' }),
        fc.constant([drop]),
      ),
      availability: fc.oneof(
        values({ free: 'busy' }, { free: 'tentative', tentative: 'free' } satisfies Partial<
          Record<OccurrenceContent['availability'], string>
        >),
        fc.constant([drop]),
      ),
      visibility,
      categories: fc.oneof(
        values({ work: 'Arbeit', Arbeit: 'work' }, { Rot: 'Blau', work: 'Blau' }),
        fc.constant([drop]),
      ),
      color: fc.oneof(values({ red: 'blue' }, { red: 'blue', blue: 'red' }), fc.constant([drop])),
      url: values(),
      priority: values(),
      geo: values(),
      conferences: values(),
      attachments: values(),
    },
    { requiredKeys: [] },
  )
}

function textTransforms(templates: readonly string[]): fc.Arbitrary<readonly Transform[]> {
  const piece = fc.constantFrom('[W] ', 'é: ', '…', ' (x)', '{', '🎉 ', 'e\u0301 ')
  const step: fc.Arbitrary<Transform> = fc.oneof(
    piece.map((prefix) => ({ prefix })),
    piece.map((suffix) => ({ suffix })),
    fc
      .tuple(fc.constantFrom('a', 'Stand', '\n', ' '), fc.constantFrom('b', '', 'aa', 'Sit'))
      .map(([from, to]) => ({ replace: { from, to } })),
    fc
      .constantFrom<Readonly<Record<string, string>>>({ '': 'No title' }, { 'Stand-up': 'Daily' }, { a: 'x', b: 'x' })
      .map((mapValues) => ({ mapValues })),
  )
  return fc.oneof(
    { weight: 4, arbitrary: fc.array(step, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant([{ drop: true as const }]) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...templates), fc.array(step, { maxLength: 2 }))
        .map(([template, rest]) => [{ template }, ...rest]),
    },
  )
}
