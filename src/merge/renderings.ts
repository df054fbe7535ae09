import {
  type EventContent,
  type Field,
  neutralContent,
  type Override,
  occurrenceFields,
  type Slot,
} from '../model/content.js'
import { sameField } from '../model/equality.js'
import { isInSeries } from '../model/recurrence.js'
import type { Replica } from '../model/synced-event.js'
import { merge, mergeOverrides } from './merge.js'

/**
 * What a calendar shows, with its renderings undone: a calendar that dropped the place of one occurrence has not
 * removed it when a person cancels another. This is a merge, too: from what was agreed, the server made one change
 * (its rendering) and a person another.
 */
export function unrendered(
  { agreed, attempt }: Replica,
  base: EventContent,
  shown: EventContent,
  doubtful: readonly Field[],
): EventContent {
  const agreedOn = agreed ?? base
  const overrides =
    attempt && doubtful.includes('overrides') ? likelyRendered(attempt.content, shown) : agreedOn.overrides
  const rendered = { ...agreedOn, ...pick(base, doubtful), overrides }
  const merged = merge(rendered, base, shown, () => 'theirs')
  // A rendering is nobody's wish for another series: the occurrences are looked at one by one, whoever moved the series.
  const known = Object.entries(mergeOverrides(rendered, base, shown, () => 'theirs'))
  return { ...merged, overrides: Object.fromEntries(known.filter(([slot]) => isStillThere(slot, shown))) }
}

/** Of those that the calendar takes for regular ones, the ones that the series which it shows still has. */
function isStillThere(slot: Slot, shown: EventContent): boolean {
  return shown.overrides[slot] !== undefined || isInSeries(shown, slot)
}

/**
 * Whether the calendar takes a changed occurrence for a regular one, because nothing of the change can be seen there. What
 * stands there of another series has no occurrences of this one.
 */
export function hasSwallowed(shown: EventContent | undefined, standsFor: Partial<EventContent>): boolean {
  if ('recurrence' in standsFor || 'time' in standsFor) return false
  return Object.keys(standsFor.overrides ?? {}).some((slot) => !shown?.overrides[slot])
}

/** The overrides that we sent, as a server that has no room for some of their fields would show them. */
function likelyRendered(sent: EventContent, shown: EventContent): EventContent['overrides'] {
  const entries = Object.entries(sent.overrides).map(([slot, override]): [string, Override] => {
    const seen = shown.overrides[slot]
    if (override.kind !== 'changed' || seen?.kind !== 'changed') return [slot, override]
    const dropped = occurrenceFields.filter(
      (field) => field !== 'time' && isNeutral(field, { ...shown, ...seen.content }),
    )
    return [
      slot,
      { kind: 'changed', content: { ...override.content, ...pick({ ...shown, ...seen.content }, dropped) } },
    ]
  })
  return Object.fromEntries(entries)
}

/** Whether a field says nothing. */
export function isNeutral(field: Field, content: EventContent): boolean {
  return field !== 'time' && sameField(field, content, { ...neutralContent, time: content.time })
}

/** These fields of a content. */
export function pick(content: EventContent | undefined, names: readonly Field[]): Partial<EventContent> {
  return content ? Object.fromEntries(names.map((name) => [name, content[name]])) : {}
}
