/** So long others wait at most, in milliseconds, beside one step of the work itself. */
const turnMs = 15

/**
 * Long work that waits for nobody gives others a turn now and then, so that one person's full calendar does not hold up a whole
 * process: storages in this process answer at once, and then nothing else would come between.
 */
export class Turns {
  #since = performance.now()

  /** Whether it is time for {@link give}. Asked often, so it costs next to nothing. */
  get isOver(): boolean {
    return performance.now() - this.#since > turnMs
  }

  async give(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0))
    this.#since = performance.now()
  }
}
