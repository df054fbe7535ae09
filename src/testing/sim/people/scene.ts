import type { RemoteEvent } from '../../../providers/provider.js'
import type { Place, Scenery } from '../kinds.js'
import type { Random } from '../random.js'
import type { GroundTruth } from '../truth.js'

/** Where people act, and what is known of what they did. */
export interface Scene extends Scenery {
  /** The engine's ids of calendars, by the ids that their services use. */
  readonly calendarNames: ReadonlyMap<string, string>
  readonly truth: GroundTruth
  readonly random: Random
  /** Whether the engine knows of this copy and is done with its event; asked before the deed. */
  readonly isSettled: (place: Place, id: string) => boolean
}

/** One thing that a person can do to an event. Undefined: not to this one. */
export type Deed = (scene: Scene, place: Place, event: RemoteEvent) => string | undefined
