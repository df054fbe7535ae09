import * as z from 'zod'

/**
 * What of our copy says more than Google can: for every such value, what Google shows in its place, and what is meant.
 * As long as Google shows that, nobody has changed it, and what is meant is read back. It stands in a private property.
 */
export type Kept = Readonly<Record<string, KeptValue>>
export type KeptValue = readonly [shown: string, meant: unknown]

/** Keys of private properties may have 44 characters, values 1,024; what is longer is lost without a word. */
export const keptKey = 'calweaveKept'
export const longestValue = 1_024

const schema = z.record(z.string().max(32), z.tuple([z.string(), z.json()]))

export function readKept(properties: Readonly<Record<string, string>> | undefined): Kept {
  const text = properties?.[keptKey]
  if (text === undefined) return {}
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return {} // cut, or somebody else's
  }
}

/** What is meant by a value that Google shows; undefined when somebody changed it since, or nothing more was meant. */
export function recall<T>(kept: Kept, name: string, shown: string, schema: z.ZodType<T>): T | undefined {
  const found = Object.hasOwn(kept, name) ? kept[name] : undefined
  if (found?.[0] !== shown) return undefined
  const parsed = schema.safeParse(found[1])
  return parsed.success ? parsed.data : undefined
}

/** As the value of a property; null when there is nothing to keep. Of too much, the longest value is given up first. */
export function formatKept(kept: Kept): string | null {
  const entries = Object.entries(kept).sort(([, a], [, b]) => JSON.stringify(a).length - JSON.stringify(b).length)
  for (; entries.length > 0; entries.pop()) {
    const text = JSON.stringify(Object.fromEntries(entries))
    if (text.length <= longestValue) return text
  }
  return null
}
