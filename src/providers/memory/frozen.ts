const emptyList: readonly never[] = Object.freeze([])
const emptyObject: Readonly<Record<string, never>> = Object.freeze({})

/**
 * The same JSON value, frozen all the way down. What is frozen already is kept as it is, so a content that wanders
 * from calendar to calendar exists once; empty lists and objects exist once for all events.
 */
export function frozen<T>(value: T): T {
  return isFrozenThrough(value) ? value : (frozenCopy(value) as T)
}

function isFrozenThrough(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (!Object.isFrozen(value)) return false
  for (const part of Object.values(value)) if (part === undefined || !isFrozenThrough(part)) return false
  return true
}

function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.length === 0 ? emptyList : Object.freeze(value.map(frozen))
  const copy: Record<string, unknown> = { ...value }
  const keys = Object.keys(copy)
  if (keys.length === 0) return emptyObject
  for (const key of keys) {
    const part = copy[key]
    if (part === undefined)
      delete copy[key] // JSON has no undefined
    else if (typeof part === 'object') copy[key] = frozen(part)
  }
  return Object.freeze(copy)
}
