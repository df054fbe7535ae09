import { memoryStorage } from '../../storage/memory.js'
import type { Storage } from '../../storage/storage.js'

/** A storage of which every earlier state can be had again. */
export interface BackedUp {
  readonly storage: Storage
  /** How many changes it has seen. */
  readonly length: number
  /** The storage as it was after so many changes, to be gone on with. */
  restored(changes: number): Promise<BackedUp>
}

type Change = (storage: Storage) => Promise<unknown>

/** Keeps what was done to a storage, so that it can be done again up to any point. */
export function backedUp(storage: Storage = memoryStorage(), done: readonly Change[] = []): BackedUp {
  const changes: Change[] = [...done]
  const recorded = async <T>(change: (to: Storage) => Promise<T>): Promise<T> => {
    const answer = await change(storage)
    changes.push(change)
    return answer
  }
  return {
    get length() {
      return changes.length
    },
    async restored(length) {
      const kept = changes.slice(0, length)
      const again = memoryStorage()
      for (const change of kept) await change(again)
      return backedUp(again, kept)
    },
    storage: {
      get: (...args) => storage.get(...args),
      getMany: (...args) => storage.getMany(...args),
      list: (...args) => storage.list(...args),
      commit: (...args) => recorded((to) => to.commit(...args)),
      claim: (...args) => recorded((to) => to.claim(...args)),
      release: (...args) => recorded((to) => to.release(...args)),
      users: (...args) => storage.users(...args),
      close: () => storage.close(),
    },
  }
}
