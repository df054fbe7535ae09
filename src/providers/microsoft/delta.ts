import * as z from 'zod'
import type { Place } from './context.js'
import { type About, invalidResponse, type Resource } from './failure.js'
import { pagesOf } from './pages.js'

/**
 * What a round of changes told. It is believed only as a hint of what to look at: it gives no properties of ours, of
 * occurrences hardly more than their ids, and calls removed what was only changed outside its range of time.
 */
export interface Round {
  /** Events by themselves, and the tag that each of them has. */
  readonly singles: ReadonlyMap<string, string | undefined>
  /** Series of which any part was told of. */
  readonly series: ReadonlySet<string>
  /** What is said to be removed; it may be an occurrence, or stand outside the range. */
  readonly removed: ReadonlySet<string>
  /** Where the next round starts. */
  readonly deltaLink: string
}

const dayMs = 86_400_000

/** The first round, over a fixed range of time around now. */
export async function firstRound(place: Place): Promise<Round> {
  const { context, calendar, signal } = place
  const { pastDays, aheadDays } = context.range
  const now = context.now()
  const path = `calendars/${encodeURIComponent(calendar)}/calendarView/delta`
  const query = { startDateTime: dayText(now - pastDays * dayMs), endDateTime: dayText(now + aheadDays * dayMs) }
  const first = await context.client.get(path, { about: 'calendar', query, prefer: pageSize, signal })
  return gather(place, first, 'calendar')
}

/** @throws SyncError `cursor_expired`, `calendar_gone`. */
export async function nextRound(place: Place, deltaLink: string): Promise<Round> {
  const { context, signal } = place
  const first = await context.client.follow(deltaLink, { about: 'changes', prefer: pageSize, signal })
  return gather(place, first, 'changes')
}

const pageSize = 'odata.maxpagesize=200'

/** Without an offset it counts as UTC. */
function dayText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 10)}T00:00:00`
}

async function gather({ context, signal }: Place, first: Resource, about: About): Promise<Round> {
  const singles = new Map<string, string | undefined>()
  const series = new Set<string>()
  const removed = new Set<string>()
  const pages = pagesOf(context.client, first, { about, prefer: pageSize, signal })
  for (let page = await pages.next(); ; page = await pages.next()) {
    if (page.done) {
      if (page.value === undefined) throw invalidResponse('NO_DELTA_LINK')
      return { singles, series, removed, deltaLink: page.value }
    }
    for (const item of page.value) {
      const row = rowSchema.safeParse(item).data
      if (!row) throw invalidResponse('NO_ID')
      if (row['@removed'] != null) removed.add(row.id)
      else if (row.seriesMasterId) series.add(row.seriesMasterId)
      else if (row.type === 'seriesMaster') series.add(row.id)
      else singles.set(row.id, row['@odata.etag'] ?? undefined)
    }
  }
}

const rowSchema = z.object({
  id: z.string().min(1).max(2_048),
  type: z.string().nullish(),
  seriesMasterId: z.string().nullish(),
  '@odata.etag': z.string().nullish(),
  '@removed': z.unknown().optional(),
})
