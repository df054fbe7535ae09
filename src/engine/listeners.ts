import type { EngineEvent, EngineHappening } from '../model/engine-event.js'
import type { UserId } from '../model/ids.js'

/** Called for everything that happens in this process. Must be quick; what it throws goes nowhere. */
export type EngineListener = (event: EngineEvent) => void

/** Whoever listens to an engine. */
export class Listeners {
  readonly #now: () => number
  readonly #listeners = new Set<EngineListener>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Returns how to stop listening. */
  add(listener: EngineListener): () => void {
    const own: EngineListener = (event) => listener(event)
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0
  }

  tell(userId: UserId, happening: EngineHappening): void {
    if (this.isEmpty) return
    const event: EngineEvent = { userId, at: this.#now(), ...happening }
    for (const listener of this.#listeners)
      try {
        listener(event)
      } catch {
        // Whoever watches must not be able to stop what is watched.
      }
  }
}
