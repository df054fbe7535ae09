/** One message of a live stream. */
export interface Message {
  readonly seq: number
  readonly event: string
  /** JSON. */
  readonly data: string
}

/** The last messages of a user, for who was away for a moment. */
export class Ring {
  readonly #size: number
  #messages: Message[] = []
  #seq = 0

  constructor(size: number) {
    this.#size = size
  }

  /** The number of the newest message; 0 before there was one. */
  get seq(): number {
    return this.#seq
  }

  add(event: string, data: string): Message {
    const message = { seq: ++this.#seq, event, data }
    this.#messages.push(message)
    if (this.#messages.length > 2 * this.#size) this.#messages = this.#messages.slice(-this.#size)
    return message
  }

  /** What came after a message; undefined where nobody can say any more, or it never was. */
  after(seq: number): readonly Message[] | undefined {
    if (seq > this.#seq) return undefined
    const kept = this.#messages.slice(-this.#size)
    const oldest = kept[0]?.seq ?? this.#seq + 1
    return seq < oldest - 1 ? undefined : kept.filter((message) => message.seq > seq)
  }
}
