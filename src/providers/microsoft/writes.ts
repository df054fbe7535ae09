import { isSyncError, SyncError } from '../../errors.js'
import { type EventContent, type Field, fields, type Slot } from '../../model/content.js'
import { sameField } from '../../model/equality.js'
import type { RemoteId } from '../../model/ids.js'
import type { Mark } from '../../model/origin.js'
import { wasTouched } from '../../model/series-note.js'
import { statesAfter } from '../../model/series-states.js'
import { sameTime } from '../../model/time.js'
import type { EventChange, EventDraft, RemoteEvent, Written } from '../provider.js'
import { assertQuiet, baseOf, guarded, telling } from './base.js'
import type { EventBody } from './client.js'
import { inTurn, noteRemoved, type Place } from './context.js'
import { writable } from './event-map.js'
import { alreadyThere, changedMeanwhile, partly } from './failure.js'
import { endPending, eventIn, readSeries, restored } from './finish.js'
import { assertGuestMay } from './guest-copy.js'
import { readMark, writtenMark } from './mark.js'
import { cutShort, newBody, type Properties, patchBody, seriesAfter } from './master-body.js'
import { type Cut, pendingOf, writePending } from './pending.js'
import { type ExtendedProperty, expandedProperties, filterBy, propertyOf, withProperties } from './properties.js'
import { eventPath, type Item, itemOf, readOne } from './reading.js'
import { isSeries, readContent, slotOf } from './series.js'
import { type Outcomes, stepsTo, writeSteps } from './series-writes.js'
import { keyIn, sameEvent, toUnit, transactionIdOf } from './unit.js'
import type { GraphEvent } from './wire.js'
import { withKnownZones } from './zone-names.js'

/**
 * Creates a copy. Microsoft chooses its id; the same transaction again makes nothing and answers with the first event, or is
 * refused: which of the two is not documented.
 */
export function create(place: Place, draft: EventDraft): Promise<Written> {
  return inTurn(place, () => createNow(place, draft))
}

async function createNow(place: Place, { key, content, mark }: EventDraft): Promise<Written> {
  const { context, calendar, signal } = place
  // By this an answer is known to be about this very request, and not about an earlier one.
  const attempt = crypto.randomUUID()
  const slots = Object.keys(content.recurrence ? content.overrides : {})
  const plain = { ...content, overrides: {} }
  const note = slots.length > 0 ? { Pending: noteOf({ content, slots, at: context.now(), begun: [plain] }) } : {}
  const properties = { Mark: writtenMark(mark), Key: key, Attempt: attempt, ...note }
  const body = { ...newBody(content, properties), transactionId: transactionIdOf(key) }
  let answer: Item
  try {
    const path = `calendars/${encodeURIComponent(calendar)}/events`
    const send = (named: EventBody) => context.client.post(path, named, { about: 'create', signal })
    answer = itemOf(await withKnownZones(body, send))
  } catch (error) {
    if (!isSyncError(error, 'already_exists')) throw error
    return { id: await idOfKey(place, key), earlier: true }
  }
  try {
    const id = answer.id as RemoteId
    const item = await readOne(place, id)
    if (!item && (await isElsewhere(place, id, attempt))) return { id, earlier: true }
    const event = eventIn(item)
    if (propertyOf(event, 'Attempt') !== attempt) return { id, earlier: true }
    if (answer.kind === 'broken') return { id }
    // What is there by now may be somebody's edit; only the answer tells what became of our write.
    if (slots.length === 0) return written(withProperties(answer.event, [], sentIn(body)))
    return await afterMaster(place, { content, slots, after: event, answer: answer.event })
  } catch (error) {
    throw partly(error)
  }
}

/**
 * The event that an earlier create under this key made. Keys are known by the whole mailbox, so it is looked for in all of
 * it where this calendar has none: somebody may have moved it. A copy that a person made of it has the property, too.
 */
async function idOfKey({ context, calendar, signal }: Place, key: string): Promise<RemoteId> {
  const query = { $filter: filterBy('Key', key), $select: 'id,transactionId,createdDateTime', $top: '50' }
  // That the second of them is about all calendars is a guess.
  for (const path of [`calendars/${encodeURIComponent(calendar)}/events`, 'events']) {
    const { value } = await context.client.get(path, { about: 'calendar', query, signal })
    const found = (Array.isArray(value) ? value : []).map(itemOf)
    const own = found.find((item) => item.kind === 'event' && keyIn(item.event) === key)
    if (own) return own.id as RemoteId
  }
  throw alreadyThere()
}

/** Whether an event that is not in this calendar is in another one of the mailbox, where an earlier request made it. */
async function isElsewhere({ context, signal }: Place, id: string, attempt: string): Promise<boolean> {
  const query = { $select: 'id', $expand: expandedProperties }
  const path = `events/${encodeURIComponent(id)}`
  try {
    const item = itemOf(await context.client.get(path, { about: 'event', query, signal }))
    return item.kind === 'event' && propertyOf(item.event, 'Attempt') !== attempt
  } catch (error) {
    if (isSyncError(error, 'not_found')) return false
    throw error
  }
}

/** Changes an event: only what is named, and only if it is still the one that we know. */
export function update(place: Place, change: EventChange): Promise<Written> {
  return inTurn(place, () => telling(place, () => updateNow(place, change)))
}

async function updateNow(place: Place, { current, content, fields: named, mark }: EventChange): Promise<Written> {
  const { context, signal } = place
  const base = await baseOf(place, current)
  assertGuestMay(base, named)
  const body = noted(place, base, content, named, mark)
  if (Object.keys(body).length === 0) return await writeOccurrences(place, content, base)
  assertQuiet(place, base)
  const answer = await guarded(place, current, base, (etag) =>
    withKnownZones(body, (named) =>
      context.client.patch(eventPath(place, base.id), named, { about: 'write', etag, signal }),
    ),
  )
  try {
    const item = itemOf(answer)
    if (item.kind === 'broken') return { id: base.id as RemoteId }
    if (!isSeries(base) && !isSeries(item.event)) {
      const event = withProperties(item.event, base.singleValueExtendedProperties ?? [], sentIn(body))
      return isOurs(base, event, named) ? written(event) : { id: base.id as RemoteId }
    }
    const after = await readSeries(place, base.id)
    const slots = slotsOf(base, content)
    const result = await afterMaster(place, { content, slots, after, answer: item.event })
    return isOurs(base, after, named) ? result : { id: result.id }
  } catch (error) {
    throw partly(error)
  }
}

function sentIn(body: EventBody): readonly ExtendedProperty[] {
  return (body['singleValueExtendedProperties'] ?? []) as readonly ExtendedProperty[]
}

/** A series that is written. */
interface WrittenMaster {
  /** The whole of it as it shall be. */
  readonly content: EventContent
  /** The occurrences that were known, and those that are wanted. */
  readonly slots: Iterable<Slot>
  /** As it was read then. */
  readonly after: GraphEvent
  /** As that write was answered with. */
  readonly answer: GraphEvent
}

/** What is left to be done once a series itself is written. */
async function afterMaster(place: Place, { content, slots, after, answer }: WrittenMaster): Promise<Written> {
  const series = await restored(place, after)
  const pending = pendingOf(series)
  // Whether the tag of a series guards its occurrences is not documented: what somebody did to one comes first.
  if (pending && wasTouched(pending, readContent(series), writable)) throw changedMeanwhile()
  // Nobody knew of these when the write began: they are somebody's own.
  const theirs = overridesBeside(slots, series)
  const overrides = { ...content.overrides, ...theirs }
  const result = await writeOccurrences(place, { ...content, overrides }, series)
  if (Object.keys(theirs).length > 0) return { id: result.id }
  const isSame = sameMaster(after, answer) && (series === after || sameMaster(undated(series), undated(after)))
  return isSame ? result : { id: result.id }
}

function overridesBeside(slots: Iterable<Slot>, series: GraphEvent): EventContent['overrides'] {
  const known = new Set(slots)
  return Object.fromEntries(Object.entries(readContent(series).overrides).filter(([slot]) => !known.has(slot)))
}

/** The occurrences that a series has of their own, or shall have. */
function slotsOf(series: GraphEvent, { overrides }: EventContent): readonly Slot[] {
  const { overrides: there, time } = readContent(series)
  const exceptions = (series.exceptionOccurrences ?? []).map((one) => slotOf(one, time.start))
  return [...exceptions, ...Object.keys(there), ...Object.keys(overrides)]
}

function undated({ recurrence: _dates, ...series }: GraphEvent): GraphEvent {
  return series
}

/** Whether two states of a series are the same, whatever its occurrences are. */
function sameMaster(a: GraphEvent, b: GraphEvent): boolean {
  return sameEvent({ ...a, ...nothing }, { ...b, ...nothing })
}

/**
 * Whether an event after a write differs from the one before it in what was written alone. Where it does not, a guard was
 * passed over: what somebody else changed must not be taken for the service's rendering of our write.
 */
function isOurs(before: GraphEvent, after: GraphEvent, written: readonly Field[]): boolean {
  const [left, right] = [readContent(before), readContent(after)]
  const dated: readonly Field[] = ['time', 'recurrence', 'overrides']
  const apart = written.some((field) => dated.includes(field)) ? [...written, ...dated] : [...written, 'overrides']
  return fields.every((field) => apart.includes(field) || sameField(field, left, right))
}

/** A patch of an event, with a note of all occurrences where more than one request is needed. */
function noted(
  { context }: Place,
  base: GraphEvent,
  content: EventContent,
  named: readonly Field[],
  mark: Mark | undefined,
): EventBody {
  const isNewMark = mark !== undefined && JSON.stringify(readMark(base)) !== JSON.stringify(mark)
  const marked = isNewMark ? { Mark: writtenMark(mark) } : {}
  const plain = patchBody(base, content, named, {})
  const whole = (properties: Properties) => patchBody(base, content, named, { ...marked, ...properties })
  const repeats = 'recurrence' in plain ? plain['recurrence'] !== null : isSeries(base)
  if (!repeats) return whole({})
  const isTouched = Object.keys(plain).length > 0
  const cut = isSeries(base) && !('recurrence' in plain) ? cutShort(base, content) : undefined
  const { start } = readContent(base).time
  const known = (base.exceptionOccurrences ?? []).map((one) => slotOf(one, start))
  const wanted = Object.keys(content.overrides)
  // Without a change of the series, one occurrence is one request, and whole by itself.
  const isWhole = (): boolean =>
    isTouched ? known.length === 0 && wanted.length === 0 : stepsTo(content, base).length < 2
  if (!cut && isWhole()) return whole({})
  const isMoved = 'start' in plain && !sameTime(start, content.time.start)
  const slots = new Set<Slot>([...(isMoved ? [] : known), ...wanted])
  const left = readContent(seriesAfter(base, plain, cut !== undefined))
  const begun = known.length === 0 || cut ? [left] : statesAfter({ before: readContent(base), left, isMoved })
  const body = whole({ Pending: noteOf({ content, slots, at: context.now(), begun, cut }) })
  return cut ? { ...body, recurrence: { ...cut.recurrence, range: cutRange(cut) } } : body
}

function cutRange({ count, recurrence }: Cut): object {
  const { startDate, recurrenceTimeZone } = recurrence.range ?? {}
  return {
    type: 'numbered',
    startDate,
    numberOfOccurrences: count,
    ...(recurrenceTimeZone && { recurrenceTimeZone }),
  }
}

function noteOf(input: Parameters<typeof writePending>[0]): string {
  const note = writePending(input)
  if (note !== undefined) return note
  throw new SyncError(
    'limit_exceeded',
    'This series has so many changed occurrences that Microsoft cannot be told of all of them at once. Split it.',
    { reason: 'LIMIT_OVERRIDES' },
  )
}

/** Removes an event, if it is still the one that we know. */
export function remove(place: Place, current: RemoteEvent): Promise<void> {
  return inTurn(place, () => telling(place, () => removeNow(place, current)))
}

async function removeNow(place: Place, current: RemoteEvent): Promise<void> {
  const { context, signal } = place
  const base = await baseOf(place, current)
  assertQuiet(place, base)
  try {
    await guarded(place, current, base, (etag) =>
      context.client.delete(eventPath(place, base.id), { about: 'write', etag, signal }),
    )
  } catch (error) {
    // What was removed just now is refused in several ways; only the event itself can say that it is gone.
    const isDoubtful = isSyncError(error, 'event_refused') || isSyncError(error, 'forbidden')
    if (!isDoubtful || (await readOne(place, base.id))) throw error
    throw new SyncError('not_found', 'The event is not in the calendar any more.', { cause: error })
  }
  noteRemoved(context, base.id)
}

/** The occurrences of a series, after the series itself; and what all of it came to. */
async function writeOccurrences(place: Place, content: EventContent, series: GraphEvent): Promise<Written> {
  const steps = stepsTo(content, series)
  const isPending = pendingOf(series) !== undefined
  let isPartly = isPending
  try {
    const outcomes = await writeSteps(steps, { ...place, series }, () => {
      isPartly = true
    })
    if (isPending) await endPending(place, series)
    if (steps.length === 0 && !isPending) return written(series)
    return confirmed(await readSeries(place, series.id), series, outcomes)
  } catch (error) {
    throw isPartly ? partly(error) : error
  }
}

/**
 * The series as it is now, where that is what our writes were answered with. Where it says something else by now, somebody
 * was at it since, and nothing is said: the engine will see for itself.
 */
function confirmed(now: GraphEvent, before: GraphEvent, outcomes: Outcomes): Written {
  const { start } = readContent(before).time
  const expected = new Map((before.exceptionOccurrences ?? []).map((one) => [slotOf(one, start), one]))
  const cancelled = new Set(before.cancelledOccurrences ?? [])
  for (const [slot, event] of outcomes) {
    if (event) expected.set(slot, event)
    else expected.delete(slot)
  }
  const isSame =
    sameMaster(now, before) &&
    (now.exceptionOccurrences ?? []).length === expected.size &&
    (now.exceptionOccurrences ?? []).every((one) => {
      const other = expected.get(slotOf(one, start))
      return other !== undefined && sameEvent(one, other)
    }) &&
    (now.cancelledOccurrences ?? []).length === cancelled.size + [...outcomes.values()].filter((one) => !one).length
  return isSame && !pendingOf(now) ? written(now) : { id: now.id as RemoteId }
}

const nothing = { exceptionOccurrences: [], cancelledOccurrences: [] }

function written(event: GraphEvent): Written {
  const unit = toUnit(event)
  if (unit.type === 'unreadable') return { id: unit.id, revision: unit.revision }
  return { id: unit.event.id, revision: unit.event.revision, shown: unit.event }
}
