import type { PushRequest } from '../providers/watching.js'

/** Far more than any service sends at once. */
const maxBytes = 1_048_576

/** Reads a request from anybody. Undefined: it is larger than a notice can be, and was not read to its end. */
export async function readPush(request: Request): Promise<PushRequest | undefined> {
  const body = await readBody(request.body)
  return body === undefined
    ? undefined
    : { method: request.method, url: new URL(request.url), headers: request.headers, body }
}

async function readBody(stream: ReadableStream<Uint8Array> | null): Promise<string | undefined> {
  if (!stream) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    text += decoder.decode(value, { stream: true })
    if (bytes <= maxBytes) continue
    reader.cancel().catch(() => undefined)
    return undefined
  }
}

export function tooLarge(): Response {
  return new Response('Too large.', { status: 413, headers: { 'content-type': 'text/plain; charset=utf-8' } })
}
