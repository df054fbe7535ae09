import type { Method } from './raw-routes.js'

/** A pattern with what stands behind it. */
interface Entry<T> {
  readonly method: Method
  readonly parts: readonly string[]
  readonly value: T
}

/** What a path leads to, by method; and what stood in the place of the names in braces. */
export interface Match<T> {
  readonly byMethod: ReadonlyMap<Method, { readonly value: T; readonly params: Readonly<Record<string, string>> }>
}

/** Finds what a path leads to. */
export class PathMatcher<T> {
  readonly #entries: readonly Entry<T>[]

  /** @param table - by `METHOD /path/{name}`; what has no name in a place comes before what has one */
  constructor(table: Readonly<Record<string, T>>) {
    this.#entries = Object.entries(table)
      .map(([key, value]): Entry<T> => {
        const [method = '', path = ''] = key.split(' ')
        return { method: method as Method, parts: path.split('/').slice(1), value }
      })
      .sort((a, b) => named(a) - named(b))
  }

  /** Undefined where no method is taken at this path. */
  find(path: string): Match<T> | undefined {
    const parts = path.split('/').slice(1)
    const byMethod = new Map<Method, { readonly value: T; readonly params: Readonly<Record<string, string>> }>()
    for (const { method, parts: pattern, value } of this.#entries) {
      if (byMethod.has(method)) continue
      const params = paramsOf(pattern, parts)
      if (params) byMethod.set(method, { value, params })
    }
    return byMethod.size > 0 ? { byMethod } : undefined
  }
}

function named<T>({ parts }: Entry<T>): number {
  return parts.filter((part) => part.startsWith('{')).length
}

function paramsOf(pattern: readonly string[], parts: readonly string[]): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? ''
    const name = /^\{(\w+)\}$/.exec(expected)
    if (!name) {
      if (part !== expected) return undefined
      continue
    }
    const value = decoded(part)
    if (value === undefined) return undefined
    params[name[1] ?? ''] = value
  }
  return params
}

/** An id is never empty, never longer than any of ours, and holds no control characters. */
function decoded(part: string): string | undefined {
  if (part.length === 0 || part.length > 6_144) return undefined
  try {
    const text = decodeURIComponent(part)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
    return text.length <= 2_048 && !/[\u0000-\u001f\u007f]/.test(text) ? text : undefined
  } catch {
    return undefined
  }
}
