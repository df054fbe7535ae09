import { SyncError } from '../errors.js'

/**
 * Reads a body and gives up while reading once it is larger than `maxBytes`, so that a small compressed answer cannot
 * fill the memory.
 *
 * @param decode - Makes text of the whole body. Without it, bytes that are not UTF-8 become U+FFFD: one damaged event
 * must not hide its neighbours.
 * @throws SyncError `limit_exceeded`; whatever the stream throws when the body is cut off; whatever `decode` throws.
 */
export async function readText(
  response: Response,
  maxBytes: number,
  decode?: (bytes: Uint8Array) => string,
): Promise<{ readonly text: string; readonly bytes: number }> {
  if (!response.body) return { text: '', bytes: 0 }
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  const parts: Uint8Array[] = []
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { text: decode ? decode(joined(parts, bytes)) : text + decoder.decode(), bytes }
    bytes += value.byteLength
    if (bytes > maxBytes) {
      await reader.cancel().catch(() => undefined) // the connection is given up; how it ends does not matter
      throw new SyncError('limit_exceeded', `The answer is larger than ${maxBytes} bytes. Nothing of it was used.`, {
        reason: 'LIMIT_BYTES',
      })
    }
    if (decode) parts.push(value)
    else text += decoder.decode(value, { stream: true })
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.byteLength
  }
  return all
}
