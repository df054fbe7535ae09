import type { Attendee, EventContent, Field, OccurrenceContent, Override, Reminder } from '../../src/model/content.js'
import { completeContent, occurrenceOf } from '../../src/model/content.js'
import type { GoogleEvent } from '../../src/testing/google/index.js'
import type { MicrosoftEvent } from '../../src/testing/microsoft/index.js'

/** One telling value of a field, as a person enters it. */
export interface TellingValue {
  readonly field: Field
  /** As the page names it; one of its kind within a field. */
  readonly name: string
  readonly content: EventContent
  /** Where a service has its own way to enter it, which no content says. */
  readonly native?: { readonly google?: GoogleEvent; readonly microsoft?: MicrosoftEvent; readonly lines?: string }
}

const zone = 'Europe/Berlin'
const at = (local: string, name: string = zone) => ({ kind: 'timed', local, zone: name }) as const
const day = (date: string) => ({ kind: 'date', date }) as const
const floating = (local: string) => ({ kind: 'floating', local }) as const
const hour = (date: string, from = '09:00', to = '10:00') => ({
  start: at(`${date}T${from}:00`),
  end: at(`${date}T${to}:00`),
})
const tuesday = hour('2026-03-03')

type Values = Readonly<Record<string, Partial<EventContent> & { readonly native?: TellingValue['native'] }>>

function values(field: Field, all: Values): readonly TellingValue[] {
  return Object.entries(all).map(([name, { native, ...given }]) => ({
    field,
    name,
    content: completeContent({ title: `${field}, ${name}`, time: tuesday, ...given }),
    ...(native && { native }),
  }))
}

const times = values('time', {
  'an hour': {},
  'in UTC': { time: { start: at('2026-03-03T09:00:00', 'UTC'), end: at('2026-03-03T10:00:00', 'UTC') } },
  'in a zone that Windows does not name': {
    time: { start: at('2026-03-03T09:00:00', 'Europe/Zurich'), end: at('2026-03-03T10:00:00', 'Europe/Zurich') },
  },
  'a flight from one zone to another': {
    time: { start: at('2026-03-03T09:00:00'), end: at('2026-03-03T12:00:00', 'America/New_York') },
  },
  floating: { time: { start: floating('2026-03-03T09:00:00'), end: floating('2026-03-03T10:00:00') } },
  'one day': { time: { start: day('2026-03-03'), end: day('2026-03-04') } },
  'three days': { time: { start: day('2026-03-03'), end: day('2026-03-06') } },
  'past midnight': { time: { start: at('2026-03-03T22:00:00'), end: at('2026-03-04T02:00:00') } },
  'across a change of clocks': { time: { start: at('2026-03-28T22:00:00'), end: at('2026-03-29T04:00:00') } },
  'no length': { time: { start: at('2026-03-03T09:00:00'), end: at('2026-03-03T09:00:00') } },
  'with seconds': { time: { start: at('2026-03-03T09:00:30'), end: at('2026-03-03T10:00:30') } },
})

const repeats = (rule: string | null, time = tuesday, rdates: readonly string[] = []): Partial<EventContent> => ({
  time,
  recurrence: { rule, rdates },
})
const days = { start: day('2026-03-03'), end: day('2026-03-04') } as unknown as typeof tuesday

const recurrences = values('recurrence', {
  'daily, without an end': repeats('FREQ=DAILY'),
  'every other day, 5 times': repeats('FREQ=DAILY;INTERVAL=2;COUNT=5'),
  'weekly until a day': repeats('FREQ=WEEKLY;UNTIL=20260414T070000Z'),
  'whole days, weekly until a day': repeats('FREQ=WEEKLY;UNTIL=20260414', days),
  'weekly by days': repeats('FREQ=WEEKLY;BYDAY=TU,TH;COUNT=6'),
  'every other week, weeks from Sunday': repeats('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU;COUNT=6'),
  'across a change of clocks': repeats('FREQ=WEEKLY;BYDAY=SU;COUNT=4', hour('2026-03-22')),
  'monthly by day': repeats('FREQ=MONTHLY;BYMONTHDAY=3;COUNT=4'),
  'monthly on the 31st': repeats('FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3', hour('2026-03-31')),
  'monthly on the last day': repeats('FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3', hour('2026-03-31')),
  'monthly on two days': repeats('FREQ=MONTHLY;BYMONTHDAY=3,17;COUNT=4'),
  'monthly by position': repeats('FREQ=MONTHLY;BYDAY=1TU;COUNT=3'),
  'monthly by last position': repeats('FREQ=MONTHLY;BYDAY=-1TU;COUNT=3', hour('2026-03-31')),
  'monthly on the last working day': repeats(
    'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3',
    hour('2026-03-31'),
  ),
  yearly: repeats('FREQ=YEARLY;COUNT=3'),
  'yearly on two days': repeats('FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=3,5;COUNT=4'),
  'yearly by position': repeats('FREQ=YEARLY;BYMONTH=3;BYDAY=1TU;COUNT=3'),
  hourly: repeats('FREQ=HOURLY;COUNT=3'),
  'with an added date': repeats('FREQ=WEEKLY;COUNT=3', tuesday, ['2026-03-05T09:00:00']),
  'dates only': repeats(null, tuesday, ['2026-03-05T09:00:00', '2026-03-09T09:00:00']),
  once: repeats('FREQ=DAILY;COUNT=1'),
  'starting on a day that is not in the rule': repeats('FREQ=WEEKLY;BYDAY=WE;COUNT=4'),
  'on days of some months': repeats('FREQ=DAILY;BYMONTH=3,5;COUNT=4'),
  'by day of the year': repeats('FREQ=YEARLY;BYYEARDAY=62;COUNT=2'),
  'from one zone to another': repeats('FREQ=DAILY;COUNT=3', {
    start: at('2026-03-03T09:00:00'),
    end: at('2026-03-03T12:00:00', 'America/New_York'),
  }),
})

const weekly = (title: string, changes: (own: OccurrenceContent) => Readonly<Record<string, Override>>) => {
  const own = completeContent({ title, location: 'Room 1', time: tuesday })
  return {
    location: 'Room 1',
    recurrence: { rule: 'FREQ=WEEKLY;COUNT=5', rdates: [] },
    overrides: changes(occurrenceOf(own)),
  }
}
const html = '<p>Bring the <b>plan</b>, see <a href="https://example.com/plan">here</a>.</p>'
const slot = '2026-03-10T09:00:00'
const override = (name: string, change: Partial<OccurrenceContent>) =>
  weekly(`overrides, ${name}`, (own) => ({
    [slot]: { kind: 'changed', content: { ...own, time: hour('2026-03-10'), ...change } },
  }))
const overrideOf = (name: string, change: Partial<OccurrenceContent>) => ({ [name]: override(name, change) })

const overrides = values('overrides', {
  'a cancelled occurrence': weekly('', () => ({ [slot]: { kind: 'cancelled' } })),
  'the first and the last cancelled': weekly('', () => ({
    '2026-03-03T09:00:00': { kind: 'cancelled' },
    '2026-03-31T09:00:00': { kind: 'cancelled' },
  })),
  ...overrideOf('another title', { title: 'Another title' }),
  ...overrideOf('another place', { location: 'Room 2' }),
  ...overrideOf('no place', { location: '' }),
  ...overrideOf('another text', { description: 'Bring the plan' }),
  ...overrideOf('another hour', { time: hour('2026-03-10', '15:00', '17:00') }),
  ...overrideOf('another day', { time: hour('2026-03-12') }),
  ...overrideOf('past the next one', { time: hour('2026-03-18') }),
  ...overrideOf('on the day of the next one', { time: hour('2026-03-17', '15:00', '16:00') }),
  ...overrideOf('free time', { availability: 'free' }),
  ...overrideOf('private', { visibility: 'private' }),
  ...overrideOf('another zone', {
    time: { start: at('2026-03-10T09:00:00', 'America/New_York'), end: at('2026-03-10T10:00:00', 'America/New_York') },
  }),
  ...overrideOf('a colour', { color: '#dc2127' }),
  ...overrideOf('categories', { categories: ['Work'] }),
  'six changed': {
    recurrence: { rule: 'FREQ=DAILY;COUNT=8', rdates: [] },
    overrides: Object.fromEntries(
      Array.from({ length: 6 }, (_, index) => {
        const date = new Date(Date.UTC(2026, 2, 4 + index)).toISOString().slice(0, 10)
        const content = occurrenceOf(
          completeContent({ title: 'overrides, six changed', time: hour(date), location: `Room ${index}` }),
        )
        return [`${date}T09:00:00`, { kind: 'changed', content }]
      }),
    ),
  },
  ...overrideOf('a reminder', {
    reminders: [{ method: 'popup', trigger: { kind: 'offset', seconds: -600, from: 'start' } }],
  }),
  ...overrideOf('a whole day', { time: { start: day('2026-03-10'), end: day('2026-03-11') } }),
  'one moved, one cancelled': weekly('overrides, one moved, one cancelled', (own) => ({
    [slot]: { kind: 'changed', content: { ...own, time: hour('2026-03-11') } },
    '2026-03-17T09:00:00': { kind: 'cancelled' },
  })),
})

const texts = [
  ...values('title', {
    'letters of many alphabets': { title: 'Grüße, 会議, موعد 🎉' },
    none: { title: '' },
    '300 characters': { title: 'Long '.repeat(60).trim() },
    'blanks around and within': { title: '  Two  blanks  ' },
  }),
  ...values('location', {
    'one line': { location: 'Room 1, Main Street 5' },
    'two lines': { location: 'Room 1\nMain Street 5' },
    '2,000 characters': { location: 'Room 1, '.repeat(250).trim() },
    'with an address of its own': {
      location: 'Canteen',
      native: {
        microsoft: {
          location: { displayName: 'Canteen', address: { street: 'Main Street 5', city: 'Berlin' } },
        },
        lines: 'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS=Main Street 5;X-TITLE=Canteen:geo:52.52,13.405',
      },
    },
  }),
  ...values('description', {
    'one line': { description: 'Bring the plan' },
    'lines and an empty one': { description: 'First\n\n  Third, after blanks' },
    HTML: { description: html, native: { microsoft: { body: { contentType: 'html', content: html } } } },
    'text with signs of HTML': { description: 'a < b & c > d "quoted"' },
    'an address in angle brackets': { description: 'From Ann <ann@example.org>\nSee <https://example.com>' },
    'lists, tables and entities': {
      description: '<ul><li>One</li><li>Two &amp; three</li></ul><table><tr><td>1</td><td>2</td></tr></table>&nbsp;End',
    },
    '10,000 characters': { description: 'Words of a report. '.repeat(526).trim() },
  }),
]

const choices = [
  ...values('status', {
    tentative: { status: 'tentative' },
    'tentative, and free': { status: 'tentative', availability: 'free' },
    cancelled: { status: 'cancelled' },
    'cancelled, while out of office': { status: 'cancelled', availability: 'out_of_office' },
  }),
  ...values('availability', {
    free: { availability: 'free' },
    tentative: { availability: 'tentative' },
    'out of office': { availability: 'out_of_office' },
    'working elsewhere': { availability: 'working_elsewhere' },
  }),
  ...values('visibility', {
    public: { visibility: 'public' },
    private: { visibility: 'private' },
    confidential: { visibility: 'confidential' },
  }),
  ...values('priority', { '1': { priority: 1 }, '3': { priority: 3 }, '5': { priority: 5 }, '9': { priority: 9 } }),
]

const link = 'https://example.com/page?a=1&b=2'
const manyLinks = Array.from({ length: 30 }, (_, index) => ({
  url: `https://example.com/${index}`,
  name: `File ${index}`,
}))
const lists = [
  ...values('categories', {
    one: { categories: ['Work'] },
    three: { categories: ['Work', 'Grün', 'Plan B'] },
    'with a comma': { categories: ['Red, green'] },
    'in two spellings': { categories: ['work', 'Work'] },
    '300 characters': { categories: ['Long '.repeat(60).trim()] },
    '60 of them': { categories: Array.from({ length: 60 }, (_, index) => `Category ${index}`) },
  }),
  ...values('color', { "Google's red": { color: '#dc2127' }, tomato: { color: 'tomato' } }),
  ...values('url', {
    'a web address': { url: link },
    '3,000 characters': { url: `https://example.com/${'a'.repeat(3_000)}` },
    'a mail address': { url: 'mailto:ann@example.org' },
    'no address at all': { url: 'see the board' },
  }),
  ...values('geo', {
    'a place with a name': { location: 'Canteen', geo: { latitude: 52.52, longitude: 13.405 } },
    'a place without a name': { geo: { latitude: 52.52, longitude: 13.405 } },
    'at the edge of the world': { location: 'Pole', geo: { latitude: -90, longitude: 180 } },
  }),
  ...values('conferences', {
    'a link with a name': {
      conferences: [{ url: 'https://meet.example.com/abc', label: 'Example Meet' }],
      native: {
        google: {
          conferenceData: {
            conferenceId: 'abc',
            conferenceSolution: { key: { type: 'hangoutsMeet' }, name: 'Google Meet' },
            entryPoints: [{ entryPointType: 'video', uri: 'https://meet.google.com/abc' }],
          },
        } as GoogleEvent,
        microsoft: { isOnlineMeeting: true },
      },
    },
  }),
  ...values('attachments', {
    'one link': { attachments: [{ url: link, name: 'Plan.pdf', mimeType: 'application/pdf' }] },
    '30 links': { attachments: manyLinks },
    'a file on a disk': { attachments: [{ url: 'file:///plan.pdf' }] },
  }),
]

const guest = (email: string, more: Partial<Attendee> = {}): Attendee => ({
  email,
  role: 'required',
  status: 'needs_action',
  type: 'individual',
  ...more,
})
const ann = { name: 'Ann', address: 'ann@example.org' }
const people = [
  ...values('attendees', {
    'one guest': {
      attendees: [guest('ann@example.org', { name: 'Ann' })],
      native: { microsoft: { attendees: [{ type: 'required', emailAddress: ann }] } },
    },
    'an optional one, and a room': {
      attendees: [
        guest('ann@example.org', { role: 'optional', name: 'Ann' }),
        guest('room@example.org', { type: 'resource', name: 'Room 1' }),
      ],
      native: {
        microsoft: {
          attendees: [
            { type: 'optional', emailAddress: ann },
            { type: 'resource', emailAddress: { name: 'Room 1', address: 'room@example.org' } },
          ],
        },
      },
    },
    'one who has accepted': {
      attendees: [guest('ann@example.org', { status: 'accepted', name: 'Ann' })],
    },
  }),
  ...values('organizer', {
    'oneself, with a guest': {
      organizer: { email: 'jane@example.com', name: 'Jane' },
      attendees: [guest('ann@example.org', { name: 'Ann' })],
      native: { microsoft: { attendees: [{ type: 'required', emailAddress: ann }] } },
    },
  }),
]

const popup = (minutes: number): Reminder => ({
  method: 'popup',
  trigger: { kind: 'offset', seconds: 0 - minutes * 60, from: 'start' },
})
const reminders = values('reminders', {
  'as the calendar does by default': { reminders: 'default' },
  none: { reminders: [] },
  'one, 15 minutes before': { reminders: [popup(15)] },
  three: { reminders: [popup(10), popup(60), popup(1440)] },
  six: { reminders: [popup(5), popup(10), popup(15), popup(30), popup(60), popup(120)] },
  'by mail': { reminders: [{ method: 'email', trigger: { kind: 'offset', seconds: -3_600, from: 'start' } }] },
  'with a sound': { reminders: [{ method: 'sound', trigger: { kind: 'offset', seconds: -600, from: 'start' } }] },
  'after the start': { reminders: [popup(-5)] },
  'before the end': { reminders: [{ method: 'popup', trigger: { kind: 'offset', seconds: -300, from: 'end' } }] },
  'at a moment': { reminders: [{ method: 'popup', trigger: { kind: 'at', at: '2026-03-02T08:00:00Z' } }] },
  'at the start': { reminders: [popup(0)] },
  'five weeks before': { reminders: [popup(50_400)] },
  'two years before': { reminders: [popup(1_051_200)] },
  'a minute and a half before': { reminders: [popup(1.5)] },
})

/** Telling values of every field, in the order in which people read fields. */
export const tellingValues: readonly TellingValue[] = [
  ...texts.filter(({ field }) => field === 'title'),
  ...times,
  ...texts.filter(({ field }) => field !== 'title'),
  ...choices,
  ...lists,
  ...people,
  ...reminders,
  ...recurrences,
  ...overrides,
]
