import { completeContent, type EventContent, type EventSpan, neutralContent, occurrenceOf } from '../model/content.js'
import { digest } from '../model/hash.js'
import type { CalendarId, CreateKey, EventId, GroupId, RemoteId, Uid } from '../model/ids.js'
import type { Mark } from '../model/origin.js'
import type { EventDraft } from '../providers/provider.js'

/** A meeting of an hour on a day in March 2026, in Berlin. */
export function meeting(title: string, more: Partial<EventContent> = {}): EventContent {
  return completeContent({ title, time: hour('2026-03-03T09:00:00', '2026-03-03T10:00:00', 'Europe/Berlin'), ...more })
}

let keysOf = ''

/** From here on the same labels give the same keys as under the same name before, and other ones than under all others. */
export function useKeysOf(name: string): void {
  keysOf = name
}

/** What a copy of ours is created from. The same label gives the same key. */
export function draft(label: string, content: EventContent = meeting(label)): EventDraft {
  const key = digest('contract', keysOf, label) as CreateKey
  return { key, content, mark: markFor(key, label) }
}

/** Contents that every provider must give back as it got them, but for what it says it cannot hold. */
export const samples: readonly { readonly name: string; readonly content: EventContent }[] = [
  { name: 'a title and a time', content: meeting('Stand-up') },
  {
    name: 'a whole day',
    content: completeContent({ title: 'Holiday', time: days('2026-05-01', '2026-05-02'), availability: 'free' }),
  },
  { name: 'several whole days', content: completeContent({ title: 'Fair', time: days('2026-02-27', '2026-03-04') }) },
  {
    name: 'a zone in which clocks never change',
    content: meeting('Call', { time: hour('2026-07-01T23:30:00', '2026-07-02T00:30:00', 'Asia/Kolkata') }),
  },
  { name: 'UTC', content: meeting('Launch', { time: hour('2026-07-01T12:00:00', '2026-07-01T12:30:00', 'UTC') }) },
  {
    name: 'an hour that the clocks repeat',
    content: meeting('Night shift', { time: hour('2026-10-25T02:30:00', '2026-10-25T05:00:00', 'Europe/Berlin') }),
  },
  {
    name: 'text in many scripts',
    content: meeting('Grüße, 日本語, ‏שלום‏, 👩‍👩‍👧', { location: 'Zürich; Raum "Säntis", 4. OG \\ Süd' }),
  },
  {
    name: 'a description of many lines',
    content: meeting('Minutes', {
      description: Array.from({ length: 300 }, (_, line) => `${line}: agreed; costs 5,00 € \\ open — ünïcode`).join(
        '\n',
      ),
    }),
  },
  {
    name: 'text that looks like iCalendar',
    content: meeting('END:VEVENT', { description: 'one\nBEGIN:VALARM\n two' }),
  },
  {
    name: 'categories with commas',
    content: meeting('Review', { categories: ['Work, internal', 'Ärger;teuer', 'x'] }),
  },
  {
    name: 'every plain property',
    content: meeting('Dinner', {
      status: 'tentative',
      availability: 'free',
      visibility: 'private',
      color: 'tomato',
      url: 'https://example.com/dinner?for=2&at=8',
      priority: 3,
      geo: { latitude: 52.52, longitude: 13.405 },
    }),
  },
  {
    name: 'reminders before start',
    content: meeting('Train', {
      reminders: [
        { method: 'popup', trigger: { kind: 'offset', seconds: -900, from: 'start' } },
        { method: 'popup', trigger: { kind: 'offset', seconds: -86_400, from: 'start' } },
      ],
    }),
  },
  {
    name: 'a conference and an attachment',
    content: meeting('Remote', {
      conferences: [{ url: 'https://meet.example.com/abc-defg', label: 'Video' }],
      attachments: [{ url: 'https://example.com/agenda.pdf', name: 'Agenda', mimeType: 'application/pdf' }],
    }),
  },
  {
    name: 'people',
    content: meeting('Interview', {
      organizer: { email: 'ada@example.com', name: 'Ada Example' },
      attendees: [
        { email: 'ada@example.com', name: 'Ada Example', role: 'chair', status: 'accepted', type: 'individual' },
        { email: 'bob@example.org', role: 'optional', status: 'needs_action', type: 'individual' },
      ],
    }),
  },
  { name: 'a series with overrides', content: weekly() },
  {
    name: 'a series of whole days that ends',
    content: completeContent({
      title: 'Cleaning',
      time: days('2026-03-06', '2026-03-07'),
      recurrence: { rule: 'FREQ=MONTHLY;COUNT=6;BYDAY=1FR', rdates: [] },
      overrides: { '2026-05-01': { kind: 'cancelled' } },
    }),
  },
]

/** A weekly series from Monday, 2 March 2026: the second cancelled, the third moved to an afternoon. */
export function weekly(): EventContent {
  const series = meeting('Weekly', {
    time: hour('2026-03-02T09:00:00', '2026-03-02T10:00:00', 'Europe/Berlin'),
    recurrence: { rule: 'FREQ=WEEKLY;BYDAY=MO', rdates: [] },
  })
  return {
    ...series,
    overrides: { '2026-03-09T09:00:00': { kind: 'cancelled' }, '2026-03-16T09:00:00': moved(series) },
  }
}

/** All values of a content that carries one of everything to its neutral value. */
export function emptied(content: EventContent): EventContent {
  return { ...neutralContent, title: content.title, time: content.time }
}

export function hour(start: string, end: string, zone: string): EventSpan {
  return { start: { kind: 'timed', local: start, zone }, end: { kind: 'timed', local: end, zone } }
}

export function days(start: string, end: string): EventSpan {
  return { start: { kind: 'date', date: start }, end: { kind: 'date', date: end } }
}

function moved(series: EventContent): EventContent['overrides'][string] {
  const time = hour('2026-03-16T15:00:00', '2026-03-16T16:30:00', 'Europe/Berlin')
  return { kind: 'changed', content: { ...occurrenceOf(series), title: 'Weekly, in the afternoon', time } }
}

function markFor(key: CreateKey, label: string): Mark {
  return {
    groupId: 'contract-group' as GroupId,
    eventId: `event-${label}` as EventId,
    calendarId: 'contract-calendar' as CalendarId,
    incarnation: 1,
    key,
    origin: {
      provider: 'elsewhere',
      calendarId: 'source-calendar' as CalendarId,
      calendarName: 'Privé, "Zürich"; work\\home',
      remoteId: 'https://example.com/cal/1;2,3.ics' as RemoteId,
      uid: 'abc:123@example.com' as Uid,
      firstSyncedAt: 1_772_000_000_000,
    },
    signature: digest('signature', label),
  }
}
