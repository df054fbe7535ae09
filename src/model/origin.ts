import * as z from 'zod'
import {
  type CalendarId,
  type CreateKey,
  type EventId,
  type GroupId,
  idSchema,
  type RemoteId,
  type Uid,
  type UserId,
} from './ids.js'

/** Where an event was born. Written once and never changed, whatever becomes of the event. */
export interface Origin {
  /** Short name of the provider, as it names itself. */
  readonly provider: string
  readonly calendarId: CalendarId
  /** The calendar's name when the event was first seen: what a person recognises. */
  readonly calendarName: string
  readonly remoteId: RemoteId
  readonly uid: Uid
  /** When calweave first saw it, milliseconds since 1970. */
  readonly firstSyncedAt: number
  /** Whose sync brought it in. */
  readonly initiatedBy: UserId
}

/** What a copy tells of its origin: everything but whose sync it was, for a copy may be seen by others. */
export type ToldOrigin = Omit<Origin, 'initiatedBy'>

/**
 * The stamp inside a copy that we wrote. It carries the attribution and survives the loss of our database.
 *
 * A mark counts only where it identifies itself: people copy events, and with them the mark. So it names the
 * calendar, the incarnation and the key of the very copy that it belongs to, and is signed.
 */
export interface Mark {
  readonly groupId: GroupId
  readonly eventId: EventId
  /** The calendar that this copy stands in. */
  readonly calendarId: CalendarId
  /** Grows each time the copy has to be created anew, so that ids are never used twice. */
  readonly incarnation: number
  readonly key: CreateKey
  /** Absent in a copy that must not tell where it comes from (busy only). */
  readonly origin?: ToldOrigin
  /** Keyed digest over all of the above. */
  readonly signature: string
}

const told = {
  provider: z.string().min(1).max(64),
  calendarId: idSchema<'Calendar'>(),
  calendarName: z.string().max(1024),
  remoteId: idSchema<'Remote'>(),
  uid: idSchema<'Uid'>(),
  firstSyncedAt: z.number(),
}

export const OriginSchema: z.ZodType<Origin> = z.object({ ...told, initiatedBy: idSchema<'User'>() })

export const MarkSchema: z.ZodType<Mark> = z.object({
  groupId: idSchema<'Group'>(),
  eventId: idSchema<'Event'>(),
  calendarId: idSchema<'Calendar'>(),
  incarnation: z.int().min(0),
  key: idSchema<'CreateKey'>(),
  origin: (z.object(told) as z.ZodType<ToldOrigin>).exactOptional(),
  signature: z.string().min(1).max(128),
})

/**
 * A mark as one line of text for a provider's metadata: base64url, so without the commas, semicolons, colons and
 * backslashes that several servers damage inside X- properties.
 */
export function encodeMark(mark: Mark): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(mark))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Reads what {@link encodeMark} wrote; undefined for anything else. Says nothing about whether to believe it. */
export function decodeMark(text: string): Mark | undefined {
  if (text.length > 8_192) return undefined
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = new Uint8Array(binary.length)
    for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at)
    const parsed = MarkSchema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
