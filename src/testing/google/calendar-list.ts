import { digest } from '../../model/hash.js'
import type { Account, ListEntry } from './account.js'
import { type Answer, type Call, nothing, ok } from './call.js'
import { backgroundOf } from './colors.js'
import { etagOf } from './etag.js'
import { pageSize } from './event-list.js'
import { invalid, Refusal } from './refusals.js'
import type { GoogleAccessRole, GoogleCalendarListEntry } from './resources.js'
import { positionOf, syncToken } from './sync-tokens.js'
import { permits, roleIn, type World } from './world.js'

/** `calendarList.list`. */
export function listCalendars(call: Call): Answer {
  const { world, account, query } = call
  const token = query.text('syncToken')
  if (token !== undefined) {
    const wrong = ['minAccessRole', 'showOwnOrganizationOnly'].find((name) => query.text(name) !== undefined)
    if (wrong !== undefined) throw invalid(`Sync token cannot be used together with ${wrong}.`, wrong)
    for (const name of ['showDeleted', 'showHidden'])
      if (query.text(name) === 'false') throw invalid(`Sync token cannot be used with ${name}=false.`, name)
  }
  const { listPosition: position } = account
  const generation = 1
  const list = `calendars ${account.email}`
  const question = query.fingerprint(['maxResults', 'pageToken', 'syncToken', 'showDeleted', 'showHidden'])
  const since = token === undefined ? undefined : positionOf(token, { list, generation, question })
  const pageQuestion = `${list} ${query.fingerprint(['pageToken', 'maxResults'])}`
  const size = pageSize(call, 100, 250)
  const pageToken = query.text('pageToken')
  const { ids, ...tokens } =
    pageToken === undefined
      ? world.pages.begin(
          {
            ids: entriesOf(call, since).map(({ calendarId }) => calendarId),
            question: pageQuestion,
            nextSyncToken: syncToken({ list, generation, position, question }),
          },
          size,
        )
      : world.pages.next(pageToken, pageQuestion, size)
  const items = ids.flatMap((id) => {
    const entry = account.list.get(id)
    return entry ? [entryView(world, account, entry)] : []
  })
  const etag = `"p3${digest(account.email, String(position), query.fingerprint([])).slice(0, 13)}"`
  return ok({ kind: 'calendar#calendarList', etag, items, ...tokens })
}

/** `calendarList.get`. */
export function getListEntry(call: Call): Answer {
  return ok(entryView(call.world, call.account, entryOf(call)))
}

/** `calendarList.insert`: a calendar that one may see comes into the list, or back into it. */
export function insertListEntry(call: Call): Answer {
  const { world, account, body } = call
  const { id = '' } = body as { readonly id?: string }
  const calendar = world.calendars.get(id)
  if (!calendar || roleIn(calendar, account) === 'none') throw new Refusal('notFound')
  const entry = account.setEntry(id, { ...settable(body), deleted: false })
  world.listChanged(account)
  return ok(entryView(world, account, entry))
}

/** `calendarList.patch` and `calendarList.update`. */
export function changeListEntry(call: Call): Answer {
  const { world, account, body } = call
  const { calendarId } = entryOf(call)
  const entry = account.setEntry(calendarId, settable(body))
  world.listChanged(account)
  return ok(entryView(world, account, entry))
}

/** `calendarList.delete`: the calendar goes from the list, and stays where it is. */
export function deleteListEntry(call: Call): Answer {
  const { calendarId } = entryOf(call)
  if (calendarId === call.account.email) throw invalid('The primary calendar cannot be removed from the list.')
  call.account.setEntry(calendarId, { deleted: true })
  call.world.listChanged(call.account)
  return nothing
}

/** A calendar as it stands in a person's list. */
export function entryView(world: World, account: Account, entry: ListEntry): GoogleCalendarListEntry {
  const calendar = world.calendars.get(entry.calendarId)
  const accessRole: GoogleAccessRole = calendar ? roleIn(calendar, account) : 'none'
  const isGone = entry.deleted || accessRole === 'none'
  return {
    kind: 'calendar#calendarListEntry',
    etag: etagOf(entry.stamp),
    id: entry.calendarId,
    summary: calendar?.summary ?? '',
    ...(entry.summaryOverride !== undefined && { summaryOverride: entry.summaryOverride }),
    ...(calendar && calendar.description !== '' && { description: calendar.description }),
    timeZone: calendar?.timeZone ?? 'UTC',
    colorId: entry.colorId,
    backgroundColor: backgroundOf(entry.colorId),
    foregroundColor: '#000000',
    // The documented roles of an entry have none for "no access": what is gone was read last.
    accessRole: accessRole === 'none' ? 'reader' : accessRole,
    defaultReminders: entry.defaultReminders,
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
    ...(entry.calendarId === account.email && { primary: true }),
    ...(entry.selected && { selected: true }),
    ...(entry.hidden && { hidden: true }),
    ...(isGone && { deleted: true }),
  }
}

function entriesOf({ world, account, query }: Call, since: number | undefined): readonly ListEntry[] {
  const least = query.text('minAccessRole') as GoogleAccessRole | undefined
  return [...account.list.values()].filter((entry) => {
    if (since !== undefined) return entry.position > since
    const view = entryView(world, account, entry)
    if (view.deleted && !query.flag('showDeleted')) return false
    if (entry.hidden && !query.flag('showHidden')) return false
    return least === undefined || permits(view.accessRole, least)
  })
}

function entryOf({ world, account, path }: Call): ListEntry {
  const id = path['calendarId'] === 'primary' ? account.email : (path['calendarId'] ?? '')
  const entry = account.list.get(id)
  if (!entry || entryView(world, account, entry).deleted) throw new Refusal('notFound')
  return entry
}

/** What of an entry the person may set. */
function settable(body: object): Partial<ListEntry> {
  const names = ['summaryOverride', 'colorId', 'hidden', 'selected', 'defaultReminders']
  return Object.fromEntries(Object.entries(body).filter(([name, value]) => names.includes(name) && value !== null))
}
