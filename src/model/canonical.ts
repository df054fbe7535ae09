import type { Json } from './json.js'

/** The one text of a JSON value: keys in the order of their code units, and nothing for what is absent. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one as Json)).join()}]`
  const named = value as { readonly [key: string]: Json | undefined }
  const parts: string[] = []
  for (const key of Object.keys(named).sort()) {
    const part = named[key]
    if (part !== undefined) parts.push(`${JSON.stringify(key)}:${canonical(part)}`)
  }
  return `{${parts.join()}}`
}
