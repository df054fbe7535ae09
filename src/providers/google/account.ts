import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { CallOptions, ProviderAccount, RemoteCalendar } from '../provider.js'
import type { Place } from './base.js'
import { toCalendar } from './calendar-map.js'
import { changes } from './changes.js'
import type { Query } from './client.js'
import type { GoogleContext } from './context.js'
import { unwritable } from './event-map.js'
import { invalidResponse } from './failure.js'
import { fetchUnits } from './fetching.js'
import { holdsSeries } from './holding.js'
import { mostAttachments } from './links.js'
import { unwatch, watch } from './push.js'
import { mostReminders } from './reminders.js'
import { idFor } from './unit.js'
import { readCalendarEntry } from './wire.js'
import { create, remove, update } from './writes.js'

/** Opens an account. Makes no request. */
export function googleAccount(context: GoogleContext, concurrentWrites: number): ProviderAccount {
  const at = (calendar: RemoteCalendarId, options?: CallOptions): Place => ({
    context,
    calendar,
    signal: options?.signal,
  })
  return {
    capabilities: {
      guardedWrites: true,
      concurrentWrites,
      cannotHold: unwritable,
      holdsSeries,
      limits: { description: 8_192, reminders: mostReminders, attachments: mostAttachments },
    },
    listCalendars: (options) => listCalendars(context, options?.signal),
    changes: (calendar, from, options) => changes(context, calendar, from, options?.signal),
    fetch: (calendar, ids, options) => fetchUnits(context, calendar, ids, options?.signal),
    idFor: (_calendar, key) => idFor(key) as RemoteId,
    create: (calendar, draft, options) => create(at(calendar, options), draft),
    update: (calendar, change, options) => update(at(calendar, options), change),
    remove: (calendar, current, options) => remove(at(calendar, options), current),
    watch: (calendar, request, options) => watch(context.client, calendar, request, options),
    unwatch: (watched, options) => unwatch(context.client, watched, options),
  }
}

/** Also the calendars that a person has hidden: hiding one is no reason to stop syncing it. */
async function listCalendars(
  context: GoogleContext,
  signal: AbortSignal | undefined,
): Promise<readonly RemoteCalendar[]> {
  const query: Query = { maxResults: '250', showHidden: 'true' }
  const found = new Map<RemoteCalendarId, RemoteCalendar>()
  const tokens = new Set<string>()
  let pageToken: string | undefined
  do {
    const more = pageToken === undefined ? {} : { pageToken }
    const page = await context.client.listCalendars({ ...query, ...more }, signal)
    for (const item of page.items) {
      const entry = readCalendarEntry(item)
      const calendar = entry && toCalendar(entry)
      if (!calendar) continue
      found.set(calendar.id, calendar)
      if (calendar.zone !== null) context.zones.set(calendar.id, calendar.zone)
    }
    pageToken = page.nextPageToken
    if (pageToken !== undefined && (tokens.has(pageToken) || tokens.size >= 1_000))
      throw invalidResponse('ENDLESS_LISTING')
    if (pageToken !== undefined) tokens.add(pageToken)
  } while (pageToken !== undefined)
  return [...found.values()]
}
