import type { GoogleEvent } from '../../../src/testing/google/index.js'
import {
  type FakeGoogle,
  type FakeGoogleAccount,
  type FakeGoogleOptions,
  fakeGoogle,
} from '../../../src/testing/google/index.js'
import { checkedFetch } from './checked.js'

/** The body of any answer, as far as tests look into it. */
export interface Body extends GoogleEvent {
  readonly items?: readonly GoogleEvent[]
  readonly nextPageToken?: string
  readonly nextSyncToken?: string
  readonly error?: {
    readonly code: number
    readonly message: string
    readonly errors: readonly { readonly reason: string; readonly location?: string }[]
  }
}

export interface Reply {
  readonly status: number
  readonly body: Body
  /** Why it was refused. */
  readonly reason: string | undefined
}

export interface AskOptions {
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Stage {
  readonly google: FakeGoogle
  readonly jane: FakeGoogleAccount
  /** Asks as Jane: a verb and a path below `/calendar/v3/`. */
  ask(verb: string, path: string, options?: AskOptions): Promise<Reply>
}

/** A Google with one account, at a time that stands still. */
export function stage(options: FakeGoogleOptions = {}): Stage {
  const google = fakeGoogle({ now: () => Date.UTC(2026, 0, 1, 12), ...options })
  const jane = google.addAccount()
  return { google, jane, ask: (verb, path, asked = {}) => ask(google, jane.token ?? '', verb, path, asked) }
}

/** Asks with a token. What is taken and given is held against the description of the API. */
export async function ask(
  google: FakeGoogle,
  token: string,
  verb: string,
  path: string,
  { query = {}, body, headers = {} }: AskOptions = {},
): Promise<Reply> {
  const url = new URL(`https://www.googleapis.com/calendar/v3/${path}`)
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) url.searchParams.append(name, one)
  const request = new Request(url, {
    method: verb,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const response = await checkedFetch(google, request)
  const text = await response.text()
  const read = (text.startsWith('{') ? JSON.parse(text) : {}) as Body
  return { status: response.status, body: read, reason: read.error?.errors[0]?.reason }
}

/** Where Jane's events are. */
export const events = 'calendars/primary/events'

/** A plain event of an hour. */
export function hour(more: GoogleEvent = {}): GoogleEvent {
  return {
    summary: 'Lunch',
    start: { dateTime: '2026-01-05T12:00:00+01:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-01-05T13:00:00+01:00', timeZone: 'Europe/Berlin' },
    ...more,
  }
}

/** A daily series from the fifth of January, twelve to one. */
export function daily(more: GoogleEvent = {}): GoogleEvent {
  return hour({ summary: 'Stand-up', recurrence: ['RRULE:FREQ=DAILY;COUNT=5'], ...more })
}
