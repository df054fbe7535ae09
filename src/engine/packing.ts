import {
  type EventContent,
  type Field,
  fields,
  neutralContent,
  neutralOccurrence,
  type Override,
} from '../model/content.js'
import type { JournalEntry } from '../model/journal.js'
import type { Attempt, Replica, SyncedEvent } from '../model/synced-event.js'

/** Contents are kept without what they do not say, and copies as what differs from the event's content. */
export type Packed = Partial<EventContent>

export function packContent(content: EventContent): Packed {
  return differences(content, neutralContent as EventContent)
}

export function unpackContent(packed: Packed): EventContent {
  const content = { ...neutralContent, ...packed } as EventContent
  return packed.overrides
    ? { ...content, overrides: mapChanged(packed.overrides, (own) => ({ ...neutralOccurrence, ...own })) }
    : content
}

function differences(content: EventContent, from: EventContent): Packed {
  const differing: Partial<Record<Field, unknown>> = {}
  for (const field of fields) if (!sameJson(content[field], from[field])) differing[field] = content[field]
  const packed = differing as Packed
  return packed.overrides
    ? { ...packed, overrides: mapChanged(packed.overrides, (own) => dropNeutral(own) as never) }
    : packed
}

function dropNeutral(own: object): object {
  const neutral = neutralOccurrence as Readonly<Record<string, unknown>>
  return Object.fromEntries(Object.entries(own).filter(([name, value]) => !sameJson(value, neutral[name])))
}

/** Most values of most fields are one and the same object, or no object at all. */
function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b)
}

function mapChanged(
  overrides: EventContent['overrides'],
  change: (own: Extract<Override, { kind: 'changed' }>['content']) => Extract<Override, { kind: 'changed' }>['content'],
): EventContent['overrides'] {
  return Object.fromEntries(
    Object.entries(overrides).map(([slot, override]) => [
      slot,
      override.kind === 'cancelled' ? override : { kind: 'changed', content: change(override.content) },
    ]),
  )
}

/** Copies are kept as what differs from the event's content: most of them are in step most of the time. */
export function packEvent(event: SyncedEvent): unknown {
  const against = (content: EventContent) => differences(content, event.content)
  const replicas = Object.values(event.replicas).map((replica) => ({
    ...replica,
    ...(replica.agreed ? { agreed: against(replica.agreed) } : {}),
    ...(replica.attempt ? { attempt: { ...replica.attempt, content: against(replica.attempt.content) } } : {}),
  }))
  const { proposal } = event
  const wanted = proposal && { ...proposal, base: against(proposal.base), content: against(proposal.content) }
  return { ...event, content: packContent(event.content), replicas, ...(wanted ? { proposal: wanted } : {}) }
}

export function unpackEvent(
  packed: Omit<SyncedEvent, 'content' | 'replicas'> & { content: Packed; replicas: readonly Replica[] },
): SyncedEvent {
  const content = unpackContent(packed.content)
  const onto = (differing: Packed) => unpackedOnto(content, differing)
  const replicas = packed.replicas.map((replica): [string, Replica] => [
    replica.calendarId,
    {
      ...replica,
      ...(replica.agreed ? { agreed: onto(replica.agreed) } : {}),
      ...(replica.attempt
        ? { attempt: { ...replica.attempt, content: onto(replica.attempt.content) } as Attempt }
        : {}),
    },
  ])
  const { proposal } = packed
  const wanted = proposal && { ...proposal, base: onto(proposal.base), content: onto(proposal.content) }
  return { ...packed, content, replicas: Object.fromEntries(replicas), ...(wanted ? { proposal: wanted } : {}) }
}

export function packJournal(entry: JournalEntry): unknown {
  const content = differences(entry.before.content, entry.after.content)
  const after = { ...entry.after, content: packContent(entry.after.content) }
  return { ...entry, before: { ...entry.before, content }, after }
}

export function unpackJournal(packed: JournalEntry): JournalEntry {
  const after = { ...packed.after, content: unpackContent(packed.after.content) }
  return { ...packed, after, before: { ...packed.before, content: unpackedOnto(after.content, packed.before.content) } }
}

/** A content that is kept as what differs from another. Where nothing does, it is that one, which compares at no cost. */
function unpackedOnto(content: EventContent, differing: Packed): EventContent {
  if (Object.keys(differing).length === 0) return content
  const whole = { ...content, ...differing }
  return differing.overrides ? { ...whole, overrides: unpackContent(differing).overrides } : whole
}
