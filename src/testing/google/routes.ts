import { byWildness, decoded } from '../fakes/paths.js'
import { type GoogleMethod, type Method, methods } from './methods.js'

/** Which method a request is for, and what its path names. */
export interface Route {
  readonly method: GoogleMethod
  readonly path: Readonly<Record<string, string>>
}

/** Finds the method of a path below `/calendar/v3/`, which is not decoded yet: ids hold `#` and `@`. */
export function routeOf(verb: string, path: string): Route | undefined {
  const parts = path.split('/')
  for (const { name, method, pattern } of patterns) {
    if (method.verb !== verb || pattern.length !== parts.length) continue
    const named: Record<string, string> = {}
    const fits = pattern.every((piece, index) => {
      const part = parts[index] ?? ''
      if (!piece.startsWith('{')) return piece === part
      named[piece.slice(1, -1)] = decoded(part)
      return part !== ''
    })
    if (fits) return { method: name, path: named }
  }
  return undefined
}

const patterns = (Object.entries(methods) as readonly (readonly [GoogleMethod, Method])[])
  .map(([name, method]) => ({ name, method, pattern: method.path.split('/') }))
  .sort(byWildness)
