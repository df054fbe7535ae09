import * as z from 'zod'
import { SyncError, throwIfAborted } from '../../errors.js'
import { runningSha256 } from '../../model/hash.js'
import type { UserId } from '../../model/ids.js'
import type { Json } from '../../model/json.js'
import { type Collection, collections } from '../storage.js'

/**
 * A state as text: lines of JSON. The first says what this is. Then come, for every user, a line with the user's id and
 * one line for each record: collection, id, version, value, index keys. The last counts, and has a digest of all before.
 *
 * Versions are kept, because what is kept refers to them. Leases are not: what is empty never gave one, so nobody holds
 * one that could be taken for a new one; and where a storage is written over, its tokens stay and go on growing.
 */

/** The format of these lines. A later one gets another number. */
export const format = 1

/** What a state holds. */
export interface StateSummary {
  readonly users: number
  readonly records: number
  /** SHA-256 of all lines but the last, in hex. */
  readonly digest: string
}

/** A record as it stands in a line. */
export interface KeptLine {
  readonly record: readonly [Collection, string, number, Json, Readonly<Record<string, string>>]
  /** How many characters the line has. */
  readonly size: number
}

/**
 * Reads a state from its first line to its last, and tells of every record on the way.
 * @throws SyncError `invalid_input` when it is not whole, `storage_newer` when it is of a later calweave.
 */
export async function readState(
  source: AsyncIterable<string | Uint8Array>,
  signal: AbortSignal | undefined,
  each?: (user: UserId, line: KeptLine) => Promise<void>,
): Promise<StateSummary> {
  const hash = runningSha256()
  let user: UserId | undefined
  let users = 0
  let records = 0
  let number = 0
  let end: StateSummary | undefined
  for await (const text of linesOf(source)) {
    number++
    throwIfAborted(signal)
    if (end) throw broken(number)
    const line = parsed(text, number)
    if (number === 1) checkHeader(line)
    else if (Array.isArray(line)) {
      const record = recordLine.safeParse(line)
      if (!record.success || user === undefined) throw broken(number)
      records++
      await each?.(user, { record: record.data as never, size: text.length })
    } else {
      const next = otherLine.safeParse(line)
      if (!next.success) throw broken(number)
      if ('user' in next.data) {
        users++
        user = next.data.user as UserId
      } else {
        end = next.data.end
        continue // its digest is of the lines before it
      }
    }
    hash.add(`${text}\n`)
  }
  if (!end) throw new SyncError('invalid_input', 'The state is cut off: its last line is missing. Export it again.')
  if (end.users !== users || end.records !== records || end.digest !== hash.digest())
    throw new SyncError('invalid_input', 'The state was changed since it was exported. Take another copy of it.')
  return end
}

const header = z.object({
  calweave: z.literal('state'),
  format: z.int(),
  collections: z.record(z.string(), z.array(z.string())),
})

const otherLine = z.union([
  z.strictObject({ user: z.string().min(1) }),
  z.strictObject({ end: z.strictObject({ users: z.int(), records: z.int(), digest: z.string() }) }),
])

const names = Object.keys(collections) as [Collection, ...Collection[]]
const recordLine = z.tuple([
  z.enum(names),
  z.string().min(1),
  z.int().min(1),
  z.unknown(),
  z.record(z.string(), z.string()),
])

function checkHeader(line: unknown): void {
  const found = header.safeParse(line)
  if (!found.success) throw new SyncError('invalid_input', 'This is not a state that calweave exported.')
  const { format: given, collections: theirs } = found.data
  const isKnown = Object.entries(theirs).every(
    ([name, indices]) =>
      Object.hasOwn(collections, name) && indices.every((index) => collections[name as Collection].includes(index)),
  )
  if (given !== format || !isKnown)
    throw new SyncError('storage_newer', 'The state was exported by another version of calweave. Update calweave here.')
}

/** @param number - of the line, from 1 */
function parsed(text: string, number: number): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw number === 1 ? new SyncError('invalid_input', 'This is not a state that calweave exported.') : broken(number)
  }
}

function broken(number: number): SyncError {
  return new SyncError('invalid_input', `Line ${number} of the state is none of ours. Take another copy of it.`)
}

/** A value in a storage may be large, but not so large. */
const maxLine = 268_435_456

/** Lines without their ends. What follows the last end is a line that was cut off, and is given as one, too. */
async function* linesOf(source: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let parts: string[] = []
  let size = 0
  for await (const piece of source) {
    const text = typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      yield parts.join('') + text.slice(start, end)
      parts = []
      size = 0
      start = end + 1
    }
    parts.push(text.slice(start))
    size += text.length - start
    if (size > maxLine) throw new SyncError('limit_exceeded', 'A line of the state is too long to be one of ours.')
  }
  const rest = parts.join('') + decoder.decode()
  if (rest !== '') yield rest
}
