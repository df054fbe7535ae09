import type { Storage } from 'calweave'

/**
 * One life of the process, as far as others can tell: after {@link Life.end} no call of it ever answers, so nothing it
 * began goes on, and nothing is tidied up. That is what pulling the plug looks like to a database and to a service.
 */
export interface Life {
  readonly isOver: boolean
  end(): void
  /** Ends in the middle of a write: so many more reach their service, and the answer of the last one never arrives. */
  endAfterWrites(count: number, host: RegExp, then: () => void): void
  storage(storage: Storage): Storage
  fetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch
}

const never = new Promise<never>(() => undefined)
const writes: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export function newLife(): Life {
  let isOver = false
  let doom: { left: number; readonly host: RegExp; readonly then: () => void } | undefined

  const isTheLast = (request: Request): boolean => {
    if (!doom || !writes.has(request.method) || !doom.host.test(new URL(request.url).host)) return false
    doom.left--
    return doom.left <= 0
  }

  return {
    get isOver() {
      return isOver
    },
    end: () => {
      isOver = true
    },
    endAfterWrites(count, host, then) {
      doom = { left: count, host, then }
    },
    storage: (storage) =>
      new Proxy(storage, {
        get(target, name) {
          const found: unknown = Reflect.get(target, name)
          if (typeof found !== 'function') return found
          return async (...args: readonly unknown[]) => {
            if (isOver) return never
            const result: unknown = await Reflect.apply(found, target, args)
            return isOver ? never : result
          }
        },
      }),
    fetch: (fetch) => async (input, init) => {
      if (isOver) return never
      const request = new Request(input, init)
      const ends = isTheLast(request)
      const answer = await fetch(request)
      if (ends) {
        isOver = true
        doom?.then()
      }
      return isOver ? never : answer
    },
  }
}
