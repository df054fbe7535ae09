import { byWildness, decoded } from '../fakes/paths.js'
import { type Method, type MicrosoftMethod, methods } from './methods.js'

/** Which method a request is for, and what its path names. */
export interface Route {
  readonly method: MicrosoftMethod
  readonly path: Readonly<Record<string, string>>
  /** The mailbox that is asked; undefined is that of who asks. */
  readonly userId: string | undefined
}

/** Finds the method of a path below `/v1.0`, which is not decoded yet. Ids stand between slashes or as `('id')`. */
export function routeOf(verb: string, path: string): Route | undefined {
  const parts = path
    .replace(/\/$/, '')
    .replace(
      /\/(calendars|events|calendarGroups|users|extensions|subscriptions)\((?:'|%27)([^)]*?)(?:'|%27)\)/gi,
      '/$1/$2',
    )
    .replace(/\/(?:microsoft\.graph\.)?delta(?:\(\))?$/, '/delta')
    .split('/')
    .slice(1)
  const isMine = parts[0] === 'me'
  const isTheirs = parts[0] === 'users' && parts.length > 1
  const userId = isTheirs ? decoded(parts[1] ?? '') : undefined
  const rest = isMine ? parts.slice(1) : isTheirs ? parts.slice(2) : ['', ...parts]
  const wanted = rest.length === 0 ? [''] : rest
  for (const { name, method, pattern } of patterns) {
    if (method.verb !== verb || pattern.length !== wanted.length) continue
    const named: Record<string, string> = pattern[0] === 'calendar' ? { calendarId: '' } : {}
    const fits = pattern.every((piece, index) => {
      const part = wanted[index] ?? ''
      const [, before, key, after] = /^([^{]*)\{(\w+)\}(.*)$/.exec(piece) ?? []
      if (key === undefined) return piece === part
      const text = decoded(part)
      const isThere =
        text.length > `${before}${after}`.length && text.startsWith(before ?? '') && text.endsWith(after ?? '')
      if (isThere) named[key] = text.slice(before?.length, text.length - (after?.length ?? 0))
      return isThere
    })
    if (fits) return { method: name, path: named, userId }
  }
  return undefined
}

const patterns = (Object.entries(methods) as readonly (readonly [MicrosoftMethod, Method])[])
  .flatMap(([name, method]) => method.paths.map((path) => ({ name, method, pattern: path.split('/') })))
  .sort(byWildness)
