import type { UserHandle, UserStatus } from '../../index.js'
import { type Message, Ring } from './ring.js'

/** Takes what a channel sends. */
export type Receiver = (message: Message) => void

/** What every channel needs. */
export interface ChannelSettings {
  readonly bufferSize: number
  readonly pollMs: number
  readonly onError: (error: unknown) => void
}

/** What is told to one user, in however many windows, and what was told lately. */
export class Channel {
  readonly ring: Ring
  /** Tells this channel from one that was there before, here or in another process. */
  readonly epoch: string = crypto.randomUUID().slice(0, 13).replace('-', '')
  /** When nobody listened any more, in milliseconds since 1970. */
  quietSince: number | undefined
  readonly #receivers = new Set<Receiver>()
  readonly #settings: ChannelSettings
  #timer: ReturnType<typeof setTimeout> | undefined
  #seen: string | undefined

  constructor(settings: ChannelSettings) {
    this.#settings = settings
    this.ring = new Ring(settings.bufferSize)
  }

  get size(): number {
    return this.#receivers.size
  }

  send(event: string, data: unknown): void {
    const message = this.ring.add(event, JSON.stringify(data))
    for (const receiver of [...this.#receivers]) receiver(message)
  }

  /** @param user - looked at while somebody listens, for what other processes did */
  add(receiver: Receiver, user: UserHandle): void {
    this.#receivers.add(receiver)
    this.quietSince = undefined
    if (this.#timer === undefined) this.#pollSoon(user)
  }

  remove(receiver: Receiver, now: number): void {
    if (!this.#receivers.delete(receiver) || this.#receivers.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.quietSince = now
  }

  #pollSoon(user: UserHandle): void {
    this.#timer = setTimeout(async () => {
      try {
        await this.#poll(user)
      } catch (error) {
        // What cannot be read now is looked at again the next time.
        this.#settings.onError(error)
      }
      if (this.#receivers.size > 0) this.#pollSoon(user)
    }, this.#settings.pollMs)
  }

  async #poll(user: UserHandle): Promise<void> {
    const shown = lasting(await user.status({ countUpTo: 100 }))
    const isNew = this.#seen !== undefined && this.#seen !== shown
    this.#seen = shown
    if (isNew && this.#receivers.size > 0) this.send('changed', {})
  }
}

/** What of a status stays as it is while nothing happens. */
function lasting({ at: _now, ...status }: UserStatus): string {
  return JSON.stringify(status, (key, value) => (key === 'running' || key === 'progress' ? undefined : value))
}
