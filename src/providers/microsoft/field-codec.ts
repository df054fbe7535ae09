import type { OccurrenceContent, OccurrenceField } from '../../model/content.js'
import type { Kept, KeptValue } from '../../model/kept.js'
import type { EventBody } from './client.js'
import type { GraphEvent } from './wire.js'

/** What reading an event needs besides. */
export interface ReadScene {
  readonly kept: Kept
  /** Of an occurrence, the zone of its series. */
  readonly seriesZone?: string
}

/** What writing a field needs besides. */
export interface WriteScene {
  /** The event as it is; undefined for a new one. */
  readonly before: GraphEvent | undefined
  /**
   * The IANA zone of the mailbox, in which whole days are and times that float are put.
   * @default that of the event as it is, where it is a whole day; else UTC
   */
  readonly zone?: string
}

/** A field on its way out. */
export interface WrittenField {
  /** Parts of a patch. */
  readonly body: EventBody
  /** What Graph cannot say of it; null: what was kept of it is of no use any more. */
  readonly keep?: Readonly<Record<string, KeptValue | null>>
}

/** How one field stands in an event. Without `write`, Graph takes it from nobody, or must not be given it. */
export interface FieldCodec<F extends OccurrenceField> {
  read(event: GraphEvent, scene: ReadScene): OccurrenceContent[F]
  readonly write?: (content: OccurrenceContent, scene: WriteScene) => WrittenField
}
