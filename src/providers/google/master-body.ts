import {
  type EventContent,
  type Field,
  neutralOccurrence,
  type OccurrenceField,
  occurrenceFields,
  type Slot,
} from '../../model/content.js'
import { sameField, sameOccurrenceField } from '../../model/equality.js'
import type { Mark } from '../../model/origin.js'
import { isInSeries } from '../../model/recurrence.js'
import { sameTime } from '../../model/time.js'
import { codecs, type Outgoing, readOccurrence, sceneOf, withoutNulls, writeFields } from './event-map.js'
import { isGuestCopy } from './guest-copy.js'
import { readMark, writeMark } from './mark.js'
import { formatRecurrence, readRecurrence } from './recurrence-lines.js'
import { isSeries } from './series.js'
import { grounded, readMoment } from './times.js'
import type { GoogleEvent } from './wire.js'

/** The body of a new event: all that it says, and the lines of its series with every cancelled occurrence. */
export function newBody(id: string, content: EventContent, mark: Mark, zone: string): Outgoing {
  const fields = occurrenceFields.filter((field) => isSaid(field, content))
  const { body, query } = writeFields(
    content,
    fields,
    { zone, before: undefined, kept: {} },
    writeMark(mark, undefined),
  )
  const lines = linesOf(content, cancelledIn(content), zone)
  return { body: { id, ...withoutNulls(body), ...(lines.length > 0 ? { recurrence: lines } : {}) }, query }
}

/** What is to be written over an event; its changed occurrences not included. An empty body: nothing. */
export function patchBody(
  before: GoogleEvent,
  content: EventContent,
  fields: readonly Field[],
  mark: Mark | undefined,
  zone: string,
): Outgoing {
  const properties = before.extendedProperties?.private
  const isNewMark = mark !== undefined && JSON.stringify(readMark(properties)) !== JSON.stringify(mark)
  const scene = sceneOf(before, zone)
  // The time of a series is named along with its rule and its overrides, whichever of them changed.
  const isTimeKept = isSeries(before) && sameOccurrenceField('time', content, readOccurrence(before, scene))
  const changed = fields.filter((field) => field !== 'time' || !isTimeKept)
  const { body, query } = writeFields(
    content,
    occurrenceFields.filter((field) => changed.includes(field) && codecs[field].write),
    { zone, before, kept: scene.kept },
    isNewMark ? writeMark(mark, properties) : {},
  )
  const { extendedProperties: _notOurs, ...plain } = body
  // In the copy of a guest even private properties count as the organizer's.
  const own = isGuestCopy(before) ? plain : body
  const lines = changedLines(before, content, fields, zone)
  return { body: lines === undefined ? own : { ...own, recurrence: lines }, query }
}

/**
 * The lines of a series, where they have to change; null where it repeats no more. A newly cancelled occurrence changes no
 * line: it is cancelled by itself, guarded by its own tag, so that what somebody does to it at that moment is not lost.
 * Where the dates change anyway, the lines tell of all that are cancelled, as Google may forget about single ones then.
 */
function changedLines(
  before: GoogleEvent,
  content: EventContent,
  fields: readonly Field[],
  zone: string,
): readonly string[] | null | undefined {
  if (!seriesFields.some((field) => fields.includes(field))) return undefined
  const there = before.recurrence ?? []
  const lines = keptLines(before, content, zone) ?? linesOf(content, cancelledIn(content), zone)
  if (lines.length === 0) return isSeries(before) && fields.includes('recurrence') ? null : undefined
  return String([...lines].sort()) === String([...there].sort()) ? undefined : lines
}

const seriesFields: readonly Field[] = ['time', 'recurrence', 'overrides']

/** The lines of a series that keeps its dates: of the cancelled ones they tell those that they told of before. */
function keptLines(before: GoogleEvent, content: EventContent, zone: string): readonly string[] | undefined {
  if (!before.recurrence || !before.start) return undefined
  const start = readMoment(before.start, zone)
  const told = readRecurrence(before.recurrence, start)
  const exdates = cancelledIn(content).filter((slot) => told.exdates.includes(slot))
  const lines = linesOf(content, exdates, zone)
  if (!sameTime(start, grounded(content.time.start, zone))) return undefined
  const dates = ({ recurrence }: Pick<EventContent, 'recurrence'>): EventContent => ({ ...content, recurrence })
  return sameField('recurrence', dates(told), dates(readRecurrence(lines, start))) ? lines : undefined
}

/**
 * None for what does not repeat. An occurrence that the rule does not give has to be added, or Google knows none that
 * could be changed.
 */
function linesOf(content: EventContent, exdates: readonly Slot[], zone: string): readonly string[] {
  if (!content.recurrence) return []
  const { rule, rdates } = content.recurrence
  const changed = Object.keys(content.overrides).filter((slot) => content.overrides[slot]?.kind === 'changed')
  const strays = changed.filter((slot) => !isInSeries(content, slot))
  const added = [...new Set([...rdates, ...strays])].sort()
  // A start that is changed, of a series that is nothing but this start.
  const all = rule === null && added.length === 0 ? changed : added
  if (rule === null && all.length === 0) return []
  return formatRecurrence({ recurrence: { rule, rdates: all }, exdates, start: grounded(content.time.start, zone) })
}

function cancelledIn({ overrides }: EventContent): readonly Slot[] {
  return Object.keys(overrides).filter((slot) => overrides[slot]?.kind === 'cancelled')
}

/** Reminders are always said: where nothing is, the calendar's default rings. */
function isSaid(field: OccurrenceField, content: EventContent): boolean {
  if (!codecs[field].write) return false
  if (field === 'time' || field === 'reminders') return true
  return JSON.stringify(content[field]) !== JSON.stringify(neutralOccurrence[field])
}
