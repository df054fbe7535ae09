import type { Sent } from './sent.js'

/** The last hundred answers by what was asked, for a server that lags behind. */
export class GivenAnswers {
  readonly #answers = new Map<string, Sent>()

  of(question: string): Sent | undefined {
    return this.#answers.get(question)
  }

  keep(question: string, answer: Sent): void {
    this.#answers.set(question, answer)
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > 100 && oldest !== undefined) this.#answers.delete(oldest)
  }
}
