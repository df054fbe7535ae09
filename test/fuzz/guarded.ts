/**
 * A value that refuses to be asked for anything that it does not have, and to be changed: lists give their entries and
 * their methods, objects give their own keys.
 */
export function guarded<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const known = Array.isArray(value) ? value.map(guarded) : mapped(value as Record<string, unknown>)
  const forbidden = (what: string) => () => {
    throw new Error(`${what} of an event`)
  }
  return new Proxy(known, {
    get(target, key) {
      if (Object.hasOwn(target, key) || (Array.isArray(target) && isOfLists(key))) return Reflect.get(target, key)
      throw new Error(`asked for ${String(key)}`)
    },
    has(target, key) {
      if (Object.hasOwn(target, key) || Array.isArray(target)) return Reflect.has(target, key)
      throw new Error(`asked whether there is ${String(key)}`)
    },
    getPrototypeOf: forbidden('prototype'),
    setPrototypeOf: forbidden('prototype'),
    set: forbidden('change'),
    defineProperty: forbidden('change'),
    deleteProperty: forbidden('change'),
  }) as T
}

function mapped(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, guarded(own)]))
}

const listMethods = new Set<string | symbol>(['every', 'find', 'includes', 'map', 'some', Symbol.iterator])

function isOfLists(key: string | symbol): boolean {
  // `map` asks for the constructor of what it makes.
  return listMethods.has(key) || key === 'constructor' || (typeof key === 'string' && /^\d+$/.test(key))
}
