import { isPart } from '../merge/parts.js'
import { isWanted, type Loss, lossReport, outOfStep, type Target, type Targets } from '../merge/plan.js'
import type { AuditEntry } from '../model/audit.js'
import type { ConflictItem } from '../model/conflict.js'
import { type Field, fields } from '../model/content.js'
import type { Failure } from '../model/failure.js'
import type { SyncGroup } from '../model/group.js'
import type { CalendarId, EventId, RemoteId } from '../model/ids.js'
import type { Origin } from '../model/origin.js'
import type { Kin, Replica, SyncedEvent } from '../model/synced-event.js'
import type { MarkJudgement } from './mark.js'
import type { Observed } from './records.js'

/** Why an event is in a calendar, or is not, or is not as it should be. */
export type Because =
  | 'born_here'
  | 'same_meeting_here'
  | 'copy_in_step'
  | 'copy_out_of_step'
  | 'copy_to_come'
  | 'copy_in_doubt'
  | 'copy_rewritten_by_its_server'
  | 'copy_removed_by_a_person'
  | 'copy_taken_back'
  | 'series_as_single_events'
  | 'filtered'
  | 'calendar_is_only_read'
  | 'event_removed'
  | 'event_waits_for_a_person'

/** How an event stands in one calendar of its group, and why. */
export interface Standing {
  readonly calendarId: CalendarId
  readonly isThere: boolean
  readonly because: Because
  /** The same in a sentence. */
  readonly text: string
  readonly remoteId?: RemoteId
  /** The fields in which the copy is not as it should be. */
  readonly outOfStep: readonly Field[]
  /** What this calendar cannot hold or does not show, and what becomes of it there. */
  readonly losses: readonly Loss[]
  readonly failure?: Failure
}

/** Where a field got its value from. */
export interface FieldStory {
  readonly field: Field
  /** The calendar that changed it last; `by hand`: a person in calweave; null: as it was born. */
  readonly from: CalendarId | null
  /** When, as that calendar tells; milliseconds since 1970. */
  readonly changedAt: number | null
  /** How the disagreements about it ended, oldest first. */
  readonly conflicts: readonly Pick<ConflictItem, 'kind' | 'outcome' | 'winner' | 'strategy' | 'path'>[]
}

/** Everything that can be said of why an event is where it is and as it is. */
export interface Explanation {
  readonly eventId: EventId
  readonly origin: Origin
  readonly state: SyncedEvent['state']
  /** The event that this one was made of. */
  readonly kin?: Kin
  readonly calendars: readonly Standing[]
  /** The fields that were ever changed or disagreed on. */
  readonly fields: readonly FieldStory[]
  /** Every change that was made because of it, oldest first. */
  readonly history: readonly AuditEntry[]
}

/** Puts together why an event is where it is. Pure: what is known is handed in. */
export function explain(
  event: SyncedEvent,
  targets: Targets,
  items: readonly ConflictItem[],
  history: readonly AuditEntry[],
): Explanation {
  const losses = lossReport(event, targets)
  return {
    eventId: event.id,
    origin: event.origin,
    state: event.state,
    ...(event.kin ? { kin: event.kin } : {}),
    // What stands for one occurrence is in one calendar, and has no business in the others.
    calendars: [...targets]
      .filter(([calendarId]) => !isPart(event) || event.kin.calendarId === calendarId)
      .map(([calendarId, target]) => standing(event, calendarId, target, targets, losses)),
    fields: fieldStories(event, items),
    history,
  }
}

function standing(
  event: SyncedEvent,
  calendarId: CalendarId,
  target: Target,
  targets: Targets,
  losses: readonly Loss[],
): Standing {
  const replica = event.replicas[calendarId]
  const differing = replica?.status === 'live' ? outOfStep(event, replica, target) : []
  const because = reason(event, calendarId, replica, differing, targets)
  const failure = replica?.failure ?? (differing.length > 0 ? event.failure : undefined)
  return {
    calendarId,
    isThere: replica?.status === 'live' && !replica.gone,
    because,
    text: sentences[because],
    ...(replica?.remoteId === undefined ? {} : { remoteId: replica.remoteId }),
    outOfStep: differing,
    losses: losses.filter((loss) => loss.calendarId === calendarId),
    ...(failure ? { failure } : {}),
  }
}

function reason(
  event: SyncedEvent,
  calendarId: CalendarId,
  replica: Replica | undefined,
  differing: readonly Field[],
  targets: Targets,
): Because {
  if (event.state === 'removed' || event.state === 'removing') return 'event_removed'
  if (event.state === 'parked') return 'event_waits_for_a_person'
  if (replica?.withdrawn) return 'copy_taken_back'
  if (replica?.status === 'detached') return 'copy_removed_by_a_person'
  if (replica?.status === 'live' && replica.native)
    return calendarId === event.origin.calendarId ? 'born_here' : 'same_meeting_here'
  if (!isWanted(event, calendarId, targets, 'parts')) return 'filtered'
  if (!targets.get(calendarId)?.writable) return 'calendar_is_only_read'
  if (!isWanted(event, calendarId, targets)) return 'series_as_single_events'
  if (replica?.attempt && !replica.attempt.confirmed) return 'copy_in_doubt'
  if (replica?.status !== 'live') return 'copy_to_come'
  if (differing.length === 0) return 'copy_in_step'
  return event.failure?.reason === 'CHURN' ? 'copy_rewritten_by_its_server' : 'copy_out_of_step'
}

const sentences: Readonly<Record<Because, string>> = {
  born_here: 'The event was made in this calendar.',
  same_meeting_here: 'The same meeting stood in this calendar already; the two are kept in step as one.',
  copy_in_step: 'Our copy is here and shows what it should.',
  copy_out_of_step: 'Our copy is here and will be brought up to date by the next sync.',
  copy_to_come: 'A copy belongs here; the next sync makes it.',
  copy_in_doubt: 'A write to this copy was never answered; the next sync looks what became of it.',
  copy_rewritten_by_its_server:
    'The calendar changes this copy after every write; it is left alone until someone edits the event.',
  copy_removed_by_a_person: 'A person removed our copy here; it stays away.',
  copy_taken_back: 'The copy was taken back by an undo; it stays away.',
  series_as_single_events:
    'This calendar cannot hold a series; its occurrences stand here one by one, as far as the member wants them.',
  filtered: 'The event does not fit what its calendar sends or what this one receives.',
  calendar_is_only_read: 'Nothing is written to this calendar.',
  event_removed: 'The event was removed, and its copies with it.',
  event_waits_for_a_person:
    'The calendars disagree, and a person has to decide; until then every side keeps what it shows.',
}

function fieldStories(event: SyncedEvent, items: readonly ConflictItem[]): readonly FieldStory[] {
  return fields.flatMap((field) => {
    const source = event.provenance[field]
    const own = items.filter((item) => item.field === field)
    if (!source && own.length === 0) return []
    const conflicts = own.map(({ kind, outcome, winner, strategy, path }) => ({
      kind,
      outcome,
      winner,
      strategy,
      path,
    }))
    return [{ field, from: source?.calendarId ?? null, changedAt: source?.changedAt ?? null, conflicts }]
  })
}

/** Why an event in a calendar is, or is not, part of a group. */
export interface RemoteExplanation {
  readonly because:
    | 'part_of_the_group'
    | 'never_seen'
    | 'unreadable'
    | 'copy_of_another_installation'
    | 'copy_of_another_group'
    | 'calendar_is_only_written'
    | 'held'
    | 'waits_for_the_next_sync'
    | 'left_alone'
  /** The same in a sentence. */
  readonly text: string
  /** The synced event, where it is part of the group. */
  readonly eventId?: EventId
  readonly failure?: Failure
}

/** Puts together why a remote event is part of a group, or is not. */
export function explainRemote(known: {
  readonly group: SyncGroup
  readonly calendarId: CalendarId
  readonly bound: { readonly eventId: EventId } | undefined
  readonly row: Pick<Observed, 'event' | 'failure'> | undefined
  readonly mark: MarkJudgement
  readonly waits: boolean
}): RemoteExplanation {
  const because = remoteReason(known)
  const failure = known.row?.failure
  return {
    because,
    text: remoteSentences[because],
    ...(known.bound ? { eventId: known.bound.eventId } : {}),
    ...(failure ? { failure } : {}),
  }
}

function remoteReason(known: Parameters<typeof explainRemote>[0]): RemoteExplanation['because'] {
  const { group, calendarId, bound, row, mark, waits } = known
  if (bound) return 'part_of_the_group'
  if (!row) return 'never_seen'
  if (!row.event) return 'unreadable'
  if (mark === 'foreign') return 'copy_of_another_installation'
  if (row.event.mark && mark === 'ours' && row.event.mark.groupId !== group.id) return 'copy_of_another_group'
  if (waits) return group.heldCreations[calendarId]?.approved === false ? 'held' : 'waits_for_the_next_sync'
  const isOnlyWritten = group.members.some((one) => one.calendarId === calendarId && one.direction === 'write')
  return isOnlyWritten ? 'calendar_is_only_written' : 'left_alone'
}

const remoteSentences: Readonly<Record<RemoteExplanation['because'], string>> = {
  part_of_the_group: 'The event is kept in step with the other calendars of the group.',
  never_seen: 'No listing of this calendar has shown this event yet.',
  unreadable: 'The event cannot be read; it is tried again when it changes.',
  copy_of_another_installation: 'Another installation made this copy; it is never taken for an event of its own.',
  copy_of_another_group: 'This is a copy that another group made; copies are not copied.',
  calendar_is_only_written: 'The calendar is only written to in this group; what people enter there stays there.',
  held: 'Very many new events came at once; they wait for a person.',
  waits_for_the_next_sync: 'The next sync takes it up.',
  left_alone: 'It is left alone: its copies were refused, or it stands beside an event that it is the same as.',
}
