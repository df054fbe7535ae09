import type { View } from '../mapping/projection.js'
import { type EventContent, type Field, fields } from '../model/content.js'
import { contentDigest, fieldDigest, identicalContent, sameField } from '../model/equality.js'
import type { Revision } from '../model/ids.js'
import type { Attempt, Quirk, Replica } from '../model/synced-event.js'
import { seriesFields } from './merge.js'
import { hasSwallowed, isNeutral, pick, unrendered } from './renderings.js'
import { remembering } from './replica.js'

/** What a calendar shows of a replica, as the mirror holds it. */
export interface ShownEvent {
  readonly content: EventContent
  readonly revision?: Revision
  /** The provider's stamp, milliseconds since 1970; null where it gives none. */
  readonly changedAt: number | null
  /** Seen after the replica's open attempt was recorded, so that it tells what became of it. */
  readonly newer: boolean
  readonly readOnly: boolean
  /** What of it nobody can change there. */
  readonly locked?: readonly Field[]
}

/**
 * What one field of a replica tells, compared with what was last agreed and with what we may have written.
 *
 * - `unchanged`: as agreed
 * - `landed`: our write, as sent
 * - `rendered`: our write, as this server renders it (trimmed, dropped, rewritten); not an edit
 * - `edited`: somebody changed it
 * - `doubtful`: changed, but perhaps by the server and not by a person: our write was never answered, or the answer
 *   did not say what was stored
 */
export type Reading = 'unchanged' | 'landed' | 'rendered' | 'edited' | 'doubtful'

type Readings = readonly (readonly [Field, Reading])[]

/** A replica read against what the calendar shows now. */
export interface Reply {
  /** The replica, settled on what is shown. */
  readonly replica: Replica
  /** What the replica stood for until now, in the copy's own terms; undefined when nothing is known. */
  readonly base: EventContent | undefined
  /** What it stands for now: what is shown, with this server's renderings undone. */
  readonly theirs: EventContent
  /** Fields that a person changed for certain, then fields that may have been changed. */
  readonly edited: readonly Field[]
  readonly doubtful: readonly Field[]
}

/** Reads a replica against what its calendar shows. Pure bookkeeping: nothing is decided here. */
export function read(tried: Replica, shown: ShownEvent, view: View, content: EventContent): Reply {
  const replica = hasMissed(tried, shown) ? withLateAttempt(tried) : withEarlierAttempt(tried, shown)
  const readings = asOneSeries(
    replica,
    fields.map((field) => [field, readField(field, replica, shown)]),
  )
  const having = (wanted: Reading) => readings.filter(([, reading]) => reading === wanted).map(([field]) => field)
  const base = baseAfter(replica, having('unchanged'))
  const changed = [...having('edited'), ...having('doubtful')]
  const theirs = base ? unrendered(replica, base, shown.content, having('doubtful')) : shown.content
  // What the view does not carry cannot be proposed: the change stays in that calendar, and we leave it alone there.
  const kept = base ? changed.filter((field) => !proposes(field, view, { theirs, base, content })) : []
  const proposed = changed.filter((field) => !kept.includes(field))
  const standing = {
    ...without(replica.standsFor, [...changed, ...having('landed')]),
    ...pick(
      theirs,
      proposed.filter((field) => !sameField(field, theirs, shown.content)),
    ),
    ...pick(base, kept),
  }
  return {
    base,
    theirs,
    edited: having('edited').filter((field) => proposed.includes(field)),
    doubtful: having('doubtful').filter((field) => proposed.includes(field)),
    replica: settled(replica, shown, having('unchanged'), {
      ...lasting(standing, replica.agreed, isAnyOther(readings, ['landed', 'rendered', 'edited', 'doubtful'])),
      ...lasting(
        pick(replica.attempt?.content, having('rendered')),
        shown.content,
        isAnyOther(readings, ['edited', 'doubtful']),
      ),
    }),
  }
}

/**
 * Whether a write that was never answered is not there, or not yet: a write is whole or not at all, and a field still
 * says what it said before. One that came back empty says nothing about that: many services drop a field.
 */
function hasMissed({ agreed, attempt }: Replica, { content }: ShownEvent): boolean {
  if (!agreed || !attempt || attempt.confirmed) return false
  return attempt.fields.some(
    (field) =>
      !isNeutral(field, content) && sameField(field, content, agreed) && !sameField(field, content, attempt.content),
  )
}

/** The same replica without the attempt, of which everything may still arrive. */
function withLateAttempt(replica: Replica): Replica {
  const { attempt, ...rest } = replica
  return { ...rest, unanswered: attempt ? lateWrites(replica, attempt, attempt.fields) : replica.unanswered }
}

/** The same replica as agreed on what shows, where that is what a create said which had been taken for lost. */
function withEarlierAttempt(replica: Replica, { content }: ShownEvent): Replica {
  const { agreed, attempt, history } = replica
  if (agreed || attempt?.confirmed || history.length === 0) return replica
  if ((attempt && identicalContent(attempt.content, content)) || !history.includes(contentDigest(content)))
    return replica
  const { attempt: _next, ...rest } = replica
  return { ...rest, agreed: content }
}

/**
 * What names the occurrences of a series changes together. Whoever moves or cuts it takes its overrides along, whatever is
 * left of them: those are not "dropped by the server". And no part of it is an earlier write of ours that arrives late,
 * which would have brought the other parts, too.
 */
function asOneSeries(replica: Replica, readings: Readings): Readings {
  const isChanged = (names: readonly Field[]) =>
    readings.some(([field, reading]) => names.includes(field) && (reading === 'edited' || reading === 'doubtful'))
  if (!isChanged(seriesFields)) return readings
  const isReshaped = isChanged(['time', 'recurrence'])
  const { agreed, standsFor, attempt } = replica
  const isTakenAlong = (field: Field, reading: Reading) => {
    if (reading === 'landed') return !attempt?.fields.includes(field)
    if (field !== 'overrides' || !isReshaped) return false
    return reading === 'rendered' || (reading === 'unchanged' && hasSwallowed(agreed, standsFor))
  }
  return readings.map(([field, reading]) => [
    field,
    seriesFields.includes(field) && isTakenAlong(field, reading) ? 'doubtful' : reading,
  ])
}

/** Renderings that still hold: an occurrence that looks regular says what its series says, which may be new by now. */
function lasting(
  standsFor: Partial<EventContent>,
  shown: EventContent | undefined,
  isRetold: boolean,
): Partial<EventContent> {
  return isRetold && hasSwallowed(shown, standsFor) ? without(standsFor, ['overrides']) : standsFor
}

function isAnyOther(readings: Readings, wanted: readonly Reading[]): boolean {
  return readings.some(([field, reading]) => field !== 'overrides' && wanted.includes(reading))
}

/**
 * The canonical content that a replica stands for: what its calendar showed, with the known renderings undone, and with
 * a write that the service confirmed but has not shown yet.
 */
export function baseOf({ agreed, standsFor, attempt }: Replica): EventContent | undefined {
  const shown = agreed && { ...agreed, ...standsFor }
  if (!attempt?.confirmed || attempt.kind === 'remove') return shown
  return shown ? { ...shown, ...pick(attempt.content, attempt.fields) } : attempt.content
}

function readField(field: Field, replica: Replica, shown: ShownEvent): Reading {
  const { agreed, attempt } = replica
  const changed = !agreed || !sameField(field, shown.content, agreed)
  if (!attempt?.fields.includes(field)) {
    if (!changed) return 'unchanged'
    return isLateWrite(field, replica, shown.content) ? 'landed' : 'edited'
  }
  if (sameField(field, shown.content, attempt.content)) return 'landed'
  const atOurRevision = attempt.confirmed?.revision !== undefined && attempt.confirmed.revision === shown.revision
  if (atOurRevision) return 'rendered'
  // Nothing tells that it arrived, however the server may have rendered such a value before.
  if (!changed && !attempt.confirmed) return 'unchanged'
  if (hasQuirk(field, replica, shown.content)) return 'rendered'
  // What stood there before our write, at a revision after it: put back by a person, or not taken by the server.
  if (!changed && !isAfterOurs(attempt, shown)) return 'rendered'
  // A field that comes back empty right after we filled it was dropped by the server far more often than by a person;
  // taking it for an edit would erase it everywhere.
  if (isNeutral(field, shown.content)) return 'rendered'
  return 'doubtful'
}

/** At another revision than the one that our write made: somebody was at it since. */
function isAfterOurs({ confirmed }: Attempt, { revision }: ShownEvent): boolean {
  return confirmed?.revision !== undefined && revision !== undefined && confirmed.revision !== revision
}

function hasQuirk(field: Field, { quirks, attempt }: Replica, shown: EventContent): boolean {
  if (!attempt || quirks.length === 0) return false
  const [wrote, seen] = [fieldDigest(field, attempt.content), fieldDigest(field, shown)]
  return quirks.some((quirk) => quirk.field === field && quirk.wrote === wrote && quirk.shown === seen)
}

/** A write of ours that was never answered and shows up now. */
function isLateWrite(field: Field, { unanswered }: Replica, shown: EventContent): boolean {
  if (unanswered.length === 0) return false
  const seen = fieldDigest(field, shown)
  return unanswered.some((sent) => sent.field === field && sent.wrote === seen)
}

/** What the replica stood for, our landed or possible write included. */
function baseAfter(replica: Replica, unchanged: readonly Field[]): EventContent | undefined {
  const known = baseOf(replica) ?? replica.attempt?.content
  if (!known || !replica.attempt) return known
  const sent = replica.attempt.fields.filter((field) => !unchanged.includes(field))
  return { ...known, ...pick(replica.attempt.content, sent) }
}

/** Whether what is shown says something else about the event than what the copy stood for. */
function proposes(
  field: Field,
  { lift }: View,
  {
    theirs,
    base,
    content,
  }: { readonly theirs: EventContent; readonly base: EventContent; readonly content: EventContent },
): boolean {
  return !sameField(field, lift(theirs, content), lift(base, content))
}

function settled(
  replica: Replica,
  shown: ShownEvent,
  unchanged: readonly Field[],
  standsFor: Partial<EventContent>,
): Replica {
  const {
    attempt,
    revision: _old,
    failure: _failure,
    putBack: _said,
    locked: _before,
    mayStillGo: _late,
    ...rest
  } = replica
  return {
    ...rest,
    agreed: shown.content,
    standsFor,
    changedAt: shown.changedAt ?? replica.changedAt,
    history: historyAfter(replica, shown.content),
    // What somebody may have typed since is no rendering to know the server by.
    quirks:
      attempt && !isAfterOurs(attempt, shown)
        ? remembered(
            replica,
            attempt.content,
            shown.content,
            attempt.fields.filter((field) => !unchanged.includes(field)),
          )
        : replica.quirks,
    unanswered: unansweredAfter(replica, unchanged),
    ...(shown.revision === undefined ? {} : { revision: shown.revision }),
    ...(shown.locked === undefined ? {} : { locked: shown.locked }),
    ...(mayStillGo(replica, shown) ? { mayStillGo: true } : {}),
  }
}

/** A removal names the revision that it is meant for: at another one it would be refused. */
function mayStillGo({ attempt, mayStillGo: before, revision }: Replica, shown: ShownEvent): boolean {
  const isMovedOn = revision !== undefined && shown.revision !== undefined && revision !== shown.revision
  return !isMovedOn && (before === true || (attempt?.kind === 'remove' && !attempt.confirmed))
}

/**
 * A write that was answered ends all doubt about the ones before it: they named a revision that is gone. One that was
 * not, and that does not show, may still arrive.
 */
function unansweredAfter(replica: Replica, unchanged: readonly Field[]): Replica['unanswered'] {
  const { attempt } = replica
  if (!attempt) return replica.unanswered
  if (attempt.confirmed) return []
  return lateWrites(
    replica,
    attempt,
    attempt.fields.filter((field) => unchanged.includes(field)),
  )
}

function lateWrites({ unanswered }: Replica, { content }: Attempt, missing: readonly Field[]): Replica['unanswered'] {
  const sent = missing.map((field) => ({ field, wrote: fieldDigest(field, content) }))
  return [...sent, ...unanswered].slice(0, quirkLength)
}

/** The digests of what a replica showed before, so that an old page is known by them. */
export function historyAfter({ agreed, history }: Replica, shown: EventContent): readonly string[] {
  if (!agreed) return []
  return identicalContent(agreed, shown) ? history : remembering(agreed, history)
}

const quirkLength = 40

/** Remembers how this server renders what we wrote, so that two servers that disagree cannot make us write for ever. */
function remembered(
  replica: Replica,
  sent: EventContent,
  shown: EventContent,
  written: readonly Field[],
): readonly Quirk[] {
  const fresh = written
    .filter((field) => !sameField(field, sent, shown))
    .map((field) => ({ field, wrote: fieldDigest(field, sent), shown: fieldDigest(field, shown) }))
    .filter(
      (quirk) =>
        !replica.quirks.some(
          (old) => old.field === quirk.field && old.wrote === quirk.wrote && old.shown === quirk.shown,
        ),
    )
  return fresh.length === 0 ? replica.quirks : [...fresh, ...replica.quirks].slice(0, quirkLength)
}

function without(content: Partial<EventContent>, names: readonly Field[]): Partial<EventContent> {
  return Object.fromEntries(Object.entries(content).filter(([name]) => !names.includes(name as Field)))
}
