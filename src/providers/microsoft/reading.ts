import { isSyncError, throwIfAborted } from '../../errors.js'
import { mostInBatch } from './batch.js'
import type { Query } from './client.js'
import type { Place } from './context.js'
import type { Resource } from './failure.js'
import { pagesOf } from './pages.js'
import { expandedProperties } from './properties.js'
import { type GraphEvent, readIds, readItem } from './wire.js'

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
export async function readMany(place: Place, ids: readonly string[]): Promise<ReadonlyMap<string, Item>> {
  return completed(place, await readPlain(place, ids, whole))
}

/** Reads one whole event or series; undefined where it is not there. */
export async function readOne(place: Place, id: string): Promise<Item | undefined> {
  const { context, signal } = place
  try {
    const item = itemOf(await context.client.get(eventPath(place, id), { about: 'event', query: whole, signal }))
    return (await completed(place, new Map([[id, item]]))).get(id)
  } catch (error) {
    if (isSyncError(error, 'not_found')) return undefined
    throw error
  }
}

async function readPlain(place: Place, ids: readonly string[], query: Query): Promise<ReadonlyMap<string, Item>> {
  const { context, signal } = place
  const found = new Map<string, Item>()
  for (let start = 0; start < ids.length; start += mostInBatch) {
    throwIfAborted(signal)
    const portion = ids.slice(start, start + mostInBatch)
    const requests = portion.map((id) => ({ path: eventPath(place, id), query }))
    const answers = await context.client.getMany(requests, signal)
    for (const [index, answer] of answers.entries())
      if (answer.type === 'found') found.set(portion[index] as string, itemOf(answer.value))
  }
  return found
}

/** The exceptions of a series come without our properties, and are asked for them. */
async function completed(place: Place, items: ReadonlyMap<string, Item>): Promise<ReadonlyMap<string, Item>> {
  const exceptionsOf = (item: Item) => (item.kind === 'event' ? (item.event.exceptionOccurrences ?? []) : [])
  const ids = [...items.values()].flatMap((item) => exceptionsOf(item).map(({ id }) => id))
  if (ids.length === 0) return items
  const read = await readPlain(place, ids, { $select: 'id', $expand: expandedProperties })
  const whole = (exception: GraphEvent): GraphEvent => {
    const own = read.get(exception.id)
    const singleValueExtendedProperties = own?.kind === 'event' ? own.event.singleValueExtendedProperties : undefined
    return { ...exception, ...(singleValueExtendedProperties && { singleValueExtendedProperties }) }
  }
  const entries = [...items].map(([id, item]): [string, Item] => {
    const exceptionOccurrences = exceptionsOf(item).map(whole)
    if (item.kind === 'broken' || exceptionOccurrences.length === 0) return [id, item]
    return [id, { ...item, event: { ...item.event, exceptionOccurrences } }]
  })
  return new Map(entries)
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
      if (answer.type === 'found') for (const id of readIds(answer.value)) found.add(id)
    }
  }
  // Of what cannot be asked for, nothing is doubted.
  return items.filter(({ id }) => !asked.has(id) || found.has(id))
}

/** With the calendar in it, as events of calendars that others share are found in no other way. That they are is a guess. */
export function eventPath({ calendar }: Pick<Place, 'calendar'>, id: string): string {
  return `calendars/${encodeURIComponent(calendar)}/events/${encodeURIComponent(id)}`
}

/** What is asked of every event. */
const selected = [
  ...['id', 'changeKey', 'createdDateTime', 'lastModifiedDateTime', 'transactionId', 'iCalUId', 'type'],
  ...['seriesMasterId', 'originalStart', 'originalStartTimeZone', 'originalEndTimeZone', 'start', 'end', 'isAllDay'],
  ...['subject', 'body', 'location', 'locations', 'importance', 'sensitivity', 'showAs', 'categories', 'isCancelled'],
  ...['isReminderOn', 'reminderMinutesBeforeStart', 'recurrence', 'attendees', 'organizer', 'isOrganizer'],
  ...[
    'responseStatus',
    'isOnlineMeeting',
    'onlineMeeting',
    'onlineMeetingProvider',
    'onlineMeetingUrl',
    'hasAttachments',
    'isDraft',
  ],
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
