import * as z from 'zod'
import { throwIfAborted } from '../../errors.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { RemoteCalendar } from '../provider.js'
import type { GraphClient } from './client.js'
import type { Resource } from './failure.js'
import { pagesOf } from './pages.js'

/**
 * The calendars of an account: its own, those in its other groups, and those that others share with it. A calendar may be
 * in several listings.
 */
export async function listCalendars(
  client: GraphClient,
  signal: AbortSignal | undefined,
): Promise<readonly RemoteCalendar[]> {
  throwIfAborted(signal)
  const found = new Map<RemoteCalendarId, RemoteCalendar>()
  const list = async (path: string): Promise<void> => {
    const first = await client.get(path, { about: 'account', query: { $top: '100' }, signal })
    for await (const items of pagesOf(client, first, { about: 'account', signal })) {
      for (const item of items) {
        const calendar = toCalendar(item)
        if (calendar) found.set(calendar.id, calendar)
      }
    }
  }
  await list('calendars')
  const groups = await client.get('calendarGroups', { about: 'account', query: { $top: '100' }, signal })
  for await (const items of pagesOf(client, groups, { about: 'account', signal })) {
    for (const item of items) {
      const id = group.safeParse(item).data?.id
      if (id !== undefined) await list(`calendarGroups/${encodeURIComponent(id)}/calendars`)
    }
  }
  return [...found.values()]
}

/** A calendar as the account lists it; undefined for what is none. */
export function toCalendar(item: Resource): RemoteCalendar | undefined {
  const entry = calendar.safeParse(item).data
  if (!entry) return undefined
  return {
    id: entry.id as RemoteCalendarId,
    name: (entry.name?.trim() || entry.id).slice(0, 1_024),
    access: entry.canEdit === true ? 'write' : 'read',
    // Times come with zones of their own, and calendars have none.
    zone: null,
    color: colorOf(entry.hexColor ?? ''),
  }
}

/** The colour may be one that its name alone says, and then there is none. */
function colorOf(hex: string): string | null {
  return /^#[0-9a-f]{6}$/i.test(hex) ? hex.toLowerCase() : null
}

const group = z.object({ id: z.string().min(1) })

const calendar = z.object({
  id: z.string().min(1).max(2_048),
  name: z.string().nullish(),
  canEdit: z.boolean().nullish(),
  hexColor: z.string().nullish(),
})
