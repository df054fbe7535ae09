import type {
  Attendee,
  EventContent,
  Field,
  Geo,
  OccurrenceContent,
  OccurrenceField,
  Override,
  Reminder,
} from './content.js'
import { fields, occurrenceFields } from './content.js'
import { digest } from './hash.js'
import type { Json } from './json.js'
import { sameRule } from './recurrence.js'
import { sameSpan } from './time.js'

/**
 * When two values of a field mean the same.
 *
 * Calendars trim, re-fold, reorder and re-encode what they are given; none of that is an edit. Texts are compared
 * without trailing blanks, in NFC, with `\n` and with plain spaces; lists that have no order are compared without it.
 */
export function sameField(field: Field, a: EventContent, b: EventContent): boolean {
  if (a[field] === b[field]) return true
  if (field === 'overrides') return sameOverrides(a.overrides, b.overrides)
  if (field === 'recurrence') return sameRecurrence(a, b)
  return sameOccurrenceField(field, a, b)
}

/** {@link sameField} for one occurrence. */
export function sameOccurrenceField(field: OccurrenceField, a: OccurrenceContent, b: OccurrenceContent): boolean {
  if (a[field] === b[field]) return true
  if (field === 'time') return sameSpan(a.time, b.time)
  return JSON.stringify(plain[field](a[field] as never)) === JSON.stringify(plain[field](b[field] as never))
}

/** The fields in which two contents differ. */
export function differingFields(a: EventContent, b: EventContent): readonly Field[] {
  return a === b ? [] : fields.filter((field) => !sameField(field, a, b))
}

export function sameContent(a: EventContent, b: EventContent): boolean {
  return differingFields(a, b).length === 0
}

export function sameOverride(a: Override | undefined, b: Override | undefined): boolean {
  if (a === b) return true
  if (!a || !b || a.kind !== b.kind) return false
  if (a.kind === 'cancelled' || b.kind === 'cancelled') return true
  return occurrenceFields.every((field) => sameOccurrenceField(field, a.content, b.content))
}

/** A digest that is equal for values that are the same in every detail. */
export function fieldDigest(field: Field, content: EventContent): string {
  return digest(field, JSON.stringify(plainField(field, content)))
}

/** A digest of everything that is compared. */
export function contentDigest(content: EventContent): string {
  return digest(JSON.stringify(fields.map((field) => plainField(field, content))))
}

/** Whether two contents have the same {@link contentDigest}. Costs less than either of the digests. */
export function identicalContent(a: EventContent, b: EventContent): boolean {
  return fields.every(
    (field) => a[field] === b[field] || JSON.stringify(plainField(field, a)) === JSON.stringify(plainField(field, b)),
  )
}

/** A field as a JSON value without what comparison ignores; for digests. */
function plainField(field: Field, content: EventContent): Json {
  if (field === 'recurrence')
    return content.recurrence && { rule: content.recurrence.rule, rdates: content.recurrence.rdates }
  if (field === 'overrides')
    return Object.keys(content.overrides)
      .sort()
      .map((slot) => [slot, plainOverride(content.overrides[slot] as Override)])
  return plain[field](content[field] as never)
}

function plainOverride(override: Override): Json {
  if (override.kind === 'cancelled') return null
  return occurrenceFields.map((field) => plain[field](override.content[field] as never))
}

/** Rules of series that start differently are the same where they are so for either start. */
function sameRecurrence(a: EventContent, b: EventContent): boolean {
  if (!a.recurrence || !b.recurrence) return a.recurrence === b.recurrence
  const [left, right] = [a.recurrence, b.recurrence]
  return (
    [a, b].every(({ time }) => sameRule(left.rule, right.rule, time.start)) &&
    sameList([...left.rdates].sort(), [...right.rdates].sort())
  )
}

function sameOverrides(a: EventContent['overrides'], b: EventContent['overrides']): boolean {
  const slots = Object.keys(a)
  return slots.length === Object.keys(b).length && slots.every((slot) => slot in b && sameOverride(a[slot], b[slot]))
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index])
}

type Plain = { readonly [F in OccurrenceField]-?: (value: OccurrenceContent[F]) => Json }

/** Every field without what comparison ignores. */
const plain: Plain = {
  title: text,
  description: text,
  location: text,
  geo: (geo: Geo | null): Json => geo && [round(geo.latitude), round(geo.longitude)],
  time: (time) => [plainTime(time.start), plainTime(time.end)],
  status: (status) => status,
  availability: (availability) => availability,
  // A calendar that knows no "default" shows "public" in its place (RFC 5545 section 3.8.1.3).
  visibility: (visibility) => (visibility === 'default' ? 'public' : visibility),
  categories: (categories) => [...new Set(categories.map(text))].sort(),
  color: (color) => (color === null ? null : color.toLowerCase()),
  url: (url) => url && text(url),
  priority: (priority) => priority,
  conferences: (list) => list.map(({ url, label }) => [url, label ?? '']).sort(byText),
  attachments: (list) => list.map(({ url, name, mimeType }) => [url, name ?? '', mimeType ?? '']).sort(byText),
  attendees: (list) => list.map(plainAttendee).sort(byText),
  organizer: (organizer) => organizer && [organizer.email.toLowerCase(), text(organizer.name ?? '')],
  reminders: (list) => (list === 'default' ? 'default' : list.map(plainReminder).sort(byText)),
}

function text(value: string): string {
  if (!unlikePlain.test(value)) return value
  return value
    .normalize('NFC')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\u00a0', ' ')
    .replaceAll(/[^\S\n]+(?=\n|$)/g, '')
    .trimEnd()
}

/** Beyond printable ASCII, or a blank at the end of a line. What has neither stays as it is. */
const unlikePlain = /[^ -~\n]| (?:\n|$)|\n$/

function plainTime(time: OccurrenceContent['time']['start']): Json {
  return time.kind === 'date' ? time.date : time.kind === 'floating' ? time.local : [time.local, time.zone]
}

function plainAttendee({ email, name, role, status, type }: Attendee): Json {
  return [email.toLowerCase(), text(name ?? ''), role, status, type]
}

function plainReminder({ method, trigger }: Reminder): Json {
  return trigger.kind === 'at' ? [method, trigger.at] : [method, trigger.seconds, trigger.from]
}

function byText(a: Json, b: Json): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** About a metre and a tenth: servers print coordinates with six digits or fewer. */
function round(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5
}
