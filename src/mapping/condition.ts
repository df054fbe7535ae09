import type { AddressMatch, Condition, EventCondition, EventLeaf, TextMatch } from '../model/condition.js'
import type { Attendee, EventContent, EventSpan, EventTime, OccurrenceContent } from '../model/content.js'
import type { CalendarId } from '../model/ids.js'
import { weekdays } from '../model/rule.js'
import { addDays, localSeconds, toInstant } from '../model/time.js'
import { type Attendees, domainOf, type FoldedEvent, foldedEvent } from './folded-event.js'
import { folded, foldedInside, hasWords } from './folded-text.js'

/** What a condition is asked about. */
export interface EventFacts {
  readonly content: OccurrenceContent & Partial<EventContent>
  /** The calendar that the event was born in. */
  readonly origin: CalendarId
}

/**
 * Whether a condition holds for an event. Answers for every event, also for one with times that do not exist: a question
 * that such an event cannot answer does not hold.
 */
export function holds(condition: EventCondition, facts: EventFacts): boolean {
  return holdsWith(condition, (leaf) => leafHolds(leaf, facts))
}

/** Puts the answers of a condition's leaves together; what is not needed is not asked. */
export function holdsWith<Leaf extends object>(condition: Condition<Leaf>, ask: (leaf: Leaf) => boolean): boolean {
  if ('all' in condition) return condition.all.every((part) => holdsWith(part, ask))
  if ('any' in condition) return condition.any.some((part) => holdsWith(part, ask))
  if ('not' in condition) return !holdsWith(condition.not, ask)
  return ask(condition)
}

/** {@link holds} for one question. */
export function leafHolds(leaf: EventLeaf, facts: EventFacts): boolean {
  const [[name, asked]] = Object.entries(leaf) as unknown as readonly [readonly [LeafName, never]]
  return answers[name](asked, facts)
}

type LeafName<Leaf = EventLeaf> = Leaf extends unknown ? keyof Leaf : never
type Asked<Name extends LeafName> = Extract<EventLeaf, { readonly [N in Name]: unknown }>[Name]

const answers: { readonly [Name in LeafName]: (asked: Asked<Name>, facts: EventFacts) => boolean } = {
  title: (match, { content }) => textFits(match, foldedEvent(content).text('title')),
  description: (match, { content }) => textFits(match, foldedEvent(content).text('description')),
  location: (match, { content }) => textFits(match, foldedEvent(content).text('location')),
  keyword: (words, { content }) => words.some((one) => hasKeyword(folded(one), foldedEvent(content))),
  category: (names, { content }) => names.some((name) => foldedEvent(content).categories.has(folded(name))),
  allDay: (asked, { content }) => asked === (content.time.start.kind === 'date'),
  recurring: (asked, { content }) => asked === ((content.recurrence ?? null) !== null),
  availability: (some, { content }) => some.includes(content.availability),
  visibility: (some, { content }) => some.includes(content.visibility),
  status: (some, { content }) => some.includes(content.status),
  organizer: (match, { content }) => content.organizer !== null && addressFits(match, folded(content.organizer.email)),
  attendee: (match, { content }) => attendeeFits(match, foldedEvent(content).attendees),
  hasAttendees: (asked, { content }) => asked === content.attendees.length > 0,
  timeOfDay: (range, { content }) => startsWithin(range, content.time.start),
  durationMinutes: (range, { content }) => lasts(range, content.time),
  startsBefore: (date, { content }) => dateOf(content.time.start) < date,
  startsAfter: (date, { content }) => dateOf(content.time.start) > date,
  origin: (calendars, { origin }) => calendars.includes(origin),
}

function textFits(match: TextMatch, text: string): boolean {
  if ('contains' in match) return text.includes(foldedInside(match.contains))
  return 'equals' in match ? text === folded(match.equals) : text.startsWith(folded(match.startsWith))
}

function hasKeyword(words: string, event: FoldedEvent): boolean {
  return hasWords(event.text('title'), words) || hasWords(event.text('description'), words)
}

function addressFits({ email, domain }: AddressMatch, address: string): boolean {
  if (email === undefined && domain === undefined) return true
  const isOneOf = (list: readonly string[], own: string) => list.some((one) => folded(one) === own)
  return isOneOf(email ?? [], address) || isOneOf(domain ?? [], domainOf(address))
}

function attendeeFits({ email, domain, status }: Asked<'attendee'>, { all, byEmail, byDomain }: Attendees): boolean {
  const fits = (given: ReadonlySet<Attendee['status']> | undefined) =>
    given !== undefined && given.size > 0 && (status === undefined || status.some((one) => given.has(one)))
  if (email === undefined && domain === undefined) return fits(all)
  return (
    (email ?? []).some((one) => fits(byEmail.get(folded(one)))) ||
    (domain ?? []).some((one) => fits(byDomain.get(folded(one))))
  )
}

function startsWithin({ from, to, days }: Asked<'timeOfDay'>, start: EventTime): boolean {
  if (start.kind === 'date') return false
  const clock = start.local.slice(11, 16)
  const overMidnight = from > to
  if (overMidnight ? clock < from && clock >= to : clock < from || clock >= to) return false
  if (days === undefined) return true
  const weekday = weekdayOf(dateOf(start), overMidnight && clock < to ? -1 : 0)
  return weekday !== undefined && days.includes(weekday)
}

/** The weekday so many days after a date; none for a date that does not exist. */
function weekdayOf(date: string, daysLater: number): (typeof weekdays)[number] | undefined {
  const moved = answered(() => addDays(date, daysLater))
  // JavaScript counts from Sunday, the list begins with Monday.
  return moved === undefined ? undefined : weekdays[(new Date(`${moved}T00:00:00Z`).getUTCDay() + 6) % 7]
}

function lasts({ atLeast = 0, atMost = Number.POSITIVE_INFINITY }: Asked<'durationMinutes'>, span: EventSpan): boolean {
  const minutes = answered(() => minutesOf(span))
  return minutes !== undefined && minutes >= atLeast && minutes <= atMost
}

/** A night in which the clocks change is shorter or longer than they show; a zone that nobody knows has no such nights. */
function minutesOf({ start, end }: EventSpan): number | undefined {
  if (start.kind !== end.kind) return undefined
  if (start.kind === 'date' || end.kind === 'date') return localSeconds(dateOf(start), dateOf(end)) / 60
  return answered(() => (toInstant(end) - toInstant(start)) / 60_000) ?? localSeconds(start.local, end.local) / 60
}

function dateOf(time: EventTime): string {
  return time.kind === 'date' ? time.date : time.local.slice(0, 10)
}

/** The answer, or none where the times of the event do not exist. */
function answered<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}
