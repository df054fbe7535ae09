import type { OccurrenceContent, OccurrenceField } from '../model/content.js'
import type { Transform } from '../model/projection.js'
import type { Scene } from './scene.js'

/**
 * What becomes of a field in a copy.
 *
 * - `left_out`: the calendar cannot hold it
 * - `hidden`: the projection does not show it
 * - `cut`: it is longer, or there are more of them, than the calendar takes
 * - `text`: guests as names in the description, or HTML as text
 * - `fixed`: what the projection says stands in its place
 * - `mapped`: a transform that cannot be undone
 * - `single_events`: a series whose occurrences stand there one by one
 * - `locked`: nobody can change it there, as what belongs to the organizer in the copy of a guest; it says what it said
 */
export type Becomes = 'left_out' | 'hidden' | 'cut' | 'text' | 'fixed' | 'mapped' | 'single_events' | 'locked'

/** One field on its way into a copy and back. */
export interface FieldView<F extends OccurrenceField> {
  /** What the copy should show. */
  show(own: OccurrenceContent, scene: Scene): OccurrenceContent[F]
  /** What a value that was typed into the copy says about the event; undefined where it says nothing. */
  read(shown: OccurrenceContent, own: OccurrenceContent, scene: Scene): OccurrenceContent[F] | undefined
  /** What the event loses in the copy; undefined where nothing is lost. Asked only where the two values differ. */
  becomes(own: OccurrenceContent, scene: Scene): Becomes | undefined
}

/** The transforms of a field; none are most fields' lot. */
export function transformsOf(field: OccurrenceField, { projection }: Scene): readonly Transform[] {
  return projection.fields[field] ?? []
}

export function isDropped(field: OccurrenceField, scene: Scene): boolean {
  return transformsOf(field, scene).some((transform) => 'drop' in transform)
}
