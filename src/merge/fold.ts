import type { ConflictItem, ConflictKind, Resolution } from '../model/conflict.js'
import type { Field } from '../model/content.js'
import type { SyncGroup } from '../model/group.js'
import type { CalendarId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import { type Disagreement, seriesFields } from './merge.js'
import type { Targets } from './plan.js'
import { ask, type FieldConflict, type NamedStrategy, type Side } from './strategy.js'

/** What a decision is made with besides the event itself. */
export interface DecideContext {
  readonly targets: Targets
  readonly chain: readonly NamedStrategy[]
  readonly removal: SyncGroup['removal']
  /** What a person said about this event's open conflict. */
  readonly resolution?: Resolution
}

/** The event in the making. Lives for one decision only. */
export class Fold {
  event: SyncedEvent
  readonly context: DecideContext
  readonly items: ConflictItem[] = []
  undecided = false
  /** A person changed something for certain. */
  edited = false

  constructor(event: SyncedEvent, context: DecideContext) {
    this.event = event.state === 'parked' ? { ...event, state: stateBeforeParking(event) } : event
    this.context = context
  }

  /** Puts one replica in its place. */
  setReplica(replica: Replica): void {
    this.event = { ...this.event, replicas: { ...this.event.replicas, [replica.calendarId]: replica } }
  }

  /** Asks the person's resolution, then the strategies; logs what was decided, and by whom. */
  judge(conflict: FieldConflict, kind: ConflictKind): CalendarId | undefined {
    const chosen = this.context.resolution?.take[conflict.field]
    const verdict = chosen === undefined ? ask(this.context.chain, conflict) : { winner: chosen, strategy: 'person' }
    this.log(conflict, kind, verdict)
    if (!verdict) this.undecided = true
    // What a person chose is no doubtful value any more.
    if (chosen !== undefined) this.edited = true
    return verdict?.winner
  }

  log(conflict: FieldConflict, kind: ConflictKind, verdict?: { winner: CalendarId; strategy: string }): void {
    this.items.push({
      field: conflict.field,
      path: conflict.path,
      kind,
      base: conflict.base,
      sides: conflict.sides.map(({ calendarId, value, changedAt }) => ({ calendarId, value, changedAt })),
      winner: verdict?.winner ?? null,
      strategy: verdict?.strategy ?? null,
    })
  }

  side(calendarId: CalendarId, value: Json, changedAt: number | null): Side {
    const priority = this.context.targets.get(calendarId)?.member.priority ?? Number.MAX_SAFE_INTEGER
    return { calendarId, value, changedAt, priority, isOrigin: calendarId === this.event.origin.calendarId }
  }

  /**
   * The side that the content's present value came from, as far as it is not `other` itself: of a series the field that
   * moved counts, and of an element the field only tells who changed any of them last.
   */
  ours(field: Field, value: Json, other: CalendarId): Side {
    const asked = seriesFields.includes(field) ? [field, ...seriesFields] : [field]
    const sources = asked.flatMap((name) => this.event.provenance[name] ?? [])
    const source = sources.find(({ calendarId }) => calendarId !== other)
    if (source) return this.side(source.calendarId, value, source.changedAt)
    const elsewhere = [this.event.origin.calendarId, ...(Object.keys(this.event.replicas) as CalendarId[])]
    return this.side(elsewhere.find((calendarId) => calendarId !== other) ?? other, value, null)
  }
}

/** Only an event whose removal had begun has copies that are removed. */
function stateBeforeParking(event: SyncedEvent): SyncedEvent['state'] {
  return Object.values(event.replicas).some(({ status }) => status === 'removed') ? 'removing' : 'live'
}

/** A disagreement with the two sides it came from. */
export function conflictOf(disagreement: Disagreement, ours: Side, theirs: Side): FieldConflict {
  const { field, path, base } = disagreement
  return { field, path, base, sides: [ours, theirs] }
}
