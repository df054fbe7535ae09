/** The largest of what was told lately, by name: of this window of time and of the one before it. */
export class RecentMost {
  readonly #windowMs: number
  readonly #known: Map<string, { window: number; most: number; before: number }> = new Map()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  add(name: string, value: number, at: number): void {
    const window = Math.floor(at / this.#windowMs)
    const known = this.#known.get(name)
    if (known?.window === window) known.most = Math.max(known.most, value)
    else this.#known.set(name, { window, most: value, before: known?.window === window - 1 ? known.most : 0 })
  }

  /** What is older than two windows is left out. */
  *at(now: number): Generator<readonly [string, number]> {
    const window = Math.floor(now / this.#windowMs)
    for (const [name, known] of this.#known)
      if (known.window === window) yield [name, Math.max(known.most, known.before)]
      else if (known.window === window - 1) yield [name, known.most]
  }
}
