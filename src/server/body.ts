import { SyncError } from '../index.js'
import { Refusal } from './problem.js'

/** How deep and how large what a body holds may be, whatever it is for. */
const deepest = 64
const mostValues = 250_000
/** Keys that lead to the prototype of an object instead of to a value of it. */
const reachingKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Reads the JSON of a request; undefined where it has no body. Stops reading at the first byte too many.
 * @throws Refusal `not_json`, `too_large`; SyncError `invalid_input` for what is no JSON, too deep or reaches for a prototype
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw new Refusal('too_large')
  const text = await readText(request, maxBytes)
  if (text === '') return undefined
  const [type] = (request.headers.get('content-type') ?? '').split(';')
  if (type?.trim().toLowerCase() !== 'application/json') throw new Refusal('not_json')
  const value = parsed(text)
  check(value)
  return value
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  if (!request.body) return ''
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = request.body.getReader()
  let text = ''
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return text + decoder.decode()
      bytes += value.byteLength
      if (bytes > maxBytes) throw new Refusal('too_large')
      text += decoder.decode(value, { stream: true })
    }
  } catch (error) {
    reader.cancel().catch(() => undefined)
    if (error instanceof Refusal) throw error
    throw notJson()
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notJson()
  }
}

function notJson(): SyncError {
  return new SyncError('invalid_input', 'The body is no JSON in UTF-8.', { reason: 'JSON' })
}

function check(root: unknown): void {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 0 }]
  let seen = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (++seen > mostValues || next.depth > deepest)
      throw new SyncError('invalid_input', 'The body is nested too deep, or holds too many values.', { reason: 'JSON' })
    const { value, depth } = next
    if (typeof value !== 'object' || value === null) continue
    for (const key of Object.keys(value)) {
      if (reachingKeys.has(key) && !Array.isArray(value))
        throw new SyncError('invalid_input', 'The body holds a key that is not allowed.', { reason: 'JSON' })
      waiting.push({ value: (value as Record<string, unknown>)[key], depth: depth + 1 })
    }
  }
}
