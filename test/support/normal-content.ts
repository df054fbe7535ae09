import { cleanText, oneLine } from '../../src/ical/content-line.js'
import { roundDegrees } from '../../src/ical/event-map.js'
import { settleSpan } from '../../src/ical/times.js'
import type { EventContent, EventSpan, EventTime, OccurrenceContent, Override } from '../../src/model/content.js'
import { addDays, resolveZone } from '../../src/model/time.js'
import { normalizeUntil } from '../../src/model/until.js'

/**
 * What iCalendar can hold of a content, in the one form that reading gives. Written independently of the codec's tables,
 * so that a test comparing with it checks them.
 */
export function normalContent(content: EventContent): EventContent {
  const repeats =
    content.recurrence !== null &&
    (content.recurrence.rule !== null ||
      content.recurrence.rdates.length > 0 ||
      Object.values(content.overrides).some(
        (override) => override.kind === 'changed' && override.content.status !== 'cancelled',
      ))
  const occurrence = normalOccurrence(content)
  if (!repeats || !content.recurrence) {
    return { ...occurrence, time: settleSpan(occurrence.time), recurrence: null, overrides: {} }
  }
  const { rule, rdates } = content.recurrence
  return {
    ...occurrence,
    recurrence: {
      rule: rule === null ? null : normalizeUntil(rule, occurrence.time.start),
      rdates: [...new Set(rdates)].sort(),
    },
    overrides: Object.fromEntries(
      Object.entries(content.overrides)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([slot, override]) => [slot, normalOverride(override)]),
    ),
  }
}

function normalOverride(override: Override): Override {
  if (override.kind === 'cancelled' || override.content.status === 'cancelled') return { kind: 'cancelled' }
  const content = normalOccurrence(override.content)
  return { kind: 'changed', content: { ...content, time: settleSpan(content.time) } }
}

function normalOccurrence(content: OccurrenceContent): OccurrenceContent {
  return {
    title: cleanText(content.title),
    description: cleanText(content.description),
    location: cleanText(content.location),
    geo: content.geo && {
      latitude: roundDegrees(content.geo.latitude),
      longitude: roundDegrees(content.geo.longitude),
    },
    time: normalSpan(content.time),
    status: content.status,
    availability: content.availability,
    visibility: content.visibility,
    categories: unique(
      content.categories.map((category) => cleanText(category).trim()).filter(Boolean),
      (value) => value,
    ),
    color: content.color?.toLowerCase() ?? null,
    url: oneLine(content.url ?? '') || null,
    priority: content.priority,
    conferences: unique(
      content.conferences
        .map(({ url, label }) => ({ url: oneLine(url), ...named('label', label) }))
        .filter(({ url }) => url),
      ({ url }) => url,
    ),
    attachments: unique(
      content.attachments
        .map(({ url, name, mimeType }) => ({
          url: oneLine(url),
          ...named('name', name),
          ...named('mimeType', mimeType),
        }))
        .filter(({ url }) => url),
      ({ url }) => url,
    ),
    attendees: unique(
      content.attendees.map(({ email, name, role, status, type }) => ({
        email: oneLine(email).toLowerCase(),
        ...named('name', name),
        role,
        status,
        type,
      })),
      ({ email }) => email,
    ),
    organizer: content.organizer && {
      email: oneLine(content.organizer.email).toLowerCase(),
      ...named('name', content.organizer.name),
    },
    reminders:
      content.reminders === 'default' ? 'default' : unique(content.reminders, (reminder) => JSON.stringify(reminder)),
  }
}

function normalSpan({ start, end }: EventSpan): EventSpan {
  const [from, to] = [normalTime(start), normalTime(end)]
  if (from.kind === 'date' && to.kind === 'date' && from.date === to.date) {
    return { start: from, end: { kind: 'date', date: addDays(from.date, 1) } }
  }
  return { start: from, end: to }
}

function normalTime(time: EventTime): EventTime {
  return time.kind === 'timed' ? { kind: 'timed', local: time.local, zone: resolveZone(time.zone) ?? time.zone } : time
}

function named<Name extends string>(name: Name, value: string | undefined): { readonly [N in Name]?: string } {
  const text = oneLine(value ?? '')
  return (text === '' ? {} : { [name]: text }) as { readonly [N in Name]?: string }
}

/** Of several with one key, the first. */
function unique<Value>(values: readonly Value[], key: (value: Value) => string): readonly Value[] {
  const keys = values.map(key)
  return values.filter((_, index) => keys.indexOf(keys[index] ?? '') === index)
}
