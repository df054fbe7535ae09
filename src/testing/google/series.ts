import type { Slot } from '../../model/content.js'
import { expand, isSlotOf, slotOf, slotTime } from '../../model/recurrence.js'
import { addDays, addToLocal, localSeconds, parseCompact } from '../../model/time.js'
import type { CalendarStore, StoredEvent } from './calendar-store.js'
import { seriesContent } from './recurrence-lines.js'
import type { GoogleEvent, GoogleTime } from './resources.js'
import { instantOf, keptFromModel, modelTime } from './times.js'

/** Where an id leads: an event that is stored, or an occurrence of a series that nobody has changed yet. */
export type Target =
  | { readonly kind: 'stored'; readonly event: StoredEvent }
  | { readonly kind: 'occurrence'; readonly master: StoredEvent; readonly event: StoredEvent }

/** What an id names in a calendar. */
export function targetOf(calendar: CalendarStore, id: string): Target | undefined {
  const event = calendar.find(id)
  if (event) return { kind: 'stored', event }
  const [, masterId = '', when = ''] = /^(.+)_(\d{8}(?:T\d{6}Z)?)$/.exec(id) ?? []
  const master = calendar.find(masterId)
  if (!master || !isSeries(master)) return undefined
  const time = parseCompact(when)
  const start = modelTime(master.data.start ?? {})
  if (time === undefined || (time.kind === 'date') !== (start.kind === 'date')) return undefined
  const slot = slotOf(time, start)
  if (slot === undefined || !hasOccurrence(master.data, slot)) return undefined
  const occurrence = occurrenceAt(master, slot)
  return occurrence.id === id ? { kind: 'occurrence', master, event: occurrence } : undefined
}

/** Whether an event repeats and is there. */
export function isSeries({ data }: StoredEvent): boolean {
  return data.recurrence !== undefined && data.status !== 'cancelled'
}

/** Whether a series has an occurrence at a slot: by its rule or dates, and not excluded by a date. */
export function hasOccurrence(master: GoogleEvent, slot: Slot): boolean {
  const content = seriesContent(master)
  return content.overrides[slot] === undefined && isSlotOf(content, slot)
}

/** The slot that an exception stands in for. Undefined where its series has no such date. */
export function slotOfException(master: GoogleEvent, exception: GoogleEvent): Slot | undefined {
  return slotOf(modelTime(exception.originalStartTime ?? {}), modelTime(master.start ?? {}))
}

/** An occurrence as it is while nobody has changed it. */
export function occurrenceAt(master: StoredEvent, slot: Slot): StoredEvent {
  const { recurrence: _recurrence, ...data } = master.data
  const original = keptFromModel(slotTime(slot, modelTime(master.data.start ?? {})))
  return {
    ...master,
    id: instanceId(master.id, original),
    data: {
      ...data,
      start: original,
      end: endAfter(master.data, original),
      recurringEventId: master.id,
      originalStartTime: original,
    },
  }
}

/** `<series>_20260304T080000Z`, or `<series>_20260304` for whole days. */
export function instanceId(masterId: string, original: GoogleTime): string {
  return `${masterId}_${(original.date ?? original.dateTime ?? '').replaceAll(/[-:]/g, '')}`
}

/** A time range in milliseconds; what is left out is open. */
export interface Range {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Occurrences of a series within a range as they stand, changed ones at their new place, cancelled ones too. */
export function occurrencesOf(
  calendar: CalendarStore,
  master: StoredEvent,
  range: Range,
  limit: number,
): readonly StoredEvent[] {
  const exceptions = new Map(calendar.exceptionsOf(master.id).map((one) => [one.id, one]))
  const plain = plainOccurrences(calendar, master, range, limit).filter(({ id }) => !exceptions.has(id))
  const changed = [...exceptions.values()].filter((one) => touches(one.data, range, calendar.timeZone))
  return [...plain, ...changed].sort((a, b) => startOf(a.data, calendar.timeZone) - startOf(b.data, calendar.timeZone))
}

/** Whether any occurrence of a series lies in a range. Most are told without a look at the rule, which takes long. */
export function reaches(calendar: CalendarStore, master: StoredEvent, range: Range): boolean {
  if (range.from === undefined && range.to === undefined) return true
  const { start = {}, recurrence = [] } = master.data
  const isPlain = recurrence.every((line) => /^RRULE:/i.test(line)) && !calendar.find(instanceId(master.id, start))
  if (isPlain && touches(master.data, range, calendar.timeZone)) return true
  const isEndless = recurrence.some((line) => /^RRULE:(?!.*(?:COUNT|UNTIL)=)/i.test(line))
  if (isEndless && range.to === undefined) return true
  return occurrencesOf(calendar, master, range, 1).some(({ data }) => data.status !== 'cancelled')
}

/** Occurrences of a series within a range as its rule and dates give them, whatever became of them. */
export function plainOccurrences(
  calendar: CalendarStore,
  master: StoredEvent,
  range: Range,
  limit: number,
): readonly StoredEvent[] {
  const window = { from: range.from ?? beginning, to: range.to ?? startOf(master.data, calendar.timeZone) + horizonMs }
  const found = expand(seriesContent(master.data), window, { limit, floatingZone: calendar.timeZone })
  return found.map(({ slot }) => occurrenceAt(master, slot))
}

/** An event as it stands: an exception of a series that is deleted is deleted as well, though nothing was written on it. */
export function standing(calendar: CalendarStore, event: StoredEvent): StoredEvent {
  return isBelowDeleted(calendar, event) ? { ...event, data: { ...event.data, status: 'cancelled' } } : event
}

/** Whether an event is an exception of a series that is deleted. */
export function isBelowDeleted(calendar: CalendarStore, { data }: StoredEvent): boolean {
  return data.recurringEventId !== undefined && calendar.find(data.recurringEventId)?.data.status === 'cancelled'
}

/** Whether an event lies in a range: it ends after the range begins and starts before the range ends. */
export function touches(data: GoogleEvent, { from, to }: Range, zone: string): boolean {
  const start = startOf(data, zone)
  const end = Math.max(start, data.end ? instantOf(data.end, zone) : start)
  return (from === undefined || end > from || (start === end && start >= from)) && (to === undefined || start < to)
}

/** When an event starts; one that says nothing more than where it stood starts there. */
export function startOf(data: GoogleEvent, zone: string): number {
  return instantOf(data.start ?? data.originalStartTime ?? { date: '1970-01-01' }, zone)
}

const beginning = Date.UTC(1970, 0, 1)
/** Google lists endless series to a bounded distance; how far is not known. */
const horizonMs = 30 * 366 * 86_400_000

/** As long on the wall clock as the series' first occurrence. */
function endAfter(master: GoogleEvent, start: GoogleTime): GoogleTime {
  const [first, end, from] = [modelTime(master.start ?? {}), modelTime(master.end ?? {}), modelTime(start)]
  if (first.kind === 'date' || end.kind === 'date' || from.kind === 'date')
    return { date: addDays(start.date ?? '', localSeconds(master.start?.date ?? '', master.end?.date ?? '') / 86_400) }
  return keptFromModel({ ...end, local: addToLocal(from.local, localSeconds(first.local, end.local)) })
}
