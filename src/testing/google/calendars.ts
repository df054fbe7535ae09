import { digest } from '../../model/hash.js'
import { CalendarStore } from './calendar-store.js'
import { type Answer, type Call, nothing, ok } from './call.js'
import { invalid, required } from './refusals.js'
import { isIanaZone } from './times.js'
import { calendarOf } from './world.js'

interface CalendarBody {
  readonly summary?: string | null
  readonly description?: string | null
  readonly timeZone?: string | null
}

/** `calendars.get`. */
export function getCalendar({ world, account, path }: Call): Answer {
  return ok(view(calendarOf(world, account, path['calendarId'] ?? '')))
}

/** `calendars.insert`: a calendar of the account's own, which comes into its list. */
export function insertCalendar({ world, account, body }: Call): Answer {
  const { summary, description, timeZone } = body as CalendarBody
  if (!summary) throw required('Missing summary.')
  const id = `c_${digest('new calendar', account.email, String(world.calendars.size))}@group.calendar.google.com`
  const zone = zoneOf(timeZone) ?? account.timeZone
  const calendar = new CalendarStore({
    id,
    summary,
    owner: account.email,
    timeZone: zone,
    clock: world.clock,
    options: world.options,
  })
  calendar.description = description ?? ''
  world.calendars.set(id, calendar)
  account.setEntry(id, {})
  world.listChanged(account)
  return ok(view(calendar))
}

/** `calendars.patch` and `calendars.update`. */
export function changeCalendar({ world, account, path, method, body }: Call): Answer {
  const calendar = calendarOf(world, account, path['calendarId'] ?? '', 'owner')
  const { summary, description, timeZone } = body as CalendarBody
  const isWhole = method === 'calendars.update'
  if (summary === null || summary === '' || (isWhole && summary === undefined)) throw required('Missing summary.')
  if (summary !== undefined) calendar.summary = summary
  if (isWhole || description !== undefined) calendar.description = description ?? ''
  calendar.timeZone = zoneOf(timeZone) ?? calendar.timeZone
  return ok(view(calendar))
}

/** `calendars.delete`: gone for everybody who had it. A primary calendar cannot go. */
export function deleteCalendar({ world, account, path }: Call): Answer {
  const calendar = calendarOf(world, account, path['calendarId'] ?? '', 'owner')
  if (calendar.isPrimary) throw invalid('The primary calendar cannot be deleted.')
  calendar.isDeleted = true
  for (const other of world.accounts.values())
    if (other.list.has(calendar.id)) {
      other.setEntry(calendar.id, { deleted: true })
      world.listChanged(other)
    }
  return nothing
}

function view(calendar: CalendarStore): object {
  return {
    kind: 'calendar#calendar',
    etag: `"${digest('calendar', calendar.id, calendar.summary, calendar.description, calendar.timeZone).slice(0, 27)}"`,
    id: calendar.id,
    summary: calendar.summary,
    ...(calendar.description !== '' && { description: calendar.description }),
    timeZone: calendar.timeZone,
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
  }
}

function zoneOf(given: string | null | undefined): string | undefined {
  if (given === null || given === undefined) return undefined
  if (!isIanaZone(given)) throw invalid('Invalid time zone.')
  return given
}
