import * as z from 'zod'
import { type Failure, FailureSchema } from './failure.js'
import { type CalendarId, type ConnectionId, type Cursor, idSchema, type RemoteCalendarId, type UserId } from './ids.js'
import type { Json } from './json.js'

/** What may be done at an account: see only when somebody is busy, read events, or read and write them. */
export type AccessMode = 'busy' | 'read' | 'write'

/** Who somebody is at an authorization server, as an ID token proves it. */
export interface ProvenAccount {
  readonly issuer: string
  readonly subject: string
}

/** One user's authorization at one provider account. What proves it is never in here. */
export interface Connection {
  readonly id: ConnectionId
  readonly userId: UserId
  /** Short name of the provider, as it names itself. */
  readonly provider: string
  /** What a person calls this account. */
  readonly name: string
  /** What the provider needs to find the account, e.g. a URL. No secrets. */
  readonly settings: Json
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** What the person was asked to allow; absent where nobody signed in through calweave. */
  readonly mode?: AccessMode
  /** What the person did allow, in the provider's words. */
  readonly scopes?: readonly string[]
  /** What {@link mode} needs and the person did not allow, or took back. */
  readonly missingScopes?: readonly string[]
  /** Who signed in, where the server proves that. Another account cannot take this one's place. */
  readonly account?: ProvenAccount
  /** A person has to sign in (again). Until then the provider is not asked, and nothing is lost. */
  readonly needs?: 'sign-in'
  /** Why it {@link needs} something. */
  readonly failure?: Failure
}

/** A connection with what only calweave itself may see. */
export interface KeptConnection extends Connection {
  /** What is sealed: the tokens of a sign-in, or credentials that a host gave. Absent: the host keeps them. */
  readonly keeps?: 'tokens' | 'credentials'
  readonly sealed?: string
  /** Grows with every other secret. Sealing the same one anew does not count. */
  readonly generation?: number
  /** The OAuth client that the tokens are of, by its name in the options. */
  readonly client?: string
  /** Milliseconds since 1970. */
  readonly signedInAt?: number
}

/** One collection of events at a connection. */
export interface Calendar {
  readonly id: CalendarId
  readonly userId: UserId
  readonly connectionId: ConnectionId
  readonly provider: string
  readonly remoteId: RemoteCalendarId
  readonly name: string
  /** `read`: nothing is ever written there. */
  readonly access: 'read' | 'write'
  /** IANA zone that floating times fall into; null when the calendar does not tell. */
  readonly zone: string | null
  readonly color: string | null
  readonly pull: PullState
}

/** How far the mirror of a calendar is. */
export interface PullState {
  /** Where the last whole pull ended. */
  readonly cursor?: Cursor
  /** Where a pull that was cut off goes on. */
  readonly resume?: Cursor
  /** Grows with every complete listing; tells what was seen in it and what was not. */
  readonly generation: number
  /** A complete listing of this generation is under way. */
  readonly listing: boolean
  /** At least one complete listing has ended. Until then nothing may be concluded from what is missing. */
  readonly complete: boolean
  /** When a complete listing last ended, milliseconds since 1970. */
  readonly listedAt?: number
  readonly failure?: Failure
  /** Since when it could not be read, milliseconds since 1970; absent where the last attempt succeeded. */
  readonly failingSince?: number
  /** The service asked not to be called before this, milliseconds since 1970. */
  readonly notBefore?: number
}

export const AccessModeSchema: z.ZodType<AccessMode> = z.enum(['busy', 'read', 'write'])

export const ConnectionSchema: z.ZodType<Connection> = z.object({
  id: idSchema<'Connection'>(),
  userId: idSchema<'User'>(),
  provider: z.string().min(1).max(64),
  name: z.string().max(1024),
  settings: z.json() as z.ZodType<Json>,
  createdAt: z.number(),
  mode: AccessModeSchema.exactOptional(),
  scopes: z.array(z.string()).exactOptional(),
  missingScopes: z.array(z.string()).exactOptional(),
  account: z.object({ issuer: z.string(), subject: z.string() }).exactOptional(),
  needs: z.literal('sign-in').exactOptional(),
  failure: FailureSchema.exactOptional(),
})

/** The connection as a host may see it. */
export function shownConnection(kept: KeptConnection): Connection {
  const { keeps: _how, sealed: _secret, generation: _nth, client: _client, signedInAt: _at, ...shown } = kept
  return shown
}

export const CalendarSchema: z.ZodType<Calendar> = z.object({
  id: idSchema<'Calendar'>(),
  userId: idSchema<'User'>(),
  connectionId: idSchema<'Connection'>(),
  provider: z.string().min(1).max(64),
  remoteId: idSchema<'RemoteCalendar'>(),
  name: z.string().max(1024),
  access: z.enum(['read', 'write']),
  zone: z.string().nullable(),
  color: z.string().nullable(),
  pull: z.object({
    cursor: (z.string() as unknown as z.ZodType<Cursor>).exactOptional(),
    resume: (z.string() as unknown as z.ZodType<Cursor>).exactOptional(),
    generation: z.int(),
    listing: z.boolean(),
    complete: z.boolean(),
    listedAt: z.number().exactOptional(),
    failure: FailureSchema.exactOptional(),
    failingSince: z.number().exactOptional(),
    notBefore: z.number().exactOptional(),
  }),
})
