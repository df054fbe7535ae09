import fc from 'fast-check'
import type {
  Attachment,
  Attendee,
  Conference,
  EventContent,
  EventSpan,
  EventTime,
  OccurrenceContent,
  Override,
  Reminder,
  Slot,
} from '../../src/model/content.js'
import { addDays, addToLocal, localText, wallMs } from '../../src/model/time.js'

/** Settings of {@link eventContent}. */
export interface ArbitraryContentOptions {
  /** Any Unicode text, control characters and lone surrogates included. @default false: what people type */
  readonly wildText?: boolean
  /** Attendees and organizers. @default true */
  readonly people?: boolean
  /** Series. @default true */
  readonly series?: boolean
}

/**
 * Varied, realistic, valid contents: single events and series with changed, cancelled and added occurrences; timed in
 * several zones, floating and whole days; with and without everything optional. Written in the form in which a calendar
 * would give it, so most codecs must hand it back as it is.
 */
export function eventContent(options: ArbitraryContentOptions = {}): fc.Arbitrary<EventContent> {
  const { series = true } = options
  const single = occurrence(options, anySpan).map(
    (content): EventContent => ({ ...content, recurrence: null, overrides: {} }),
  )
  return series ? fc.oneof({ weight: 3, arbitrary: single }, { weight: 2, arbitrary: seriesContent(options) }) : single
}

/** A series: a daily or weekly rule or a list of dates, with overrides of some of its slots. */
export function seriesContent(options: ArbitraryContentOptions = {}): fc.Arbitrary<EventContent> {
  return occurrence(options, steadySpan).chain((content) =>
    fc
      .record({
        pattern: patternFor(content.time.start),
        rdates: fc.uniqueArray(fc.integer({ min: 100, max: 130 }), { maxLength: 3 }),
        changes: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 8 }), overrideFor(options, content)), {
          maxLength: 4,
          selector: ([day]) => day,
        }),
      })
      .map(({ pattern, rdates, changes }): EventContent => {
        const slotAfter = (days: number): Slot => moved(content.time.start, days)
        const overrides = Object.fromEntries(
          changes.map(([step, make]) => [slotAfter(step * pattern.stepDays), make(step * pattern.stepDays)] as const),
        )
        const added = rdates.map(slotAfter).sort()
        return { ...content, recurrence: { rule: pattern.rule, rdates: added }, overrides }
      }),
  )
}

/** A time in one of several forms and zones, between 2000 and 2039, never in a night when clocks change. */
export const anyTime: fc.Arbitrary<EventTime> = fc
  .record({
    day: fc.integer({ min: 0, max: 14_600 }),
    minute: fc.integer({ min: 0, max: 287 }),
    kind: fc.constantFrom('timed', 'timed', 'timed', 'date', 'floating'),
    zone: fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'Asia/Tokyo',
    ),
  })
  .map(({ day, minute, kind, zone }): EventTime => {
    const date = addDays('2000-01-01', day)
    const local = addToLocal(`${date}T00:00:00`, Math.max(minute * 5, 240) * 60)
    if (kind === 'date') return { kind, date }
    return kind === 'floating' ? { kind, local } : { kind: 'timed', local, zone }
  })

const anySpan: fc.Arbitrary<EventSpan> = fc
  .tuple(anyTime, fc.integer({ min: 0, max: 5_000 }))
  .map(([start, minutes]) => spanOf(start, minutes))

/** Starts by day and lasts less than one, so that every occurrence of a series is a time that the clocks show. */
const steadySpan: fc.Arbitrary<EventSpan> = fc
  .tuple(anyTime, fc.integer({ min: 5, max: 120 }))
  .map(([start, minutes]) => spanOf(start, minutes))

function spanOf(start: EventTime, minutes: number): EventSpan {
  if (start.kind === 'date') return { start, end: { kind: 'date', date: addDays(start.date, 1 + (minutes % 4)) } }
  const end = addToLocal(start.local, minutes * 60)
  // early mornings are left to the tests about clock changes
  return { start, end: { ...start, local: Number(end.slice(11, 13)) < 4 ? `${end.slice(0, 10)}T04:30:00` : end } }
}

function patternFor(start: EventTime): fc.Arbitrary<{ readonly rule: string | null; readonly stepDays: number }> {
  const until = untilAfter(start, 90)
  return fc.constantFrom(
    { rule: 'FREQ=DAILY', stepDays: 1 },
    { rule: 'FREQ=DAILY;INTERVAL=2;COUNT=40', stepDays: 2 },
    { rule: `FREQ=DAILY;UNTIL=${until}`, stepDays: 1 },
    { rule: 'FREQ=WEEKLY', stepDays: 7 },
    { rule: 'FREQ=WEEKLY;INTERVAL=2;COUNT=30', stepDays: 14 },
    { rule: null, stepDays: 1 },
  )
}

/** The UNTIL that a rule of this start has to have, `days` later. */
function untilAfter(start: EventTime, days: number): string {
  const slot = moved(start, days)
  const compact = slot.replaceAll(/[-:]/g, '')
  if (start.kind === 'date' || start.kind === 'floating') return compact
  return `${localText(wallMs(slot) + 86_400_000).replaceAll(/[-:]/g, '')}Z`
}

function moved(start: EventTime, days: number): Slot {
  return start.kind === 'date' ? addDays(start.date, days) : addToLocal(start.local, days * 86_400)
}

/** An override of the occurrence that stands so many days after the start: cancelled, changed, or changed and moved. */
function overrideFor(
  options: ArbitraryContentOptions,
  master: OccurrenceContent,
): fc.Arbitrary<(days: number) => Override> {
  const shifted = (days: number, minutes: number): EventSpan => {
    const shift = (time: EventTime): EventTime =>
      time.kind === 'date'
        ? { kind: 'date', date: addDays(time.date, days) }
        : { ...time, local: addToLocal(time.local, days * 86_400 + minutes * 60) }
    return { start: shift(master.time.start), end: shift(master.time.end) }
  }
  return fc.oneof(
    fc.constant((): Override => ({ kind: 'cancelled' })),
    fc.tuple(occurrence({ ...options, people: false }, anySpan), fc.integer({ min: 0, max: 12 })).map(
      ([other, step]) =>
        (days: number): Override => ({
          kind: 'changed',
          content: { ...other, ...confirmed(other), time: shifted(days, step * 5) },
        }),
    ),
    fc.tuple(texts(options), anySpan).map(
      ([title, time]) =>
        (): Override => ({ kind: 'changed', content: { ...master, ...confirmed(master), title, time } }),
    ),
  )
}

/** A changed occurrence with the status "cancelled" is a cancelled one. */
function confirmed({ status }: OccurrenceContent): Pick<OccurrenceContent, 'status'> {
  return { status: status === 'cancelled' ? 'confirmed' : status }
}

function occurrence(options: ArbitraryContentOptions, span: fc.Arbitrary<EventSpan>): fc.Arbitrary<OccurrenceContent> {
  const { people = true } = options
  const words = texts(options)
  const name = options.wildText
    ? words
    : fc.constantFrom('Ada Lovelace', 'Müller, Jörg', 'O\'Brien; "Pat"', '山田 太郎')
  return fc.record({
    title: words,
    description: words,
    location: words,
    geo: orNull(
      fc.record({
        latitude: fc.integer({ min: -90_000_000, max: 90_000_000 }).map((n) => n / 1e6 + 0),
        longitude: fc.integer({ min: -180_000_000, max: 180_000_000 }).map((n) => n / 1e6 + 0),
      }),
    ),
    time: span,
    status: fc.constantFrom('confirmed', 'confirmed', 'tentative', 'cancelled'),
    availability: fc.constantFrom('busy', 'busy', 'free', 'tentative', 'out_of_office', 'working_elsewhere'),
    visibility: fc.constantFrom('default', 'default', 'public', 'private', 'confidential'),
    categories: fc.uniqueArray(options.wildText ? words : fc.constantFrom('Work', 'A,B', 'é;\\x', 'Reise'), {
      maxLength: 3,
    }),
    color: orNull(fc.constantFrom('tomato', 'steelblue', '#a1b2c3')),
    url: orNull(links('page')),
    priority: orNull(fc.integer({ min: 1, max: 9 })),
    conferences: fc.uniqueArray(optional<Conference, 'label'>({ url: links('meet') }, { label: name }), unique('url')),
    attachments: fc.uniqueArray(
      optional<Attachment, 'name' | 'mimeType'>({ url: links('file') }, { name, mimeType: fc.constant('text/plain') }),
      unique('url'),
    ),
    attendees: people ? fc.uniqueArray(attendee(name), unique('email')) : fc.constant([]),
    organizer: people
      ? orNull(optional<NonNullable<OccurrenceContent['organizer']>, 'name'>({ email: mails }, { name }))
      : fc.constant(null),
    reminders: fc.oneof(
      { weight: 1, arbitrary: fc.constant('default' as const) },
      { weight: 3, arbitrary: fc.uniqueArray(reminder, { maxLength: 3, selector: (value) => JSON.stringify(value) }) },
    ),
  })
}

function texts(options: ArbitraryContentOptions): fc.Arbitrary<string> {
  if (options.wildText) return fc.oneof(fc.string({ unit: 'binary', maxLength: 120 }), nasty)
  return fc.oneof(
    fc.constantFrom(
      '',
      'Stand-up',
      'Zahnarzt (Dr. Weiß)',
      'Plan: a, b; c\\d',
      'Line one\nLine two',
      '🎉 Party 👩‍👩‍👧',
      'BEGIN:VEVENT',
    ),
    fc.lorem({ maxCount: 30 }),
  )
}

const nasty = fc
  .array(
    fc.constantFrom(
      '\r\n',
      '\n',
      '\r',
      '\0',
      '\\n',
      '\\',
      ',',
      ';',
      ':',
      '"',
      '^',
      "^'",
      '^n',
      '👩‍🚀',
      'END:VEVENT',
      'ä'.repeat(40),
      '\ud800',
      '\u2028',
      ' ',
    ),
    {
      maxLength: 20,
    },
  )
  .map((parts) => parts.join(''))

const mails = fc.constantFrom('ada@example.com', 'jo@example.org', 'pat.o+x@example.net', 'raum-1@example.com')

const links = (kind: string) => fc.constantFrom(1, 2, 3).map((n) => `https://example.com/${kind}/${n}?a=1,2;b=%20c`)

function attendee(name: fc.Arbitrary<string>): fc.Arbitrary<Attendee> {
  return optional<Attendee, 'name'>(
    {
      email: mails,
      role: fc.constantFrom('chair', 'required', 'optional', 'non_participant'),
      status: fc.constantFrom('needs_action', 'accepted', 'declined', 'tentative', 'delegated'),
      type: fc.constantFrom('individual', 'group', 'resource', 'room', 'unknown'),
    },
    { name },
  )
}

const reminder: fc.Arbitrary<Reminder> = fc.record({
  method: fc.constantFrom('popup', 'email', 'sound'),
  trigger: fc.oneof(
    fc.record({
      kind: fc.constant('offset' as const),
      seconds: fc.integer({ min: -2_000, max: 100 }).map((minutes) => minutes * 60),
      from: fc.constantFrom('start' as const, 'end' as const),
    }),
    fc.record({
      kind: fc.constant('at' as const),
      at: fc.constantFrom('2026-03-04T08:00:00Z', '2030-12-31T23:59:59Z'),
    }),
  ),
})

const unique = <Key extends string>(key: Key) => ({
  maxLength: 3,
  selector: (value: { readonly [K in Key]: string }) => value[key],
})

function orNull<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> {
  return fc.option(arbitrary, { nil: null, freq: 2 })
}

/** A record whose optional keys are there or not. */
function optional<Value, Keys extends keyof Value>(
  required: { readonly [K in Exclude<keyof Value, Keys>]: fc.Arbitrary<Value[K]> },
  maybe: { readonly [K in Keys]-?: fc.Arbitrary<NonNullable<Value[K]>> },
): fc.Arbitrary<Value> {
  return fc.record({ ...required, ...maybe } as never, {
    requiredKeys: Object.keys(required) as never,
  }) as fc.Arbitrary<Value>
}
