import * as z from 'zod'
import {
  type EventContent,
  EventContentSchema,
  type Field,
  FieldSchema,
  type OccurrenceContent,
  OccurrenceContentSchema,
  type Slot,
  SlotSchema,
} from './content.js'
import { type Failure, FailureSchema } from './failure.js'
import {
  type CalendarId,
  type ConflictId,
  type CreateKey,
  type EventId,
  type GroupId,
  idSchema,
  type RemoteId,
  type Revision,
  type RunId,
  type Uid,
  type UserId,
} from './ids.js'
import { type Origin, OriginSchema } from './origin.js'

/** Who moved a field last, and when, as far as its calendar tells. */
export interface Provenance {
  readonly calendarId: CalendarId
  /** The provider's own stamp, milliseconds since 1970; null when it gives none. */
  readonly changedAt: number | null
}

/** A write that was recorded before it was tried, and whose result we have not seen yet. */
export interface Attempt {
  readonly kind: 'create' | 'update' | 'remove'
  /** What was sent. */
  readonly content: EventContent
  readonly fields: readonly Field[]
  /** Version of the mirror's record when this was recorded: anything newer was seen after it. */
  readonly mirrorVersion: number
  /** The service confirmed the write; `revision` is what it named, if it did. */
  readonly confirmed?: { readonly revision?: Revision }
  /** The run that looked for an unanswered create and did not find it: it never landed, or was removed again. */
  readonly missingIn?: RunId
}

/** A value that a server showed in place of the one that we wrote: how it renders it, learnt once. */
export interface Quirk {
  readonly field: Field
  /** Digest of what was written. */
  readonly wrote: string
  /** Digest of what was shown. */
  readonly shown: string
}

/**
 * One synced event in one member calendar.
 *
 * - `absent`: should be there and is not yet
 * - `live`: is there
 * - `removed`: we removed it, or a person did; it comes back only as a new incarnation
 * - `detached`: a person removed our copy where removals do not travel; it stays away
 */
export interface Replica {
  readonly calendarId: CalendarId
  readonly status: 'absent' | 'live' | 'removed' | 'detached'
  /** Made by a person in this calendar, not written by us. Such an event is never given a mark. */
  readonly native: boolean
  readonly remoteId?: RemoteId
  readonly incarnation: number
  readonly key: CreateKey
  /** What the calendar showed when this replica was last settled, in its own rendering. */
  readonly agreed?: EventContent
  /**
   * The canonical values that stand behind `agreed` where the calendar renders them differently (trimmed, dropped,
   * rewritten). A field that is not here stands for itself.
   */
  readonly standsFor: Partial<EventContent>
  readonly revision?: Revision
  /** The provider's stamp of `agreed`, milliseconds since 1970. */
  readonly changedAt: number | null
  /** Digests of earlier `agreed` contents, newest first: how a stale answer is recognised. */
  readonly history: readonly string[]
  readonly attempt?: Attempt
  readonly quirks: readonly Quirk[]
  /** Values that were sent and never answered for: should one of them show up late, it is ours and no edit. */
  readonly unanswered: readonly Omit<Quirk, 'shown'>[]
  /** Proven to be gone since it was last settled. */
  readonly gone?: true
  /**
   * Stands under another id than before: a person took it out and put it back, or its server renamed it. That is a word
   * for the event, should it be removed elsewhere at the same time.
   */
  readonly putBack?: true
  /** A person took the copy back (undo): it is removed, and stays away. */
  readonly withdrawn?: true
  /**
   * A removal of ours was never answered, and the copy stood there after it: should it be gone at this revision, that removal
   * arrived late, and nobody meant it any more.
   */
  readonly mayStillGo?: true
  /** Writes since a person last changed anything: what the churn breaker counts. */
  readonly rewrites: number
  /** What of it nobody can change in its calendar: it stays there as it is, whatever the event says. */
  readonly locked?: readonly Field[]
  readonly failure?: Failure
}

/** One logical event of a group: what it says, where it came from, and its copies. */
export interface SyncedEvent {
  readonly id: EventId
  readonly groupId: GroupId
  readonly origin: Origin
  readonly uid: Uid
  readonly content: EventContent
  /** `removing`: a person removed it and the copies follow. `removed`: a tombstone. `parked`: waits for a person. */
  readonly state: 'live' | 'removing' | 'removed' | 'parked'
  readonly provenance: Readonly<Partial<Record<Field, Provenance>>>
  /** Fields whose value came from an ambiguous read, not from a certain edit; they never defeat a removal. */
  readonly weak: readonly Field[]
  readonly replicas: Readonly<Record<string, Replica>>
  /** When there is work on it: milliseconds since 1970 of the next attempt. Null: in step. */
  readonly due: number | null
  /** Failed attempts in a row. */
  readonly attempts: number
  readonly failure?: Failure
  readonly conflictId?: ConflictId
  /** What a person wants it to say, decided in calweave and not in a calendar. Taken up by the next sync. */
  readonly proposal?: Proposal
  /** The event that this one was made of, when it did not begin as an event of its own. */
  readonly kin?: Kin
  /** Set where a series stands somewhere as single events: a digest of what those were made for. */
  readonly parted?: string
}

/** A content that a person wants (an undo, a conflict decided anew), and the content it was said of. */
export interface Proposal {
  readonly base: EventContent
  readonly content: EventContent
  readonly by: UserId
  /** Milliseconds since 1970. */
  readonly at: number
  /** The calendar in which it was said, of an occurrence that stands there as an event of its own. Absent: by hand. */
  readonly from?: CalendarId
}

/**
 * How an event came from another one.
 *
 * - `split`: the rest of a series that a person changed from one occurrence on ("this and following")
 * - `both`: the other side of a conflict of which both sides were kept
 * - `part`: one occurrence of a series, in a calendar that cannot hold the series
 */
export type Kin = { readonly how: 'split' | 'both'; readonly eventId: EventId } | PartKin

/** Which occurrence of which series a part stands for, and where. */
export interface PartKin {
  readonly how: 'part'
  readonly eventId: EventId
  readonly calendarId: CalendarId
  readonly slot: Slot
  /** What the series and the part told each other last; null: that it is removed. */
  readonly told: OccurrenceContent | null
}

const attempt: z.ZodType<Attempt> = z.object({
  kind: z.enum(['create', 'update', 'remove']),
  content: EventContentSchema,
  fields: z.array(FieldSchema),
  mirrorVersion: z.int(),
  confirmed: z.object({ revision: idSchema<'Revision'>().exactOptional() }).exactOptional(),
  missingIn: idSchema<'Run'>().exactOptional(),
})

export const ReplicaSchema: z.ZodType<Replica> = z.object({
  calendarId: idSchema<'Calendar'>(),
  status: z.enum(['absent', 'live', 'removed', 'detached']),
  native: z.boolean(),
  remoteId: idSchema<'Remote'>().exactOptional(),
  incarnation: z.int(),
  key: idSchema<'CreateKey'>(),
  agreed: EventContentSchema.exactOptional(),
  standsFor: z.record(z.string(), z.json()) as unknown as z.ZodType<Partial<EventContent>>,
  revision: idSchema<'Revision'>().exactOptional(),
  changedAt: z.number().nullable(),
  history: z.array(z.string()),
  attempt: attempt.exactOptional(),
  quirks: z.array(z.object({ field: FieldSchema, wrote: z.string(), shown: z.string() })),
  unanswered: z.array(z.object({ field: FieldSchema, wrote: z.string() })),
  gone: z.literal(true).exactOptional(),
  putBack: z.literal(true).exactOptional(),
  withdrawn: z.literal(true).exactOptional(),
  mayStillGo: z.literal(true).exactOptional(),
  rewrites: z.int(),
  locked: z.array(FieldSchema).exactOptional(),
  failure: FailureSchema.exactOptional(),
})

const provenance: z.ZodType<Provenance> = z.object({
  calendarId: idSchema<'Calendar'>(),
  changedAt: z.number().nullable(),
})

export const SyncedEventSchema: z.ZodType<SyncedEvent> = z.object({
  id: idSchema<'Event'>(),
  groupId: idSchema<'Group'>(),
  origin: OriginSchema,
  uid: idSchema<'Uid'>(),
  content: EventContentSchema,
  state: z.enum(['live', 'removing', 'removed', 'parked']),
  provenance: z.partialRecord(FieldSchema as z.ZodType<Field, Field>, provenance) as z.ZodType<
    Partial<Record<Field, Provenance>>
  >,
  weak: z.array(FieldSchema),
  replicas: z.record(z.string(), ReplicaSchema),
  due: z.number().nullable(),
  attempts: z.int(),
  failure: FailureSchema.exactOptional(),
  conflictId: idSchema<'Conflict'>().exactOptional(),
  proposal: z
    .object({
      base: EventContentSchema,
      content: EventContentSchema,
      by: idSchema<'User'>(),
      at: z.number(),
      from: idSchema<'Calendar'>().exactOptional(),
    })
    .exactOptional(),
  kin: z
    .union([
      z.object({ how: z.enum(['split', 'both']), eventId: idSchema<'Event'>() }),
      z.object({
        how: z.literal('part'),
        eventId: idSchema<'Event'>(),
        calendarId: idSchema<'Calendar'>(),
        slot: SlotSchema,
        told: OccurrenceContentSchema.nullable(),
      }),
    ])
    .exactOptional(),
  parted: z.string().exactOptional(),
})
