import { inTurn as inTurnOf } from '../../http/in-turn.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import { resolveZone } from '../../model/time.js'
import type { GoogleClient } from './client.js'
import type { EventsPage } from './wire.js'

/** What the parts of one account share. */
export interface GoogleContext {
  readonly client: GoogleClient
  readonly now: () => number
  /** Which kinds of events are read; all of them where none is named. */
  readonly eventTypes: readonly string[]
  /** The zones of calendars, as far as they are known. */
  readonly zones: Map<RemoteCalendarId, string>
  /** Calendars whose listings by UID turned out to leave cancelled occurrences out. */
  readonly hidesCancelled: Set<RemoteCalendarId>
  /** The end of the queue of writes to each calendar. */
  readonly queues: Map<string, Promise<unknown>>
}

/** Every page of events tells the calendar's zone. */
export function learnZone(context: GoogleContext, calendar: RemoteCalendarId, { timeZone }: EventsPage): void {
  const zone = timeZone === undefined ? undefined : resolveZone(timeZone)
  if (zone !== undefined) context.zones.set(calendar, zone)
}

/** The calendar's zone. @throws SyncError `calendar_gone`. */
export async function zoneOf(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (!context.zones.has(calendar)) await assertCalendar(context, calendar, signal)
  return context.zones.get(calendar) ?? 'UTC'
}

/** The smallest question that only a calendar answers. @throws SyncError `calendar_gone`. */
export async function assertCalendar(
  context: GoogleContext,
  calendar: RemoteCalendarId,
  signal: AbortSignal | undefined,
): Promise<void> {
  learnZone(context, calendar, await context.client.listEvents(calendar, { maxResults: '1' }, 'calendar', signal))
}

/**
 * Lets one write after the other touch a calendar: Google refuses writes that come too close together, whatever
 * the quota says.
 */
export async function inTurn<T>(context: GoogleContext, calendar: string, work: () => Promise<T>): Promise<T> {
  return inTurnOf(context.queues, calendar, work)
}
