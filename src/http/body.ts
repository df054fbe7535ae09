import { SyncError } from '../errors.js'

/** How {@link readText} reads. */
export interface ReadOptions {
  /** Counted after decompression. */
  readonly maxBytes: number
  /**
   * Makes text of the whole body. Without it, bytes that are not UTF-8 become U+FFFD: one damaged event must not hide
   * its neighbours.
   */
  readonly decode: ((bytes: Uint8Array) => string) | undefined
  /** Waits for the next part, or rejects when that has taken too long. */
  readonly wait: <T>(part: Promise<T>) => Promise<T>
}

/**
 * Reads a body and gives up while reading once it is larger than `maxBytes`, so that a small compressed answer cannot
 * fill the memory.
 *
 * @throws SyncError `limit_exceeded`; whatever the stream throws when the body is cut off; whatever `decode` throws.
 */
export async function readText(
  response: Response,
  { maxBytes, decode, wait }: ReadOptions,
): Promise<{ readonly text: string; readonly bytes: number }> {
  if (!response.body) return { text: '', bytes: 0 }
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  const parts: Uint8Array[] = []
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await wait(reader.read()).catch(async (error: unknown) => {
      giveUp(reader)
      throw error
    })
    if (done) return { text: decode ? decode(joined(parts, bytes)) : text + decoder.decode(), bytes }
    bytes += value.byteLength
    if (bytes > maxBytes) {
      giveUp(reader)
      throw new SyncError('limit_exceeded', `The answer is larger than ${maxBytes} bytes. Nothing of it was used.`, {
        reason: 'LIMIT_BYTES',
      })
    }
    if (decode) parts.push(value)
    else text += decoder.decode(value, { stream: true })
  }
}

/** Ends the connection, too. How it ends does not matter, and is not waited for. */
function giveUp(reader: ReadableStreamDefaultReader<unknown>): void {
  reader.cancel().catch(() => undefined)
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
