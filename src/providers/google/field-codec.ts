import type { OccurrenceContent, OccurrenceField } from '../../model/content.js'
import type { EventBody } from './client.js'
import type { Kept, KeptValue } from './kept.js'
import type { GoogleEvent } from './wire.js'

/** What reading an event needs besides. */
export interface ReadScene {
  /** The calendar's zone: events without a zone of their own are in it. */
  readonly zone: string
  readonly kept: Kept
}

/** What writing a field needs besides. */
export interface WriteScene {
  readonly zone: string
  /** The event as it is; undefined for a new one. */
  readonly before: GoogleEvent | undefined
}

/** A field on its way out. */
export interface WrittenField {
  /** Parts of a patch: null removes a value. */
  readonly body: EventBody
  /** What Google cannot say of it; null: what was kept of it is of no use any more. */
  readonly keep?: Readonly<Record<string, KeptValue | null>>
}

/** How one field stands in an event. Without `write`, Google takes it from nobody. */
export interface FieldCodec<F extends OccurrenceField> {
  read(event: GoogleEvent, scene: ReadScene): OccurrenceContent[F]
  readonly write?: (content: OccurrenceContent, scene: WriteScene) => WrittenField
}
