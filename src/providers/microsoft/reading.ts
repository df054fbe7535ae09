import { isSyncError, throwIfAborted } from '../../errors.js'
import { mostInBatch } from './batch.js'
import type { Query, Resource } from './client.js'
import type { Place } from './context.js'
import { pagesOf } from './pages.js'
import { expandedProperties } from './properties.js'
import { type GraphEvent, readItem } from './wire.js'

/** An event, or a series with all that belongs to it, as it was read. */
export type Item =
  | {
      readonly kind: 'event'
      readonly id: string
      readonly isSeries: boolean
      /** The series that this is an occurrence of. */
      readonly masterId: string | undefined
      readonly event: GraphEvent
    }
  /** Something that cannot be read. `path` says where, never what. */
  | {
      readonly kind: 'broken'
      readonly id: string
      readonly path: string
      readonly etag: string | undefined
      readonly masterId: string | undefined
    }

/**
 * Lists the events and series of a calendar, whenever they take place, page by page. Of a series this is not the whole:
 * read it.
 */
export async function* listEvents({ context, calendar, signal }: Place): AsyncGenerator<readonly Item[]> {
  const path = `calendars/${encodeURIComponent(calendar)}/events`
  const options = { about: 'calendar', prefer: `odata.maxpagesize=${pageSize}`, signal } as const
  const query: Query = { $top: pageSize, $select: selected.join(','), $expand: expandedProperties }
  const first = await context.client.get(path, { ...options, query })
  for await (const page of pagesOf(context.client, first, options)) yield page.map(itemOf)
}

const pageSize = '100'

/** Reads whole events and series, in few requests. What is not among the answers is not there. */
export async function readMany({ context, signal }: Place, ids: readonly string[]): Promise<ReadonlyMap<string, Item>> {
  const found = new Map<string, Item>()
  for (let start = 0; start < ids.length; start += mostInBatch) {
    throwIfAborted(signal)
    const portion = ids.slice(start, start + mostInBatch)
    const requests = portion.map((id) => ({ path: eventPath(id), query: whole }))
    const answers = await context.client.getMany(requests, signal)
    for (const [index, answer] of answers.entries())
      if (answer.type === 'found') found.set(portion[index] as string, itemOf(answer.value))
  }
  return found
}

/** Reads one whole event or series; undefined where it is not there. */
export async function readOne({ context, signal }: Place, id: string): Promise<Item | undefined> {
  try {
    return itemOf(await context.client.get(eventPath(id), { about: 'event', query: whole, signal }))
  } catch (error) {
    if (isSyncError(error, 'not_found')) return undefined
    throw error
  }
}

/**
 * Those that stand in this calendar. Their ids stay when somebody moves them to another one, and no event names its
 * calendar; so the calendar is asked.
 */
export async function stillIn<T extends Item>(place: Place, items: readonly T[]): Promise<readonly T[]> {
  const { context, calendar, signal } = place
  const asked = new Map(
    items.flatMap((item) =>
      item.kind === 'event' && item.event.iCalUId ? [[item.id, item.event.iCalUId] as const] : [],
    ),
  )
  const uids = [...asked.values()]
  const found = new Set<string>()
  for (let start = 0; start < uids.length; start += mostInBatch) {
    const requests = uids.slice(start, start + mostInBatch).map((uid) => ({
      path: `calendars/${encodeURIComponent(calendar)}/events`,
      query: { $filter: `iCalUId eq '${uid.replaceAll("'", "''")}'`, $select: 'id', $top: '50' },
    }))
    for (const answer of await context.client.getMany(requests, signal)) {
      const list = answer.type === 'found' ? (answer.value['value'] as unknown) : []
      for (const one of Array.isArray(list) ? list : []) found.add(String((one as Resource)['id']))
    }
  }
  // Of what cannot be asked for, nothing is doubted.
  return items.filter(({ id }) => !asked.has(id) || found.has(id))
}

export function eventPath(id: string): string {
  return `events/${encodeURIComponent(id)}`
}

/** What is asked of every event. */
const selected = [
  ...['id', 'changeKey', 'createdDateTime', 'lastModifiedDateTime', 'transactionId', 'iCalUId', 'type'],
  ...['seriesMasterId', 'originalStart', 'originalStartTimeZone', 'originalEndTimeZone', 'start', 'end', 'isAllDay'],
  ...['subject', 'body', 'location', 'locations', 'importance', 'sensitivity', 'showAs', 'categories', 'isCancelled'],
  ...['isReminderOn', 'reminderMinutesBeforeStart', 'recurrence', 'attendees', 'organizer', 'isOrganizer'],
  ...['responseStatus', 'isOnlineMeeting', 'onlineMeeting', 'onlineMeetingProvider', 'hasAttachments', 'isDraft'],
]

/** An event with all that belongs to it. Cancelled occurrences are told only where they are named. */
const whole: Query = {
  $select: [...selected, 'cancelledOccurrences'].join(','),
  $expand: `exceptionOccurrences,${expandedProperties}`,
}

export function itemOf(value: Resource): Item {
  const item = readItem(value)
  if (item.kind === 'broken')
    return { kind: 'broken', id: item.id, path: item.path, etag: item.etag, masterId: item.seriesMasterId }
  const { event } = item
  return {
    kind: 'event',
    id: event.id,
    isSeries: event.type === 'seriesMaster' || event.recurrence !== undefined,
    masterId: event.type === 'occurrence' || event.type === 'exception' ? (event.seriesMasterId ?? '') : undefined,
    event,
  }
}
