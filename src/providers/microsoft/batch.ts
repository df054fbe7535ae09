import * as z from 'zod'
import { type Answered, invalidResponse } from './failure.js'

/**
 * Many reading requests in one, and their answers.
 * @see https://learn.microsoft.com/graph/json-batching
 */

/** So many requests a batch takes. */
export const mostInBatch = 20

/**
 * Of one mailbox only so many requests may be under way at once, also inside a batch. So they wait for each other in so
 * many lines.
 */
export const lanes = 4

/** The body of a batch that reads these paths, each beginning with a slash, in so many lines. */
export function writeBatch(
  paths: readonly string[],
  headers: Readonly<Record<string, string>>,
  lines: number = lanes,
): unknown {
  const requests = paths.map((url, index) => ({
    id: String(index),
    method: 'GET',
    url,
    headers,
    ...(index < lines ? {} : { dependsOn: [String(index - lines)] }),
  }))
  return { requests }
}

/**
 * The answers by the number of their request; they come in any order. Undefined for one that was not answered, or not
 * even asked because the one before it in its line failed (424, general knowledge).
 * @throws SyncError `invalid_response` for what is no batch.
 */
export function readBatch(value: unknown, count: number): readonly (Answered | undefined)[] {
  const parsed = batchAnswer.safeParse(value)
  if (!parsed.success) throw invalidResponse('NOT_A_BATCH')
  const answers = new Map(parsed.data.responses.map((one) => [one.id, one]))
  return Array.from({ length: count }, (_, index) => {
    const answer = answers.get(String(index))
    if (!answer || answer.status === failedDependency) return undefined
    return { status: answer.status, headers: headersOf(answer.headers), value: answer.body }
  })
}

const failedDependency = 424

const batchAnswer = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.int(),
      headers: z.record(z.string(), z.unknown()).nullish(),
      body: z.unknown().optional(),
    }),
  ),
})

function headersOf(given: Readonly<Record<string, unknown>> | null | undefined): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given ?? {})) {
    try {
      headers.set(name, String(value))
    } catch {
      // Not one that a request by itself could have had.
    }
  }
  return headers
}
