import {
  type EventContent,
  type Field,
  neutralOccurrence,
  type OccurrenceContent,
  occurrenceFields,
} from '../model/content.js'
import { sameOccurrenceField } from '../model/equality.js'
import type { Holding } from '../model/holding.js'
import type { Projection } from '../model/projection.js'
import type { Becomes } from './field-view.js'
import { fieldViews } from './field-views.js'
import { copyView, levelOf, type ViewedEvent } from './projection.js'
import type { Scene } from './scene.js'

/** A field that a copy does not show as the event has it, and what stands there instead. Never the value itself. */
export interface LostField {
  readonly field: Field
  readonly becomes: Becomes
}

/** What a copy of this event loses, its changed occurrences included; in the order in which people read fields. */
export function lossesOf(
  projection: Projection,
  { content, origin }: ViewedEvent & { readonly content: EventContent },
  holds: Holding,
): readonly LostField[] {
  const scene: Scene = { projection, origin, holds }
  const rendered = copyView(projection, { content, origin }, holds).render(content)
  const lost = [
    ...occurrenceLosses(content, rendered, levelOf(content, scene), scene),
    ...Object.entries(content.overrides).flatMap(([slot, override]) => {
      const shown = rendered.overrides[slot]
      if (override.kind !== 'changed' || shown?.kind !== 'changed') return []
      const own = override.content
      const level = levelOf(content, scene) === 'busy' ? 'busy' : levelOf(own, scene)
      return occurrenceLosses(own, shown.content, level, scene)
    }),
    ...seriesLosses(content, holds),
  ]
  const once = new Map(lost.map((one) => [`${one.field} ${one.becomes}`, one]))
  return [...once.values()]
}

function occurrenceLosses(
  own: OccurrenceContent,
  shown: OccurrenceContent,
  level: Projection['show'],
  scene: Scene,
): readonly LostField[] {
  return occurrenceFields.flatMap((field) => {
    const becomes = lossOf(field, own, shown, level, scene)
    return becomes === undefined ? [] : [{ field, becomes }]
  })
}

function lossOf(
  field: (typeof occurrenceFields)[number],
  own: OccurrenceContent,
  shown: OccurrenceContent,
  level: Projection['show'],
  scene: Scene,
): Becomes | undefined {
  if (field === 'time') return undefined
  if (scene.holds.cannotHold.includes(field) && !isNothing(field, shown)) return 'left_out'
  if (isNothing(field, own) || sameOccurrenceField(field, own, shown)) return undefined
  // How private an event is, a copy that shows less tells well enough.
  if (level !== 'everything' && field === 'visibility') return undefined
  return level === 'busy' || (level === 'title' && field !== 'title') ? 'hidden' : fieldViews[field].becomes(own, scene)
}

function seriesLosses(content: EventContent, { cannotHold }: Holding): readonly LostField[] {
  const repeats = content.recurrence !== null
  const changes = Object.keys(content.overrides).length > 0
  return [
    ...(repeats && cannotHold.includes('recurrence') ? [{ field: 'recurrence', becomes: 'left_out' } as const] : []),
    ...(changes && cannotHold.includes('overrides') ? [{ field: 'overrides', becomes: 'left_out' } as const] : []),
  ]
}

function isNothing(field: Exclude<(typeof occurrenceFields)[number], 'time'>, own: OccurrenceContent): boolean {
  return sameOccurrenceField(field, own, { ...neutralOccurrence, time: own.time })
}
