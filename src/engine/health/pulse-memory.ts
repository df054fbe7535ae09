import type { GroupId, UserId } from '../../model/ids.js'

/** A pulse as this process wrote it last. */
interface Written {
  readonly at: number
  /** What was wrong then, see `moodOf`. */
  readonly mood: string
  /** When notifications were last brought in step. */
  readonly toldAt: number
}

/** Spares most runs that find nothing a write of their own. To forget costs a read and a write. */
export class PulseMemory {
  readonly #written: Map<string, Written> = new Map()

  /** Whether a pulse that says the same was written by this process lately. */
  isFresh(user: UserId, groupId: GroupId, mood: string, now: number): boolean {
    const known = this.#written.get(keyOf(user, groupId))
    return known !== undefined && known.mood === mood && Math.abs(now - known.at) < pulseMs
  }

  /** Whether notifications were brought in step by this process lately, so that only what is new can have changed them. */
  isTold(user: UserId, groupId: GroupId, now: number): boolean {
    const known = this.#written.get(keyOf(user, groupId))
    return known !== undefined && Math.abs(now - known.toldAt) < pulseMs
  }

  wrote(user: UserId, groupId: GroupId, mood: string, at: number): void {
    if (this.#written.size >= most) this.#written.clear()
    const { toldAt = Number.NEGATIVE_INFINITY } = this.#written.get(keyOf(user, groupId)) ?? {}
    this.#written.set(keyOf(user, groupId), { mood, at, toldAt })
  }

  told(user: UserId, groupId: GroupId, now: number): void {
    const known = this.#written.get(keyOf(user, groupId))
    if (known) this.#written.set(keyOf(user, groupId), { ...known, toldAt: now })
  }

  /** Everything is looked at once more by the next run. */
  forget(user: UserId, groupId: GroupId): void {
    this.#written.delete(keyOf(user, groupId))
  }
}

const pulseMs = 3_600_000
const most = 100_000

function keyOf(user: UserId, groupId: GroupId): string {
  return JSON.stringify([user, groupId])
}
