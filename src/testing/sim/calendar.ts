import type { EventContent, Slot } from '../../model/content.js'
import type { CreateKey } from '../../model/ids.js'
import type { Mark } from '../../model/origin.js'
import type { MemoryBehaviour } from '../../providers/memory/index.js'
import type { RemoteEvent } from '../../providers/provider.js'

/** What a person says of a new event beside its content. */
export interface NewEvent {
  /** The identity of a meeting that others received as well. @default one of its own */
  readonly uid?: string
  /** A stamp that was carried along by whoever copied an event. */
  readonly mark?: Mark
  /** The key that its id is made of, where another installation put it there and ids tell of keys. */
  readonly key?: CreateKey
}

/**
 * A calendar in the hands of the people who own it, and what befalls it. Nobody is refused here, and what a person does is
 * there at once; what the calendar makes of it is read back by {@link SimCalendar.get}.
 *
 * What a kind of calendar has no means for is absent, and nobody tries it there.
 */
export interface SimCalendar {
  /** As its service names it. */
  readonly id: string
  readonly size: number
  get(id: string): RemoteEvent | undefined
  /** Every event, as an account would read it. */
  all(): readonly RemoteEvent[]
  add(content: Partial<EventContent> & Pick<EventContent, 'time'>, settings?: NewEvent): string
  /** Saves an event with these fields. */
  edit(id: string, patch: Partial<EventContent>): void
  /** Saves an event as it is: another revision, and nothing else. */
  touch(id: string): void
  remove(id: string): void
  /** "This and following" as the screen does it: what follows says `following`, and has an id of its own. */
  split?(id: string, slot: Slot, following: EventContent): string
  /** Moves an event to another calendar of the account, and gives its id there. */
  move(id: string, toCalendar: string): string
  /** What was removed and can be brought back. */
  readonly binned: readonly string[]
  restoreFromBin(id: string): void
  /** Whether it was taken away from the account. */
  readonly isGone: boolean
  vanish(): void
  reappear(): void
  expireCursors(): void
  /** Makes an event one that accounts find but cannot read. */
  poison?(id: string): void
  heal?(id: string): void
  readonly unreadable?: readonly string[]
  /** Changes how a calendar behaves whose moods can be chosen. */
  behave?(behaviour: MemoryBehaviour): void
}
