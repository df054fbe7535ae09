import { unionText } from '../mapping/text-merge.js'
import type { ConflictItem, ConflictKind, Choice as PersonsChoice, Resolution } from '../model/conflict.js'
import type { Field } from '../model/content.js'
import type { SyncGroup } from '../model/group.js'
import type { CalendarId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import { type Choice, seriesFields } from './merge.js'
import type { Targets } from './plan.js'
import { ask, type FieldConflict, isText, type Ruling, type Side, type Strategies } from './strategy.js'

/** What a decision is made with besides the event itself. */
export interface DecideContext {
  readonly targets: Targets
  readonly strategies: Strategies
  readonly removal: SyncGroup['removal']
  /** What a person said about this event's open conflict. */
  readonly resolution?: Resolution
  /** Names this decision among all of this event: what is made in it gets its id from here. */
  readonly version: number
}

/** The event in the making. Lives for one decision only. */
export class Fold {
  event: SyncedEvent
  readonly context: DecideContext
  readonly items: ConflictItem[] = []
  undecided = false
  /** A person changed something for certain. */
  edited = false
  /** A person put the event into a calendar, or back into one. */
  putThere = false
  /** The calendars whose side is kept as an event of its own. */
  readonly keptApart: Set<CalendarId> = new Set()
  /** The events that were made of those sides. */
  readonly spawned: SyncedEvent[] = []

  constructor(event: SyncedEvent, context: DecideContext) {
    this.event = event.state === 'parked' ? { ...event, state: stateBeforeParking(event) } : event
    this.context = context
  }

  /** Puts one replica in its place. */
  setReplica(replica: Replica): void {
    this.event = { ...this.event, replicas: { ...this.event.replicas, [replica.calendarId]: replica } }
  }

  /**
   * Asks the person's resolution, then the strategies; logs what was decided, and by whom. Undecided: ours, and the event
   * is parked.
   */
  judge(conflict: FieldConflict, kind: ConflictKind): Choice {
    const chosen = this.context.resolution?.take[conflict.field]
    const asked = chosen === undefined ? ask(this.context.strategies, conflict) : ruled(chosen, 'person', conflict)
    const ruling = asked !== 'park' ? asked : isSurplus(this.event) ? twinRuling(conflict) : undefined
    this.log(conflict, kind, ruling)
    if (!ruling) this.undecided = true
    // What a person chose is no doubtful value any more.
    if (chosen !== undefined) this.edited = true
    const [ours, theirs] = conflict.sides
    if (ruling?.verdict === 'both') this.keptApart.add(theirs.calendarId)
    if (ruling?.verdict === 'merge') return { value: bothTexts(conflict) }
    return ruling?.verdict === theirs.calendarId && ours.calendarId !== theirs.calendarId ? 'theirs' : 'ours'
  }

  log(conflict: FieldConflict, kind: ConflictKind, ruling?: Ruling): void {
    const verdict = ruling?.verdict
    const outcome =
      verdict === undefined ? null : verdict === 'both' ? 'both' : verdict === 'merge' ? 'merged' : 'taken'
    this.items.push({
      field: conflict.field,
      path: conflict.path,
      kind,
      base: conflict.base,
      sides: conflict.sides.map(({ calendarId, value, changedAt }) => ({ calendarId, value, changedAt })),
      winner: verdict === 'both' ? conflict.sides[0].calendarId : verdict === 'merge' ? null : (verdict ?? null),
      outcome,
      strategy: ruling?.strategy ?? null,
    })
  }

  /** A disagreement, with the two sides it came from and the event it is about. */
  conflict(about: Pick<FieldConflict, 'field' | 'path' | 'base'>, ours: Side, theirs: Side): FieldConflict {
    const { field, path, base } = about
    const { id, origin, content } = this.event
    return { field, path, base, sides: [ours, theirs], event: { id, origin, content } }
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
  return hasRemovedCopies(event) ? 'removing' : 'live'
}

/** On its way out, and nobody removed it anywhere. */
function isSurplus(event: SyncedEvent): boolean {
  return event.state === 'removing' && !hasRemovedCopies(event)
}

function hasRemovedCopies({ replicas }: SyncedEvent): boolean {
  return Object.values(replicas).some(({ status }) => status === 'removed')
}

/** Nobody is asked about a copy that goes because another one stands in its place: what it says is kept in the log. */
function twinRuling({ sides: [, theirs] }: FieldConflict): Ruling {
  return { verdict: theirs.calendarId, strategy: 'twin' }
}

/** A person's word as a ruling. Both texts can be kept of texts only; elsewhere the first side is. */
function ruled(choice: PersonsChoice, strategy: string, conflict: FieldConflict): Ruling {
  return { verdict: choice === 'merge' && !isText(conflict) ? conflict.sides[0].calendarId : choice, strategy }
}

function bothTexts({ base, sides: [ours, theirs] }: FieldConflict): string {
  return unionText(String(base ?? ''), String(ours.value ?? ''), String(theirs.value ?? ''))
}
