import type { GroupId, UserId } from '../../model/ids.js'

/** A pulse as this process wrote it last. */
interface Written {
  readonly at: number
  /** What was wrong then, see `moodOf`. */
  readonly mood: string
}

/** Spares most runs that find nothing a write of their own. To forget costs a read and a write. */
export class PulseMemory {
  readonly #written: Map<string, Written> = new Map()

  /** Whether a pulse that says the same was written by this process lately. */
  isFresh(user: UserId, groupId: GroupId, mood: string, now: number): boolean {
    const known = this.#written.get(keyOf(user, groupId))
    return known !== undefined && known.mood === mood && Math.abs(now - known.at) < pulseMs
  }

  wrote(user: UserId, groupId: GroupId, mood: string, at: number): void {
    if (this.#written.size >= most) this.#written.clear()
    this.#written.set(keyOf(user, groupId), { mood, at })
  }

  forget(user: UserId, groupId: GroupId): void {
    this.#written.delete(keyOf(user, groupId))
  }
}

const pulseMs = 3_600_000
const most = 100_000

function keyOf(user: UserId, groupId: GroupId): string {
  return JSON.stringify([user, groupId])
}
