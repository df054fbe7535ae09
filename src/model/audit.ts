import * as z from 'zod'
import { canonical } from './canonical.js'
import { type Field, FieldSchema } from './content.js'
import type { RunCause } from './engine-event.js'
import { keyedDigest, sha256Hex } from './hash.js'
import {
  type CalendarId,
  type ConnectionId,
  type EventId,
  type GroupId,
  idSchema,
  type RunId,
  type UserId,
} from './ids.js'
import type { Json } from './json.js'

/**
 * What was done, entry by entry, in chains: each entry's hash covers the hash of the one before it, so that nothing can be
 * changed, left out, moved or put in later without a trace.
 */

/** A chain of entries, by name: the id of a group, or {@link userChain}. */
export type ChainId = GroupId | typeof userChain

/** The chain of what was done to a user's settings, connections and watches. No group has this id. */
export const userChain = '~user'

/** What was done. Without a dot: to an event of a group; with one: to a setting or a connection. */
export type AuditAction = (typeof auditActions)[number]

/** Everything that the audit may tell of. */
export const auditActions = [
  'created',
  'updated',
  'removed',
  'adopted',
  'parked',
  'resolved',
  'reopened',
  'undone',
  'approved',
  'rejected',
  'group.created',
  'group.changed',
  'group.removed',
  'rules.added',
  'connection.added',
  'connection.signedIn',
  'connection.needsSignIn',
  'connection.disconnected',
  'connection.resealed',
  'watch.started',
  'watch.stopped',
  'pause.added',
  'pause.removed',
  'copies.cleaned',
] as const

/** Who did it: a run, a person, or the engine by itself. `name` is what the host calls the person. */
export type AuditActor =
  | { readonly run: RunId }
  | { readonly user: UserId; readonly name?: string }
  | { readonly engine: true }

/** One append-only entry for a change that a sync made or a person decided. */
export interface AuditEntry {
  readonly id: string
  readonly chain: ChainId
  /** Its place in the chain, from 1 and without gaps. */
  readonly seq: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** Null for what is about no group. */
  readonly groupId: GroupId | null
  /** Null for what is about no single event. */
  readonly eventId: EventId | null
  readonly actor: AuditActor
  /** Why the run began that did it; absent where no run did. */
  readonly cause?: RunCause
  readonly action: AuditAction
  readonly calendarId: CalendarId | null
  readonly connectionId?: ConnectionId
  /** What was changed of an event. */
  readonly fields: readonly Field[]
  /** What was changed of a group or a connection, by the names of its settings. */
  readonly settings?: readonly string[]
  /** Digest of the copy, or of the settings, before and after; null where there was or is none. */
  readonly before: string | null
  readonly after: string | null
  /** What the digests are of; kept only with `auditValues` in the engine's options. Never what proves a sign-in. */
  readonly values?: { readonly before: Json; readonly after: Json }
  /** SHA-256 of the hash before it and everything above, in hex. */
  readonly hash: string
}

/** An entry that has no place in its chain yet. */
export type AuditNote = Omit<AuditEntry, 'seq' | 'hash'>

/** Where a chain begins after its oldest entries were dropped. */
export interface ChainAnchor {
  /** The newest entry that was dropped, and its hash. */
  readonly seq: number
  readonly hash: string
  /** When it was dropped; milliseconds since 1970. */
  readonly at: number
}

/** The end of a chain: how many entries it has had, and the hash of the newest. */
export interface ChainHead {
  readonly chain: ChainId
  readonly seq: number
  readonly hash: string
  readonly anchor?: ChainAnchor
  /** A keyed digest of all this with the engine's `secret`. */
  readonly seal: string
}

/** The head of a chain that has no entries. The user is part of it: a chain fits nobody else. */
export function emptyChain(user: UserId, chain: ChainId): Omit<ChainHead, 'seal'> {
  return { chain, seq: 0, hash: sha256Hex(canonical(['calweave audit', user, chain])) }
}

/** The hash of an entry, given the hash of the one before it. What `hash` says itself does not count. */
export function entryHash(previous: string, { hash: _own, ...entry }: AuditNote & { readonly hash?: unknown }): string {
  return sha256Hex(`${previous}\n${canonical(entry as unknown as Json)}`)
}

/** The seal of a head; nobody makes one without the secret. */
export function headSeal(secret: string, user: UserId, { chain, seq, hash, anchor }: Omit<ChainHead, 'seal'>): string {
  const from = anchor ? [String(anchor.seq), anchor.hash, String(anchor.at)] : []
  return keyedDigest(secret, 'audit head', user, chain, String(seq), hash, ...from)
}

const jsonSchema = z.json() as z.ZodType<Json>
const chainSchema = z.union([z.literal(userChain), idSchema<'Group'>()])

export const AuditEntrySchema: z.ZodType<AuditEntry> = z.strictObject({
  id: z.string(),
  chain: chainSchema,
  seq: z.int().min(1),
  at: z.number(),
  groupId: idSchema<'Group'>().nullable(),
  eventId: idSchema<'Event'>().nullable(),
  actor: z.union([
    z.strictObject({ run: idSchema<'Run'>() }),
    z.strictObject({ user: idSchema<'User'>(), name: z.string().max(256).exactOptional() }),
    z.strictObject({ engine: z.literal(true) }),
  ]),
  cause: z.enum(['person', 'push', 'schedule', 'import', 'upkeep']).exactOptional(),
  action: z.enum(auditActions),
  calendarId: idSchema<'Calendar'>().nullable(),
  connectionId: idSchema<'Connection'>().exactOptional(),
  fields: z.array(FieldSchema),
  settings: z.array(z.string()).exactOptional(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  values: z.strictObject({ before: jsonSchema, after: jsonSchema }).exactOptional(),
  hash: z.string(),
})

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex')

export const ChainHeadSchema: z.ZodType<ChainHead> = z.strictObject({
  chain: chainSchema,
  seq: z.int().min(0),
  hash: hashSchema,
  anchor: z.strictObject({ seq: z.int().min(1), hash: hashSchema, at: z.number() }).exactOptional(),
  seal: z.string().max(64),
})
