import { digest } from '../../model/hash.js'
import type { CalendarStore, StoredEvent } from './calendar-store.js'
import { type Answer, type Call, ok } from './call.js'
import { etagOf } from './etag.js'
import { eventView } from './event-view.js'
import type { FakeGoogleOptions } from './options.js'
import { invalid, Refusal } from './refusals.js'
import type { GoogleEvent } from './resources.js'
import { isBelowDeleted, isSeries, occurrencesOf, reaches, standing, startOf, targetOf, touches } from './series.js'
import { mostOccurrences, singleChanges } from './single-changes.js'
import { positionOf, syncToken } from './sync-tokens.js'
import { stampText } from './times.js'
import { calendarOf, roleIn } from './world.js'

/** `events.list`: everything, or what changed since a sync token. */
export function listEvents(call: Call): Answer {
  const { world, account, query } = call
  const calendar = calendarOf(world, account, call.path['calendarId'] ?? '')
  assertTogether(call)
  const { position, generation } = calendar
  // What a sync token keeps: all that decides what is listed and how, but not where it begins.
  const question = query.fingerprint(['maxResults', 'pageToken', 'syncToken', 'timeMin', 'timeMax', 'showDeleted'])
  const list = `${calendar.id} ${account.email}`
  const pageQuestion = `${list} ${query.fingerprint(['pageToken', 'maxResults'])}`
  const size = pageSize(call, 250, 2_500)
  const pageToken = query.text('pageToken')
  const token = query.text('syncToken')
  const since = token === undefined ? undefined : positionOf(token, { list, generation, question })
  const page =
    pageToken === undefined
      ? world.pages.begin(
          {
            ids: since === undefined ? everything(call, calendar) : changes(call, calendar, since),
            question: pageQuestion,
            nextSyncToken: isSyncable(call) ? syncToken({ list, generation, position, question }) : undefined,
          },
          size,
        )
      : world.pages.next(pageToken, pageQuestion, size)
  const { ids, ...tokens } = page
  const items = ids.flatMap((id) => shown(call, calendar, id))
  return ok({ ...calendarFrame(call, calendar), items, ...tokens })
}

/** `events.instances`: the occurrences of one series. */
export function listInstances(call: Call): Answer {
  const { world, account, query } = call
  const calendar = calendarOf(world, account, call.path['calendarId'] ?? '')
  const master = calendar.find(call.path['eventId'] ?? '')
  if (!master) throw new Refusal('notFound')
  assertRange(call)
  const range = { from: query.moment('timeMin'), to: query.moment('timeMax') }
  const original = query.text('originalStart')
  const found = isSeries(master) ? occurrencesOf(calendar, master, range, mostOccurrences) : []
  const ids = found
    .filter(({ data }) => data.status !== 'cancelled' || query.flag('showDeleted'))
    .filter(({ data }) => original === undefined || startsAt(data.originalStartTime ?? {}, original))
    .map(({ id }) => id)
  const question = `${calendar.id} ${account.email} ${master.id} ${query.fingerprint(['pageToken', 'maxResults'])}`
  const size = pageSize(call, 250, 2_500)
  const pageToken = query.text('pageToken')
  const { ids: listed, ...tokens } =
    pageToken === undefined
      ? world.pages.begin({ ids, question, nextSyncToken: undefined }, size)
      : world.pages.next(pageToken, question, size)
  const items = listed.flatMap((id) => shown(call, calendar, id))
  return ok({ ...calendarFrame(call, calendar), items, ...tokens })
}

/** How many items a page has: as many as asked for, or fewer, but never more than the method allows. */
export function pageSize({ query, world }: Call, usual: number, most: number): number {
  return Math.min(query.number('maxResults') ?? usual, most, world.options.pageSize ?? most)
}

/** How a call wants events to be shown. */
export function viewOf({ query }: Call): { timeZone: string | undefined; maxAttendees: number | undefined } {
  return { timeZone: query.text('timeZone'), maxAttendees: query.number('maxAttendees') }
}

/** How old `updatedMin` may be; seen to be about thirty days. */
const maxAgeMs = 30 * 86_400_000

const forbiddenWithToken = [
  ...['iCalUID', 'orderBy', 'privateExtendedProperty', 'q', 'sharedExtendedProperty'],
  ...['timeMin', 'timeMax', 'updatedMin'],
]

function assertTogether(call: Call): void {
  const { query, world } = call
  if (query.text('syncToken') !== undefined) {
    const wrong = forbiddenWithToken.find((name) => query.text(name) !== undefined)
    if (wrong !== undefined) throw invalid(`Sync token cannot be used together with ${wrong}.`, wrong)
    if (query.text('showDeleted') === 'false')
      throw invalid('Sync token cannot be used with showDeleted=false.', 'showDeleted')
  }
  if (query.text('orderBy') === 'startTime' && !query.flag('singleEvents'))
    throw invalid('The requested ordering is not available for the particular query.', 'orderBy')
  const updatedMin = query.moment('updatedMin')
  if (updatedMin !== undefined && updatedMin < world.clock.now() - maxAgeMs) throw new Refusal('updatedMinTooLongAgo')
  assertRange(call)
}

function assertRange({ query }: Call): void {
  const [from, to] = [query.moment('timeMin'), query.moment('timeMax')]
  if (from !== undefined && to !== undefined && to <= from) throw new Refusal('timeRangeEmpty')
}

/** Listings that leave something out or have an order of their own end without a token. A guess as to which do. */
function isSyncable({ query }: Call): boolean {
  return !forbiddenWithToken.some((name) => !name.startsWith('time') && query.text(name) !== undefined)
}

function everything(call: Call, calendar: CalendarStore): readonly string[] {
  const { query } = call
  const range = { from: query.moment('timeMin'), to: query.moment('timeMax') }
  const updatedMin = query.moment('updatedMin')
  const isSingle = query.flag('singleEvents')
  const found = calendar.all().flatMap((event): readonly StoredEvent[] => {
    if (event.data.recurringEventId !== undefined) return isSingle || isBelowDeleted(calendar, event) ? [] : [event]
    if (!isSeries(event)) return [event]
    if (isSingle) return occurrencesOf(calendar, event, range, mostOccurrences)
    return reaches(calendar, event, range) ? [event] : []
  })
  const listed = ordered(
    found.filter((event) => {
      const { data } = event
      const isException = data.recurringEventId !== undefined
      if (updatedMin !== undefined && event.updated < updatedMin * 1_000) return false
      const isKept = isException && !isSingle
      if (data.status === 'cancelled' && !isKept && !query.flag('showDeleted') && updatedMin === undefined) return false
      const isPlaced = isSeries(event) || (data.status === 'cancelled' && data.start === undefined)
      return (isPlaced || touches(data, range, calendar.timeZone)) && matches(call, data)
    }),
    call,
    calendar,
  )
  return listed.map(({ id }) => id)
}

function changes(call: Call, calendar: CalendarStore, since: number): readonly string[] {
  const changed = calendar.all().filter(({ position }) => position > since)
  const found = changed.filter((event) => !isBelowDeleted(calendar, event) && matches(call, event.data))
  if (call.query.flag('singleEvents')) return singleChanges(calendar, found, since)
  return inOrder(
    [...found].sort((a, b) => a.position - b.position),
    call.world.options.order,
  ).map(({ id }) => id)
}

function matches({ query }: Call, data: GoogleEvent): boolean {
  const types = query.list('eventTypes')
  // Of what is deleted, the type may not be known any more; it is always told.
  if (types.length > 0 && data.status !== 'cancelled' && !types.includes(data.eventType ?? 'default')) return false
  const uid = query.text('iCalUID')
  if (uid !== undefined && data.iCalUID !== uid) return false
  for (const [name, map] of [
    ['privateExtendedProperty', data.extendedProperties?.private],
    ['sharedExtendedProperty', data.extendedProperties?.shared],
  ] as const)
    for (const constraint of query.list(name)) {
      const [key, value] = [constraint.slice(0, constraint.indexOf('=')), constraint.slice(constraint.indexOf('=') + 1)]
      if (map?.[key] !== value) return false
    }
  const words = query.text('q')?.toLowerCase()
  const texts = [data.summary, data.description, data.location, ...(data.attendees ?? []).map(({ email }) => email)]
  return words === undefined || texts.some((text) => text?.toLowerCase().includes(words))
}

function ordered(
  events: readonly StoredEvent[],
  { query, world }: Call,
  calendar: CalendarStore,
): readonly StoredEvent[] {
  const order = query.text('orderBy')
  if (order === 'updated') return [...events].sort((a, b) => a.updated - b.updated)
  if (order === undefined) return inOrder(events, world.options.order)
  return [...events].sort((a, b) => startOf(a.data, calendar.timeZone) - startOf(b.data, calendar.timeZone))
}

function inOrder(events: readonly StoredEvent[], order: FakeGoogleOptions['order']): readonly StoredEvent[] {
  if (order === 'reversed') return [...events].reverse()
  if (order !== 'exceptions_first') return events
  return [...events].sort((a, b) => Number(isSeries(a)) - Number(isSeries(b)))
}

/**
 * An event of a listing when its page is written: it may have changed since the listing began. One that is not there any
 * more is told of where changes are told; so is a series, to those who asked for its occurrences.
 */
function shown(call: Call, calendar: CalendarStore, id: string): readonly GoogleEvent[] {
  const { account, query } = call
  const isDelta = query.text('syncToken') !== undefined
  const event = targetOf(calendar, id)?.event
  if (!event || (isDelta && query.flag('singleEvents') && isSeries(event)))
    return isDelta ? [{ kind: 'calendar#event', etag: etagOf(calendar.updated), id, status: 'cancelled' }] : []
  const briefly = isDelta && query.text('showDeleted') !== 'true'
  return [eventView(calendar, account, standing(calendar, event), { ...viewOf(call), briefly })]
}

function calendarFrame(call: Call, calendar: CalendarStore): object {
  const { account, query } = call
  return {
    kind: 'calendar#events',
    etag: `"p3${digest(calendar.id, String(calendar.position), query.fingerprint([])).slice(0, 13)}"`,
    summary: calendar.summary,
    description: calendar.description,
    updated: stampText(calendar.updated),
    timeZone: query.text('timeZone') ?? calendar.timeZone,
    accessRole: roleIn(calendar, account),
    defaultReminders: account.list.get(calendar.id)?.defaultReminders ?? [],
  }
}

function startsAt(time: { readonly date?: string; readonly dateTime?: string }, wanted: string): boolean {
  if (time.date !== undefined) return time.date === wanted
  return Date.parse(time.dateTime ?? '') === Date.parse(wanted)
}
