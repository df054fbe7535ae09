import * as z from 'zod'
import { type Failure, FailureSchema } from './failure.js'
import { type CalendarId, type ConnectionId, type Cursor, idSchema, type RemoteCalendarId, type UserId } from './ids.js'
import type { Json } from './json.js'

/** One user's authorization at one provider account. Credentials are not in it: the host hands them over when asked. */
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
  /** The service asked not to be called before this, milliseconds since 1970. */
  readonly notBefore?: number
}

export const ConnectionSchema: z.ZodType<Connection> = z.object({
  id: idSchema<'Connection'>(),
  userId: idSchema<'User'>(),
  provider: z.string().min(1).max(64),
  name: z.string().max(1024),
  settings: z.json() as z.ZodType<Json>,
  createdAt: z.number(),
})

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
    notBefore: z.number().exactOptional(),
  }),
})
