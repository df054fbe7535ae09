import { isSyncError } from '../../errors.js'
import type { RemoteId } from '../../model/ids.js'
import type { EventDraft, Written } from '../provider.js'
import type { EventBody } from './client.js'
import { inTurn, type Place } from './context.js'
import { alreadyThere, partly } from './failure.js'
import { eventIn } from './finish.js'
import { writtenMark } from './mark.js'
import { newBody } from './master-body.js'
import { noteOf } from './noted.js'
import { afterMaster, written } from './occurrences.js'
import { expandedProperties, filterBy, propertiesIn, propertyOf, withProperties } from './properties.js'
import { type Item, itemOf, readOne } from './reading.js'
import { keyIn, transactionIdOf } from './unit.js'
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
    if (slots.length === 0) return written(withProperties(answer.event, [], propertiesIn(body)))
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
