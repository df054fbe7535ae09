import * as z from 'zod'

/**
 * What of our copy says more than its service can: for every such value, what the service shows in its place, and what is
 * meant. As long as the service shows that, nobody has changed it, and what is meant is read back. A provider keeps it in a
 * property of the event that people do not see.
 */
export type Kept = Readonly<Record<string, KeptValue>>
export type KeptValue = readonly [shown: string, meant: unknown]

const schema = z.record(z.string().max(32), z.tuple([z.string(), z.json()]))

/** Nothing where there is no property, or one that was cut or is somebody else's. */
export function parseKept(text: string | undefined): Kept {
  if (text === undefined) return {}
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return {}
  }
}

/** What is meant by a value that a service shows; undefined when somebody changed it since, or nothing more was meant. */
export function recall<T>(kept: Kept, name: string, shown: string, schema: z.ZodType<T>): T | undefined {
  const found = Object.hasOwn(kept, name) ? kept[name] : undefined
  if (found?.[0] !== shown) return undefined
  const parsed = schema.safeParse(found[1])
  return parsed.success ? parsed.data : undefined
}

/** As the value of a property; null when there is nothing to keep. Of too much, the longest value is given up first. */
export function formatKept(kept: Kept, longest: number): string | null {
  const entries = Object.entries(kept).sort(([, a], [, b]) => JSON.stringify(a).length - JSON.stringify(b).length)
  for (; entries.length > 0; entries.pop()) {
    const text = JSON.stringify(Object.fromEntries(entries))
    if (text.length <= longest) return text
  }
  return null
}

/** What is kept after a write: null takes a value away. */
export function mergedKept(before: Kept, changes: Readonly<Record<string, KeptValue | null>>): Kept {
  const merged = Object.entries({ ...before, ...changes })
  return Object.fromEntries(merged.filter((entry): entry is [string, KeptValue] => entry[1] !== null))
}
