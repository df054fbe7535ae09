import { type Answer, baseOf, type Call, contextOf, ok, viewOf } from './call.js'
import { sameProperty } from './event-fields.js'
import { eventView, occurrenceIdOf, type ViewOptions } from './event-view.js'
import type { StoredEvent } from './mailbox.js'
import { filterOf } from './odata-filter.js'
import type { Expansion } from './query.js'
import { badQuery, Refusal } from './refusals.js'
import type { MicrosoftEvent } from './resources.js'
import { occurrenceAt, occurrencesIn, type Target, targetOf, typeOf, viewIn } from './series.js'
import { boundOf, type Range } from './times.js'
import { calendarOf } from './world.js'

/** `events.list`: single events and series, no occurrences. Without a calendar it is the whole mailbox. */
export function listEvents(call: Call): Answer {
  const { mailbox, path } = call
  const id = path['calendarId'] === undefined ? undefined : calendarOf(call, path['calendarId']).id
  // That the bare address spans all calendars is as far as known true of filters; for plain lists it is a guess.
  const shown = mailbox.all(id).filter(({ calendarId }) => !mailbox.hidden.has(calendarId))
  const targets = shown.map((stored) => ({ stored, date: undefined, data: stored.data }))
  return page(call, targets, id === undefined ? 'events' : `calendars('${id}')/events`)
}

/** `calendarView.list`: what takes place in a window. */
export function listView(call: Call): Answer {
  const calendar = calendarOf(call, call.path['calendarId'])
  const range = rangeOf(call)
  // General knowledge, not documented for this version: about five years at most.
  if (range.to - range.from > 1_825 * 86_400_000)
    throw new Refusal('ErrorInvalidParameter', { message: 'The requested duration exceeds the maximum of 1825 days.' })
  const unselectable = call.query.selection(selectable)?.find((name) => /^(?:created|lastModified)DateTime$/.test(name))
  if (unselectable !== undefined) throw badQuery(`'${unselectable}' cannot be selected in a calendarView.`)
  const targets = viewIn(call.mailbox.all(calendar.id), range)
  return page(call, targets, `calendars('${calendar.id}')/calendarView`)
}

/** `events.instances`. */
export function listInstances(call: Call): Answer {
  const { stored, date } = eventOf(call)
  if (date !== undefined || !stored.data.recurrence)
    throw new Refusal('ErrorInvalidRequest', { message: 'Instances are those of a series master.' })
  const id = encodeURIComponent(call.path['eventId'] ?? '')
  return page(call, occurrencesIn(stored, rangeOf(call)), `events('${id}')/instances`)
}

/** `events.get`. */
export function getEvent(call: Call): Answer {
  return shown(call, eventOf(call))
}

/** One event as the answer to a request, with what the request wants of it. */
export function shown(call: Call, target: Target, code = 200): Answer {
  const names = call.query.selection(selectable)
  const expansion = call.query.expansion()
  const event = completed(call, target, viewOf(call), expansion, names)
  const what = names ? `events(${names.join(',')})/$entity` : 'events/$entity'
  return ok({ ...contextOf(call, what), ...selected(event, names, expansion) }, code)
}

/** The event that a path names, in the calendar that the path names. */
export function eventOf(call: Call): Target {
  assertReachable(call)
  return targetOf(call, call.path['eventId'] ?? '')
}

/**
 * An event is not found in another calendar than its own, nor in one that is not shown. An id of one form is not found by
 * a request that prefers the other; how Graph refuses that is a guess.
 */
export function assertReachable(call: Call): void {
  const { world, mailbox, path, prefer } = call
  const { calendarId } = path
  const calendar = calendarId === undefined ? undefined : calendarOf(call, calendarId)
  const ref = world.ids.find(path['eventId'] ?? '')
  const stored = ref && mailbox.find(ref.key)
  if (!stored) return
  const isElsewhere = calendar !== undefined && calendar.id !== stored.calendarId
  const isOfOtherForm = (ref.moves === undefined) !== prefer.isImmutable
  if (isElsewhere || isOfOtherForm || mailbox.hidden.has(stored.calendarId)) throw new Refusal('ErrorItemNotFound')
}

/** The window of a request. Both ends are needed. */
export function rangeOf({ query }: Call): Range {
  const [start, end] = [query.text('startDateTime'), query.text('endDateTime')]
  if (start === undefined || end === undefined) {
    const message =
      'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.'
    throw new Refusal('ErrorInvalidParameter', { message })
  }
  const range = { from: boundOf(start, 'startDateTime'), to: boundOf(end, 'endDateTime') }
  if (range.to < range.from)
    throw new Refusal('ErrorInvalidParameter', { message: 'The endDateTime must occur after the startDateTime.' })
  return range
}

function page(call: Call, targets: readonly Target[], what: string): Answer {
  const { query, prefer, world, url } = call
  const names = query.selection(selectable)
  if (names?.includes('cancelledOccurrences')) throw badQuery('cancelledOccurrences comes with single events only.')
  const expansion = query.expansion()
  if (expansion.exceptionOccurrences) throw badQuery('exceptionOccurrences comes with single events only.')
  const filter = query.text('$filter')
  const test = filter === undefined ? undefined : filterOf(filter)
  const seen = targets.map((target) => ({ target, event: () => filteredView(call, target) }))
  const fitting = sorted(test ? seen.filter(({ event }) => test(event())) : seen, query.text('$orderby'))
  const wanted = query.number('$top', 1_000) ?? prefer.pageSize ?? 10
  const size = Math.min(wanted, world.options.pageSize ?? wanted)
  const from = query.number('$skip', 999_999) ?? 0
  const value = fitting
    .slice(from, from + size)
    .map(({ target }) => selected(completed(call, target, viewOf(call), expansion, names), names, expansion))
  const next = new URL(`${baseOf(call)}${url.pathname.replace(/^\/v1\.0/, '')}${url.search}`)
  next.searchParams.set('$skip', String(from + size))
  return ok({
    ...contextOf(call, what),
    ...(query.text('$count') === 'true' && { '@odata.count': fitting.length }),
    value,
    ...(from + size < fitting.length && { '@odata.nextLink': next.href }),
  })
}

/** What filters look at: times in UTC, and properties that are not expanded. */
function filteredView(call: Call, target: Target): MicrosoftEvent {
  const view = { ...viewOf(call), zone: 'UTC' }
  const { stored, date, data } = target
  const make = () => ({ ...eventView(call, target, view), singleValueExtendedProperties: data.properties })
  if (date !== undefined) return make()
  const form = `${view.isImmutable} ${view.bodyType}`
  const known = filteredViews.get(stored)
  if (known?.form === form) return known.event
  const event = make()
  filteredViews.set(stored, { form, event })
  return event
}

/** A change makes another object of an event, so these stay true; without them a search costs a second in a large calendar. */
const filteredViews = new WeakMap<StoredEvent, { readonly form: string; readonly event: MicrosoftEvent }>()

function sorted<Item extends { readonly event: () => MicrosoftEvent }>(
  items: readonly Item[],
  order: string | undefined,
): readonly Item[] {
  if (order === undefined) return items
  const [, path = '', direction = 'asc'] =
    /^(start\/dateTime|end\/dateTime|subject|createdDateTime|lastModifiedDateTime)(?:\s+(asc|desc))?$/.exec(order) ?? []
  if (path === '') throw badQuery(`Events cannot be ordered by '${order}'.`)
  const key = (item: Item) => {
    const event = item.event()
    if (path === 'start/dateTime') return event.start?.dateTime ?? ''
    if (path === 'end/dateTime') return event.end?.dateTime ?? ''
    return String(event[path as 'subject' | 'createdDateTime' | 'lastModifiedDateTime'] ?? '')
  }
  const sign = direction === 'asc' ? 1 : -1
  return [...items].sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0))
}

function completed(
  call: Call,
  target: Target,
  view: ViewOptions,
  expansion: Expansion,
  names: readonly string[] | undefined,
): MicrosoftEvent {
  const { stored, data } = target
  const isSeries = typeOf(target) === 'seriesMaster'
  const masterId = call.world.ids.of(stored, undefined, view.isImmutable)
  const wanted = expansion.singleValueExtendedProperties
  const properties = data.properties.filter(({ id }) => wanted?.some((one) => sameProperty(one, id)))
  const ids = expansion.extensions
  const extensions = data.extensions.filter((one) => ids?.some((id) => id === one.extensionName || id === one.id))
  return {
    ...eventView(call, target, view),
    ...(names?.includes('cancelledOccurrences') && {
      cancelledOccurrences: [...stored.cancelled].sort().map((date) => occurrenceIdOf(masterId, date)),
    }),
    ...(expansion.exceptionOccurrences &&
      isSeries && {
        exceptionOccurrences: [...stored.exceptions.keys()]
          .sort()
          .map((date) => eventView(call, { stored, date, data: occurrenceAt(stored, date) }, view)),
      }),
    ...(properties.length > 0 && { singleValueExtendedProperties: properties }),
    ...(ids && extensions.length > 0 && { extensions }),
  }
}

/** Annotations and the id come whatever is selected; so does what was expanded. */
function selected(event: MicrosoftEvent, names: readonly string[] | undefined, expansion: Expansion): MicrosoftEvent {
  if (!names) return event
  const kept = new Set(['id', ...names, ...Object.keys(expansion)])
  return Object.fromEntries(Object.entries(event).filter(([name]) => name.startsWith('@') || kept.has(name)))
}

/** What `$select` may name. The annotation of the version is none of it. */
export const selectable: ReadonlySet<string> = new Set([
  ...['id', 'createdDateTime', 'lastModifiedDateTime', 'changeKey', 'categories', 'transactionId', 'iCalUId', 'uid'],
  ...['originalStartTimeZone', 'originalEndTimeZone', 'originalStart', 'reminderMinutesBeforeStart', 'isReminderOn'],
  ...['hasAttachments', 'subject', 'bodyPreview', 'importance', 'sensitivity', 'isAllDay', 'isCancelled'],
  ...['isOrganizer', 'responseRequested', 'seriesMasterId', 'showAs', 'type', 'webLink', 'onlineMeetingUrl'],
  ...['isOnlineMeeting', 'onlineMeetingProvider', 'onlineMeeting', 'allowNewTimeProposals', 'occurrenceId', 'isDraft'],
  ...['hideAttendees', 'responseStatus', 'body', 'start', 'end', 'location', 'locations', 'recurrence', 'attendees'],
  ...['organizer', 'cancelledOccurrences'],
])
