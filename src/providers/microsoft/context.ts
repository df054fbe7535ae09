import { inTurn as inTurnOf } from '../../http/in-turn.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { GraphClient } from './client.js'

/** What the parts of one account share. */
export interface MicrosoftContext {
  readonly client: GraphClient
  readonly now: () => number
  /** How far the range reaches in which changes are told of at once. */
  readonly range: Range
  /** Whether writes that mail guests are made. */
  readonly scheduling: 'refuse' | 'allow'
  /** The end of the queue of writes to each calendar. */
  readonly queues: Map<string, Promise<unknown>>
  /** What we removed ourselves: that it is gone says nothing about anything else. */
  readonly removed: Set<string>
}

/** A range of time around now, in days. */
export interface Range {
  readonly pastDays: number
  readonly aheadDays: number
  /** After so many days it is put around the day that it is then. */
  readonly renewDays: number
}

/** Where something is read or written. */
export interface Place {
  readonly context: MicrosoftContext
  readonly calendar: RemoteCalendarId
  readonly signal: AbortSignal | undefined
}

/** The smallest question that only a calendar answers. @throws SyncError `calendar_gone`. */
export async function assertCalendar({ context, calendar, signal }: Place): Promise<void> {
  const query = { $select: 'id' }
  await context.client.get(`calendars/${encodeURIComponent(calendar)}`, { about: 'calendar', query, signal })
}

/** Lets one write after the other touch a calendar. */
export async function inTurn<T>({ context, calendar }: Place, work: () => Promise<T>): Promise<T> {
  return inTurnOf(context.queues, calendar, work)
}

/** Remembers what we removed, for as long as it is likely to be told of. */
export function noteRemoved({ removed }: MicrosoftContext, id: string): void {
  removed.add(id)
  if (removed.size > mostRemoved) for (const oldest of removed) return void removed.delete(oldest)
}

const mostRemoved = 10_000
