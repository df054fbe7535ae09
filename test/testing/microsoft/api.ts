import {
  type FakeMicrosoft,
  type FakeMicrosoftAccount,
  type FakeMicrosoftOptions,
  fakeMicrosoft,
  type MicrosoftEvent,
} from '../../../src/testing/microsoft/index.js'
import { checkedFetch } from './checked.js'

/** The body of any answer, as far as tests look into it. */
export interface Body extends MicrosoftEvent {
  readonly value?: readonly MicrosoftEvent[]
  readonly '@odata.nextLink'?: string
  readonly '@odata.deltaLink'?: string
  readonly '@odata.count'?: number
  readonly error?: { readonly code: string; readonly message: string }
}

export interface Reply {
  readonly status: number
  readonly body: Body
  /** Why it was refused. */
  readonly code: string | undefined
  readonly headers: Headers
}

export interface AskOptions {
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly prefer?: string
}

export interface Stage {
  readonly microsoft: FakeMicrosoft
  readonly jane: FakeMicrosoftAccount
  /** Asks as Jane: a verb and a path below `/v1.0/`, or a link. */
  ask(verb: string, path: string, options?: AskOptions): Promise<Reply>
}

/** A Graph with one account, at a time that stands still. */
export function stage(options: FakeMicrosoftOptions = {}): Stage {
  const microsoft = fakeMicrosoft({ now: () => Date.UTC(2026, 0, 1, 12), ...options })
  const jane = microsoft.addAccount()
  return { microsoft, jane, ask: (verb, path, asked = {}) => ask(microsoft, jane.token ?? '', verb, path, asked) }
}

/** What every request of a program that syncs prefers. */
export const immutable = 'IdType="ImmutableId"'

/** Asks with a token. What is taken and given is held against the description of the API. */
export async function ask(
  microsoft: FakeMicrosoft,
  token: string,
  verb: string,
  path: string,
  { query = {}, body, headers = {}, prefer }: AskOptions = {},
): Promise<Reply> {
  const url = new URL(path.startsWith('https:') ? path : `https://graph.microsoft.com/v1.0/${path}`)
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value)
  const request = new Request(url, {
    method: verb,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      prefer: [immutable, ...(prefer === undefined ? [] : [prefer])].join(', '),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const response = await checkedFetch(microsoft, request)
  const text = await response.text()
  const read = (text.startsWith('{') ? JSON.parse(text) : {}) as Body
  return { status: response.status, body: read, code: read.error?.code, headers: response.headers }
}

export const berlin = 'Europe/Berlin'

/** A time in Berlin. */
export function at(
  dateTime: string,
  timeZone: string = berlin,
): { readonly dateTime: string; readonly timeZone: string } {
  return { dateTime, timeZone }
}

/** A plain event of an hour. */
export function hour(more: MicrosoftEvent = {}): MicrosoftEvent {
  return { subject: 'Lunch', start: at('2026-01-05T12:00:00'), end: at('2026-01-05T13:00:00'), ...more }
}

/** A daily series from the fifth of January, twelve to one. */
export function daily(count = 5, more: MicrosoftEvent = {}): MicrosoftEvent {
  const range = { type: 'numbered', startDate: '2026-01-05', numberOfOccurrences: count }
  return hour({ subject: 'Stand-up', recurrence: { pattern: { type: 'daily', interval: 1 }, range }, ...more })
}

/** A window that has all of these. */
export const january = { startDateTime: '2026-01-01T00:00:00Z', endDateTime: '2026-02-01T00:00:00Z' }
