import { SyncError } from '../errors.js'

/**
 * Reads a body as UTF-8 text and gives up while reading once it is larger than `maxBytes`, so that a small compressed
 * answer cannot fill the memory. Bytes that are not UTF-8 become U+FFFD: one damaged event must not hide its neighbours.
 *
 * @throws SyncError `limit_exceeded`; whatever the stream throws when the body is cut off.
 */
export async function readText(
  response: Response,
  maxBytes: number,
): Promise<{ readonly text: string; readonly bytes: number }> {
  if (!response.body) return { text: '', bytes: 0 }
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { text: text + decoder.decode(), bytes }
    bytes += value.byteLength
    if (bytes > maxBytes) {
      await reader.cancel().catch(() => undefined) // the connection is given up; how it ends does not matter
      throw new SyncError('limit_exceeded', `The answer is larger than ${maxBytes} bytes. Nothing of it was used.`, {
        reason: 'LIMIT_BYTES',
      })
    }
    text += decoder.decode(value, { stream: true })
  }
}
