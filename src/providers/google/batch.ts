import { invalidResponse } from './failure.js'

/**
 * Many reading requests in one, and their answers.
 * @see https://developers.google.com/workspace/calendar/api/guides/batch
 */

/** The current guide allows 1,000 calls, older ones 50. */
export const mostCalls = 50

/** What one of the calls was answered. */
export interface BatchedAnswer {
  readonly status: number
  readonly text: string
}

// Addresses are percent-encoded, so that no part can hold it.
const boundary = 'calweave batch'

export const batchType: string = `multipart/mixed; boundary="${boundary}"`

/** The body of a batch that reads these addresses, each a path with its query. */
export function writeBatch(paths: readonly string[]): string {
  const parts = paths.map((path, index) =>
    [`--${boundary}`, 'Content-Type: application/http', `Content-ID: <${index}>`, '', `GET ${path}`, '', ''].join(
      '\r\n',
    ),
  )
  return `${parts.join('')}--${boundary}--\r\n`
}

/**
 * The answers by the number of their call. They come in any order, and some may be missing.
 * @throws SyncError `invalid_response` for what is no batch.
 */
export function readBatch(text: string, contentType: string | null): ReadonlyMap<number, BatchedAnswer> {
  const [, quoted, plain] = /^multipart\/mixed\b.*?;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? '') ?? []
  const own = quoted ?? plain
  if (own === undefined) throw invalidResponse('NOT_A_BATCH')
  const answers = new Map<number, BatchedAnswer>()
  for (const part of `\n${text.replaceAll('\r\n', '\n')}`.split(`\n--${own}`)) {
    const [head = '', inner = '', ...body] = part.split('\n\n')
    const id = /^content-id:\s*<?response-<?(\d+)>?\s*$/im.exec(head)?.[1]
    const status = /^HTTP\/[\d.]+ (\d{3})\b/.exec(inner.trimStart())?.[1]
    if (id !== undefined && status !== undefined)
      answers.set(Number(id), { status: Number(status), text: body.join('\n\n') })
  }
  return answers
}
