import type { Secret } from './auth.js'

const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Wraps a text so that nothing shows it by accident. */
export function secret(text: string): Secret {
  return new Redacted(text)
}

class Redacted implements Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect](): string {
    return '[redacted]'
  }
}
