import { isObject } from '../fakes/json.js'
import { invalid } from './refusals.js'

/** The names that are wanted, each with what is wanted of it; empty means all of it. */
export type Selection = ReadonlyMap<string, Selection>

/** Reads what `fields` asks for: `items(id,etag),nextPageToken`, `items/start/dateTime`, `*`. */
export function selectionOf(fields: string): Selection {
  let at = 0
  const list = (): Selection => {
    const found = new Map<string, Selection>()
    for (;;) {
      const [name, inner] = path()
      found.set(name, new Map([...(found.get(name) ?? []), ...inner]))
      if (fields[at] !== ',') return found
      at++
    }
  }
  const path = (): readonly [string, Selection] => {
    const [name] = /^[A-Za-z_*][A-Za-z0-9_]*/.exec(fields.slice(at)) ?? []
    if (name === undefined) throw invalid(`Invalid field selection ${fields}`, 'fields')
    at += name.length
    if (fields[at] === '/') {
      at++
      return [name, new Map([path()])]
    }
    if (fields[at] !== '(') return [name, new Map()]
    at++
    const inner = list()
    if (fields[at++] !== ')') throw invalid(`Invalid field selection ${fields}`, 'fields')
    return [name, inner]
  }
  const selection = list()
  if (at !== fields.length) throw invalid(`Invalid field selection ${fields}`, 'fields')
  return selection
}

/** What of an answer was asked for. */
export function partial(body: object, selection: Selection): object {
  return only(body, selection) as object
}

function only(value: unknown, selection: Selection): unknown {
  if (selection.size === 0) return value
  if (Array.isArray(value)) return value.map((item) => only(item, selection))
  if (!isObject(value)) return value
  const kept = Object.entries(value).flatMap(([name, item]) => {
    const inner = selection.get(name) ?? selection.get('*')
    return inner ? [[name, only(item, inner)] as const] : []
  })
  return Object.fromEntries(kept)
}
