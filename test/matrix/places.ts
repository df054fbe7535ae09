import { patchObject } from '../../src/ical/patch.js'
import { writeObject } from '../../src/ical/write.js'
import { completeContent, type EventContent } from '../../src/model/content.js'
import type { RemoteCalendarId, RemoteId, Uid } from '../../src/model/ids.js'
import { slotTime } from '../../src/model/recurrence.js'
import { toInstant } from '../../src/model/time.js'
import { withoutNulls } from '../../src/providers/google/event-map.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { icloudProvider } from '../../src/providers/icloud/index.js'
import { icsProvider } from '../../src/providers/ics/index.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import type { CalendarProvider } from '../../src/providers/provider.js'
import { fakeGoogle, type GoogleEvent } from '../../src/testing/google/index.js'
import { fakeIcloud } from '../../src/testing/icloud/index.js'
import { fakeMicrosoft, type MicrosoftEvent } from '../../src/testing/microsoft/index.js'
import { bodyOf as googleBody, occurrence as googleOccurrence } from '../providers/google/people.js'
import { bodyOf as microsoftBody, occurrence as microsoftOccurrence } from '../providers/microsoft/people.js'
import type { TellingValue } from './values.js'

export const targets = ['google', 'microsoft', 'icloud'] as const
export const sources: readonly ['google', 'microsoft', 'icloud', 'ics'] = ['google', 'microsoft', 'icloud', 'ics']
export type Service = (typeof sources)[number]

/** The fields that people change to see what comes back. */
export type Retouched = 'title' | 'location'

/** One calendar at one service, and what its owner and other programs do and see there. */
export interface Place {
  readonly provider: CalendarProvider
  /** The same calendar for a program that does not know what calweave notes in its copies. */
  readonly stranger: CalendarProvider
  readonly access: { readonly settings: unknown; readonly credentials: unknown }
  readonly calendar: RemoteCalendarId
  /** What a person enters, by the means of the service alone. Throws where it has none. */
  add(value: TellingValue): RemoteId
  retouch(id: RemoteId, field: Retouched, text: string): void
  /** Everything that the service holds of an event, but versions, times of writing and this field. */
  raw(id: RemoteId, without: Retouched): string
  readonly mails: readonly unknown[]
}

export function openPlace(service: Service, now: () => number): Place {
  return { google: atGoogle, microsoft: atMicrosoft, icloud: atIcloud, ics: inFile }[service](now)
}

const much = 1e9
const email = 'jane@example.com'

function atGoogle(now: () => number): Place {
  const fake = fakeGoogle({ now })
  const owner = fake.addAccount({ email, token: 'token-of-jane' })
  const calendar = owner.calendar()
  const limits = { requestsPerMinute: much, projectRequestsPerMinute: much, now }
  const noted = ['extendedProperties']
  return {
    provider: googleProvider({ fetch: fake.fetch, ...limits }),
    stranger: googleProvider({ fetch: without(fake.fetch, noted), ...limits }),
    access: { settings: {}, credentials: { accessToken: owner.token } },
    calendar: email as RemoteCalendarId,
    mails: fake.mails,
    add({ content, native }) {
      const body = { ...googleBody(content), ...native?.google }
      const { id = '' } = calendar.create(withoutNulls(pruned(body, noted) as never) as GoogleEvent)
      const { start } = content.time
      for (const [slot, override] of Object.entries(content.overrides)) {
        const time = slotTime(slot, start)
        const original = time.kind === 'date' ? time.date : new Date(toInstant(time)).toISOString()
        if (override.kind === 'cancelled') calendar.removeOccurrence(id, original)
        else calendar.editOccurrence(id, original, pruned(googleOccurrence(override.content), noted) as GoogleEvent)
      }
      return id as RemoteId
    },
    retouch: (id, field, text) => void calendar.edit(id, field === 'title' ? { summary: text } : { location: text }),
    raw: (id, field) => {
      const key = field === 'title' ? 'summary' : 'location'
      const stamps = ['etag', 'updated', 'sequence', key]
      const event = calendar.get(id)
      const own = event?.recurrence ? calendar.all().filter(({ recurringEventId }) => recurringEventId === id) : []
      return JSON.stringify(pruned([event, own], stamps))
    },
  }
}

function atMicrosoft(now: () => number): Place {
  const fake = fakeMicrosoft({ now })
  const owner = fake.addAccount({ email, name: 'Jane', token: 'token-of-jane' })
  const calendar = owner.calendar()
  const limits = { requestsPerMinute: much, appRequestsPerMinute: much, now, aheadDays: 60 }
  const noted = ['singleValueExtendedProperties']
  return {
    provider: microsoftProvider({ fetch: fake.fetch, ...limits }),
    stranger: microsoftProvider({ fetch: without(fake.fetch, noted), ...limits }),
    access: { settings: {}, credentials: { accessToken: owner.token } },
    calendar: calendar.id as RemoteCalendarId,
    mails: fake.mails,
    add({ content, native }) {
      const body = { ...microsoftBody(content), ...native?.microsoft }
      const { id = '' } = calendar.create(pruned(body, noted) as MicrosoftEvent)
      for (const [slot, override] of Object.entries(content.overrides)) {
        if (override.kind === 'cancelled') calendar.removeOccurrence(id, slot.slice(0, 10))
        else
          calendar.editOccurrence(id, slot.slice(0, 10), pruned(microsoftOccurrence(override.content), noted) as object)
      }
      return id as RemoteId
    },
    retouch: (id, field, text) =>
      void calendar.edit(id, field === 'title' ? { subject: text } : { location: { displayName: text } }),
    raw: (id, field) => {
      const keys = field === 'title' ? ['subject'] : ['location', 'locations']
      const stamps = ['@odata.etag', 'changeKey', 'lastModifiedDateTime', ...keys]
      const event = calendar.get(id)
      const isChanged = (event?.exceptionOccurrences ?? []).length + (event?.cancelledOccurrences ?? []).length > 0
      return JSON.stringify(pruned([event, isChanged ? calendar.occurrences(id) : []], stamps))
    },
  }
}

function atIcloud(now: () => number): Place {
  const fake = fakeIcloud({})
  const owner = fake.addAccount({ username: email, calendars: ['home'] })
  const fileOf = (id: RemoteId): string => id.slice(id.lastIndexOf('/') + 1)
  const textOf = (id: RemoteId): string => owner.collections.get('home')?.items.get(fileOf(id))?.text ?? ''
  return {
    provider: icloudProvider({ fetch: fake.fetch, now }),
    stranger: icloudProvider({ fetch: withoutLines(fake.fetch), now }),
    access: { settings: {}, credentials: { username: owner.username, password: owner.password } },
    calendar: owner.path('home') as RemoteCalendarId,
    mails: [],
    add: (value) => `${owner.path('home')}${owner.put('home', objectOf(value, now()))}` as RemoteId,
    retouch(id, field, text) {
      const content = completeContent({ time: nowhen, [field]: text })
      owner.put('home', patchObject(textOf(id), { content, fields: [field], now: now() }), fileOf(id))
    },
    raw: (id, field) => {
      const name = field === 'title' ? 'SUMMARY' : 'LOCATION'
      const isStamp = new RegExp(`^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE|${name})[:;]`)
      const lines = textOf(id)
        .replaceAll(/\r\n[ \t]/g, '')
        .split('\r\n')
      // An event without an end ends when it starts, and is given an end that says so.
      const start = lines.find((line) => line.startsWith('DTSTART') && line.includes('Europe'))?.slice(7)
      return lines.filter((line) => !isStamp.test(line) && line !== `DTEND${start}`).join('\n')
    },
  }
}

/** A calendar file that another program writes. It can only be read. */
function inFile(now: () => number): Place {
  const events: string[] = []
  const text = () => `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n${events.join('')}END:VCALENDAR\r\n`
  const provider = icsProvider({ read: async () => ({ text: text(), modified: String(events.length) }) })
  return {
    provider,
    stranger: provider,
    access: { settings: { url: 'file:///calendar.ics' }, credentials: undefined },
    calendar: '' as RemoteCalendarId,
    mails: [],
    add(value) {
      const object = objectOf(value, now())
      const inner = object.slice(
        object.indexOf('BEGIN:V', 'BEGIN:VCALENDAR'.length),
        object.lastIndexOf('END:VCALENDAR'),
      )
      events.push(inner)
      return (/^UID:(.*)$/m.exec(inner)?.[1] ?? '').trim() as RemoteId
    },
    retouch: () => undefined,
    raw: () => '',
  }
}

/** A time for contents of which only another field is written. */
const nowhen: EventContent['time'] = {
  start: { kind: 'date', date: '2026-03-03' },
  end: { kind: 'date', date: '2026-03-04' },
}

function objectOf({ content, native }: TellingValue, now: number): string {
  const text = writeObject({ uid: crypto.randomUUID() as Uid, content, now })
  return native?.lines ? text.replace('END:VEVENT', `${native.lines}\r\nEND:VEVENT`) : text
}

/** A fetch whose JSON answers lack everything under these names. */
function without(ask: typeof fetch, names: readonly string[]): typeof fetch {
  return async (input, init) => {
    const answer = await ask(input, init)
    const text = await answer.text()
    const body = /^\s*[[{]/.test(text) ? JSON.stringify(pruned(JSON.parse(text), names)) : text
    return new Response(body === '' ? null : body, { status: answer.status, headers: answer.headers })
  }
}

/** A fetch in whose answers no line of ours stands. */
function withoutLines(ask: typeof fetch): typeof fetch {
  return async (input, init) => {
    const answer = await ask(input, init)
    const text = (await answer.text()).replaceAll(/^X-CALWEAVE-.*(?:\r?\n[ \t].*)*\r?\n/gm, '')
    const told = new Response(text === '' ? null : text, { status: answer.status, headers: answer.headers })
    Object.defineProperty(told, 'url', { value: answer.url })
    return told
  }
}

/** A JSON value without everything that stands under these names, in an order of its own. */
function pruned(value: unknown, names: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => pruned(one, names))
  if (typeof value !== 'object' || value === null) return value
  const left = Object.entries(value)
    .filter(([name]) => !names.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(left.map(([name, one]) => [name, pruned(one, names)]))
}
