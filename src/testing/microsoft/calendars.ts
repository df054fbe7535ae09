import { digest } from '../../model/hash.js'
import { type Answer, type Call, contextOf, ok } from './call.js'
import { calendarIdOf, changeKeyOf } from './ids.js'
import type { StoredCalendar } from './mailbox.js'
import { badQuery, invalid, Refusal } from './refusals.js'
import { calendarOf, type Place, putEvent } from './world.js'

interface CalendarBody {
  readonly name?: string | null
  readonly color?: string | null
}

/** The colours that a calendar may have, and how Outlook paints the one that answers of 2026 show. */
const hexColors: Readonly<Record<string, string>> = { auto: '', lightOrange: '#f7630c' }

/** `calendars.list`, also that of a group: the fake has one group with all calendars. */
export function listCalendars(call: Call): Answer {
  const { mailbox, path, query } = call
  if (path['groupId'] !== undefined && path['groupId'] !== groupOf(call).id) throw new Refusal('ErrorItemNotFound')
  const shown = [...mailbox.calendars.values()].filter(({ id }) => !mailbox.hidden.has(id))
  const all = shown.map((calendar) => calendarView(call, calendar))
  return pageOf(call, all, 'calendars', query.text('$count') === 'true')
}

/** `calendarGroups.list`. */
export function listGroups(call: Call): Answer {
  return pageOf(call, [groupOf(call)], 'calendarGroups', false)
}

/** `calendars.get`. */
export function getCalendar(call: Call): Answer {
  const calendar = calendarOf(call, call.path['calendarId'])
  return ok({ ...contextOf(call, 'calendars/$entity'), ...picked(call, calendarView(call, calendar)) })
}

/** `calendars.create`. */
export function createCalendar(call: Call): Answer {
  const { name, color } = call.body as CalendarBody
  if (!name) throw invalid('A calendar needs a name.')
  assertFree(call, name)
  const calendar = addCalendar(call, { name, color: color ?? 'auto' })
  return ok({ ...contextOf(call, 'calendars/$entity'), ...calendarView(call, calendar) }, 201)
}

/** `calendars.update`. */
export function updateCalendar(call: Call): Answer {
  const { mailbox, body } = call
  const calendar = calendarOf(call, call.path['calendarId'])
  if (!calendar.canEdit) throw new Refusal('ErrorAccessDenied')
  const { name, color } = body as CalendarBody
  if (name === null || name === '') throw invalid('A calendar needs a name.')
  if (name !== undefined && name !== calendar.name) assertFree(call, name)
  const after = {
    ...calendar,
    ...(name !== undefined && { name }),
    ...(color && { color, hexColor: hexColors[color] ?? '' }),
    stamp: mailbox.stamp(),
  }
  mailbox.calendars.set(calendar.id, after)
  return ok({ ...contextOf(call, 'calendars/$entity'), ...calendarView(call, after) })
}

/** `calendars.delete`. The default calendar stays. */
export function deleteCalendar(call: Call): Answer {
  const calendar = calendarOf(call, call.path['calendarId'])
  if (calendar.isDefault) throw new Refusal('ErrorCannotDeleteObject')
  removeCalendar(call, calendar.id)
  return { code: 204 }
}

/** Takes a calendar away, with what is in it. */
export function removeCalendar(place: Place, calendarId: string): void {
  const { mailbox } = place
  for (const stored of mailbox.all(calendarId)) putEvent(place, { ...stored, gone: 'deleted', moves: stored.moves + 1 })
  mailbox.calendars.delete(calendarId)
}

/** Puts a calendar into a mailbox. */
export function addCalendar(
  { mailbox }: Place,
  given: Pick<StoredCalendar, 'name' | 'color'> & Partial<StoredCalendar>,
): StoredCalendar {
  const calendar: StoredCalendar = {
    id: calendarIdOf(mailbox.email, given.name, String(mailbox.calendars.size)),
    hexColor: hexColors[given.color] ?? '',
    ...{ isDefault: false, canEdit: true, canViewPrivateItems: true },
    owner: { name: mailbox.name, address: mailbox.email },
    stamp: mailbox.stamp(),
    ...given,
  }
  mailbox.calendars.set(calendar.id, calendar)
  return calendar
}

/** A calendar as answers carry it. */
export function calendarView({ mailbox }: Place, calendar: StoredCalendar): object {
  const { id, name, color, hexColor, isDefault, canEdit, canViewPrivateItems, owner, stamp } = calendar
  return {
    ...{ id, name, color, hexColor, isDefaultCalendar: isDefault, changeKey: changeKeyOf(mailbox.email, stamp) },
    ...{ canShare: owner.address === mailbox.email, canViewPrivateItems, canEdit },
    ...{ allowedOnlineMeetingProviders: ['teamsForBusiness'], defaultOnlineMeetingProvider: 'teamsForBusiness' },
    ...{ isTallyingResponses: isDefault, isRemovable: !isDefault, owner },
  }
}

function groupOf({ mailbox }: Place): { readonly id: string; readonly [field: string]: string } {
  return {
    id: calendarIdOf(mailbox.email, 'group'),
    name: 'My Calendars',
    classId: '0006f0b7-0000-0000-c000-000000000046',
    changeKey: changeKeyOf(mailbox.email, Number.parseInt(digest('group').replaceAll(/\D/g, '').slice(0, 6), 10) || 1),
  }
}

function assertFree({ mailbox }: Place, name: string): void {
  for (const calendar of mailbox.calendars.values())
    if (calendar.name.toLowerCase() === name.toLowerCase()) throw new Refusal('ErrorFolderExists')
}

function pageOf(call: Call, all: readonly object[], what: string, counts: boolean): Answer {
  const { query, url, world } = call
  const wanted = query.number('$top', 1_000) ?? 10
  const size = Math.min(wanted, world.options.pageSize ?? wanted)
  const from = query.number('$skip', 999_999) ?? 0
  const next = new URL(url)
  next.searchParams.set('$skip', String(from + size))
  return ok({
    ...contextOf(call, what),
    ...(counts && { '@odata.count': all.length }),
    value: all.slice(from, from + size).map((one) => picked(call, one)),
    ...(from + size < all.length && { '@odata.nextLink': next.href }),
  })
}

function picked({ query }: Call, resource: object): object {
  const names = query.text('$select')?.split(',')
  const wrong = names?.find((name) => !Object.hasOwn(resource, name))
  if (wrong !== undefined) throw badQuery(`Could not find a property named '${wrong}' here.`)
  return names
    ? Object.fromEntries(Object.entries(resource).filter(([name]) => name === 'id' || names.includes(name)))
    : resource
}
