import { isObject } from '../fakes/json.js'
import { assertLines } from './recurrence-lines.js'
import { invalid, Refusal } from './refusals.js'
import type { GoogleAttendee, GoogleEvent, GoogleExtendedProperties, GoogleReminders } from './resources.js'
import { assertSpan, keptTime, modelTime } from './times.js'

/** What of a calendar decides how an event is taken. */
interface AcceptingCalendar {
  readonly timeZone: string
  readonly rulesAre: 'kept' | 'reordered'
}

/**
 * What Google makes of an event that it is given: refuses what it does not take, drops what it does not keep, cuts what
 * is too long, and leaves out what says nothing.
 */
export function accepted(given: GoogleEvent, { timeZone: calendarZone, rulesAre }: AcceptingCalendar): GoogleEvent {
  const { attendees, extendedProperties, reminders, recurrence, ...rest } = withoutNulls(given) as GoogleEvent
  const start = keptTime(rest.start, 'start', calendarZone)
  const end = keptTime(rest.end, 'end', calendarZone)
  assertSpan(start, end)
  assertChoices(rest)
  if (recurrence && recurrence.length > 0) {
    if (start.dateTime !== undefined && rest.start?.timeZone === undefined)
      throw new Refusal('required', { message: 'Missing time zone definition for start time.' })
    assertLines(recurrence, modelTime(start))
  }
  const properties = keptProperties(extendedProperties)
  return withoutSilence({
    ...rest,
    ...{ start, end },
    ...(recurrence &&
      recurrence.length > 0 && { recurrence: rulesAre === 'reordered' ? recurrence.map(reordered) : recurrence }),
    ...(attendees && attendees.length > 0 && { attendees: attendees.map(keptAttendee) }),
    ...(properties && { extendedProperties: properties }),
    reminders: keptReminders(reminders),
  })
}

/** Merges a patch: objects field by field, lists as a whole; `null` takes away. */
export function patched(before: object, patch: object): object {
  const merged: Record<string, unknown> = { ...before }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = isObject(value) && isObject(merged[name]) ? patched(merged[name], value) : value
  }
  return merged
}

/** Fields that requests may carry, since programs send back what they got, but that nobody can set. */
export function withoutReadOnly(body: GoogleEvent): GoogleEvent {
  const { kind, etag, htmlLink, created, updated, creator, organizer, hangoutLink, locked, ...writable } = body
  const { recurringEventId, originalStartTime, attendeesOmitted, ...settable } = writable
  return settable
}

const choices: Readonly<Record<string, readonly string[]>> = {
  status: ['confirmed', 'tentative', 'cancelled'],
  transparency: ['opaque', 'transparent'],
  visibility: ['default', 'public', 'private', 'confidential'],
  colorId: Array.from({ length: 11 }, (_, index) => String(index + 1)),
  eventType: ['default', 'birthday', 'focusTime', 'fromGmail', 'outOfOffice', 'workingLocation'],
}

function assertChoices(event: GoogleEvent): void {
  for (const [name, values] of Object.entries(choices)) {
    const value: unknown = Reflect.get(event, name)
    if (value !== undefined && !values.includes(String(value))) throw invalid(`Invalid ${name} value.`)
  }
  if (event.source?.url !== undefined && !/^https?:\/\//.test(event.source.url)) throw invalid('Invalid source URL.')
  if ((event.attachments?.length ?? 0) > 25) throw invalid('Too many attachments.')
}

/** The parts of a rule in another order, FREQ first: the same rule. */
function reordered(line: string): string {
  const [, rule] = /^RRULE:(.*)$/i.exec(line) ?? []
  if (rule === undefined) return line
  const [first, ...rest] = rule.split(';').sort((a, b) => Number(/^FREQ=/i.test(b)) - Number(/^FREQ=/i.test(a)))
  return `RRULE:${[first, ...rest.sort().reverse()].join(';')}`
}

function keptReminders({ useDefault, overrides }: GoogleReminders = { useDefault: true }): GoogleReminders {
  if (useDefault === true) {
    if (overrides && overrides.length > 0)
      throw new Refusal('invalid', { message: 'cannotUseDefaultRemindersAndSpecifyOverride' })
    return { useDefault: true }
  }
  if ((overrides?.length ?? 0) > 5) throw invalid('Too many override reminders.')
  for (const { method, minutes } of overrides ?? []) {
    if (method !== 'email' && method !== 'popup') throw invalid('Invalid reminder method.')
    if (minutes === undefined || minutes < 0 || minutes > 40_320) throw invalid('Invalid reminder minutes.')
  }
  return { useDefault: false, ...(overrides && overrides.length > 0 && { overrides }) }
}

function keptAttendee(given: GoogleAttendee): GoogleAttendee {
  const { self, organizer, ...attendee } = given
  if (attendee.email === undefined || !/^[^\s@]+@[^\s@]+$/.test(attendee.email))
    throw invalid('Invalid attendee email.')
  const answers = ['needsAction', 'declined', 'tentative', 'accepted']
  const responseStatus = attendee.responseStatus ?? 'needsAction'
  if (!answers.includes(responseStatus)) throw invalid('Invalid attendee response status.')
  return { ...attendee, email: attendee.email.toLowerCase(), responseStatus }
}

/** Keys that are too long go without a word, values that are too long are cut without a word. */
function keptProperties(given: GoogleExtendedProperties | undefined): GoogleExtendedProperties | undefined {
  const kept = {
    ...(given?.private && { private: keptMap(given.private) }),
    ...(given?.shared && { shared: keptMap(given.shared) }),
  }
  const pairs = Object.values(kept).flatMap((map) => Object.entries(map ?? {}))
  const size = pairs.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  if (pairs.length > 300 || size > 32_768) throw invalid('Too many or too large extended properties.')
  for (const name of ['private', 'shared'] as const) if (Object.keys(kept[name] ?? {}).length === 0) delete kept[name]
  return pairs.length > 0 ? kept : undefined
}

function keptMap(given: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(given).filter(([key]) => key.length > 0 && key.length <= 44)
  return Object.fromEntries(kept.map(([key, value]) => [key, value.slice(0, 1024)]))
}

/** Leaves out what is as it is by default. That empty texts are left out as well is a guess. */
function withoutSilence(event: GoogleEvent): GoogleEvent {
  const silent: Readonly<Record<string, unknown>> = {
    ...{ summary: '', description: '', location: '', transparency: 'opaque', visibility: 'default' },
    ...{ guestsCanInviteOthers: true, guestsCanModify: false, guestsCanSeeOtherGuests: true, anyoneCanAddSelf: false },
    ...{ privateCopy: false, endTimeUnspecified: false },
  }
  return Object.fromEntries(
    Object.entries(event).filter(([name, value]) => !(name in silent && silent[name] === value)),
  )
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([, item]) => item !== null)
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutNulls(item)]))
}
