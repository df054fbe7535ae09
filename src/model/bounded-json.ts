import * as z from 'zod'

/** How much a schema that is handed in from outside may be given. */
export interface JsonBounds {
  /** Levels of lists and objects within each other. */
  readonly depth: number
  /** Entries of one list, keys of one object. */
  readonly entries: number
  /** Values in all. */
  readonly values: number
}

/**
 * Puts bounds around a schema: what is too deep, too large, refers to itself or reaches for a prototype is refused
 * before the schema sees it, in time that the bounds set and not the input.
 *
 * The schema is given a plain copy. So nothing that the host changes later, and no getter that tells another value the
 * second time, comes past the check.
 */
export function bounded<T>(schema: z.ZodType<T>, bounds: JsonBounds): z.ZodType<T> {
  return z.preprocess((given, context) => {
    const copied = copyOf(given, bounds)
    if ('copy' in copied) return copied.copy
    context.issues.push({ code: 'custom', message: copied.reason, path: [...copied.path], input: undefined })
    return z.NEVER
  }, schema)
}

type Path = readonly (string | number)[]
type Copied = { readonly copy: unknown } | { readonly path: Path; readonly reason: string }

/** Keys that lead to the prototype of an object instead of to a value of it. */
const reachingKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const longestKey = 128

function copyOf(given: unknown, bounds: JsonBounds): Copied {
  const walk: Walk = { bounds, above: [], path: [], values: 0 }
  try {
    return { copy: copyValue(given, walk) }
  } catch (error) {
    // A getter or proxy of the host may throw whatever it likes: that is a value that cannot be read.
    const reason = error instanceof Refusal ? error.message : 'cannot be read'
    return { path: [...walk.path], reason }
  }
}

/** Where the walk is: the containers above it, and the way from the top. */
interface Walk {
  readonly bounds: JsonBounds
  readonly above: object[]
  readonly path: (string | number)[]
  values: number
}

class Refusal extends Error {}

function copyValue(given: unknown, walk: Walk): unknown {
  walk.values++
  if (walk.values > walk.bounds.values) throw new Refusal(`more than ${walk.bounds.values} values in all`)
  if (typeof given !== 'object' || given === null) return given
  if (walk.above.includes(given)) throw new Refusal('refers to itself')
  if (walk.above.length >= walk.bounds.depth) throw new Refusal(`nested deeper than ${walk.bounds.depth} levels`)
  walk.above.push(given)
  const copy = Array.isArray(given) ? copyList(given, walk) : copyObject(given as Record<string, unknown>, walk)
  walk.above.pop()
  return copy
}

function copyList(given: readonly unknown[], walk: Walk): readonly unknown[] {
  const { length } = given
  if (length > walk.bounds.entries) throw new Refusal(`more than ${walk.bounds.entries} entries`)
  const copy: unknown[] = []
  for (let index = 0; index < length; index++) {
    walk.path.push(index)
    copy.push(copyValue(given[index], walk))
    walk.path.pop()
  }
  return copy
}

function copyObject(given: Record<string, unknown>, walk: Walk): Readonly<Record<string, unknown>> {
  // A Map or a Date has no keys: its copy would be an empty object, which may mean something.
  if (Object.prototype.toString.call(given) !== '[object Object]') throw new Refusal('must be a plain object')
  const keys = Object.keys(given)
  if (keys.length > walk.bounds.entries) throw new Refusal(`more than ${walk.bounds.entries} keys`)
  const copy: Record<string, unknown> = {}
  for (const key of keys) {
    if (key.length > longestKey) throw new Refusal(`a key is longer than ${longestKey} characters`)
    walk.path.push(key)
    if (reachingKeys.has(key)) throw new Refusal('this key is not allowed')
    copy[key] = copyValue(given[key], walk)
    walk.path.pop()
  }
  return copy
}
