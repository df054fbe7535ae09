import type { CalendarId, ConnectionId, GroupId } from './ids.js'

/** What is paused: one group, all calendars of a connection, one calendar, or everything of the user. */
export type PauseScope =
  | { readonly group: GroupId }
  | { readonly connection: ConnectionId }
  | { readonly calendar: CalendarId }
  | 'user'

/** That something is not synced until this is taken away. Pauses of different reasons stand beside each other. */
export interface Pause {
  readonly scope: PauseScope
  /** Who or what paused it, e.g. `holiday` or `billing`. */
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly at: number
}
