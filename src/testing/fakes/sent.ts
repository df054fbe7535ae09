/** What a fake sends in the end: an answer, or what is left of it. */
export interface Sent {
  readonly code: number
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  /** In the place of a body of JSON. */
  readonly text?: string
  /** Nothing is sent: the connection breaks. */
  readonly isLost?: boolean
  /** Nothing is sent, ever. */
  readonly isSilent?: boolean
}

/** An answer that ends in the middle of its body. */
export function cut({ code, body = {} }: Sent): Sent {
  const text = JSON.stringify(body)
  return { code, text: text.slice(0, Math.floor(text.length / 2)) }
}

/** The header that asks to come again later, if there is one. */
export function waiting(retryAfter: string | undefined): Pick<Sent, 'headers'> {
  return retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }
}

/** Waits until the caller gives up; never ends by itself. */
export function givenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
