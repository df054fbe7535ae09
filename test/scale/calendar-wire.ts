import type { Fetched, RemoteCalendar, Written } from '../../src/providers/provider.js'

/** How the workers of the scale test reach the one calendar service that they all share: a call is a POST of JSON. */
export interface WireCall {
  readonly account: string
  readonly method: 'listCalendars' | 'changes' | 'fetch' | 'create' | 'update' | 'remove'
  readonly args: readonly unknown[]
}

/** What comes back: a value, or how it failed. */
export type WireAnswer =
  | { readonly value: unknown }
  | { readonly error: { readonly code: string; readonly message: string; readonly retryAfterMs?: number } }

/** A whole listing at once: the calendars of the scale test are small. */
export interface WireListing {
  readonly complete: boolean
  readonly pages: readonly unknown[]
}

/** What the calls of an account give, by method. */
export interface WireValues {
  readonly listCalendars: readonly RemoteCalendar[]
  readonly changes: WireListing
  readonly fetch: readonly Fetched[]
  readonly create: Written
  readonly update: Written
  readonly remove: undefined
}
