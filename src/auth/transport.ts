import { SyncError } from '../errors.js'
import { httpClient } from '../http/client.js'
import { retryAfterMs } from '../http/retry-after.js'
import type { OAuthApp } from './oauth-options.js'

/** A `fetch` for requests that carry secrets. */
export interface Transport {
  /** Lets requests go to this address; to all others none goes, also not by a redirect. */
  pin(url: string): void
  fetch(url: string, init: TransportInit): Promise<Response>
}

/** What of a request matters here. */
export interface TransportInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

const maxBytes = 262_144

/**
 * Sends requests with the limits and address rules of our HTTP client. A server that is down or asks for patience is told
 * here, so that it is never read as a refusal.
 */
export function transport({ fetch, allowedHosts, allow, onRequest, timeoutMs = 20_000 }: OAuthApp): Transport {
  const pinned = new Set<string>()
  const http = httpClient({
    ...(fetch === undefined ? {} : { fetch }),
    ...(allowedHosts === undefined ? {} : { allowedHosts }),
    ...(onRequest === undefined ? {} : { onRequest }),
    allow: (url) => pinned.has(url.href) && (allow?.(url) ?? true),
    maxBytes,
    timeoutMs,
    idleTimeoutMs: timeoutMs,
  })
  return {
    pin: (url) => void pinned.add(new URL(url).href),
    async fetch(url, { method, headers, body, signal }) {
      const answer = await http.request({
        method,
        url,
        headers,
        ...(body === undefined || body === null ? {} : { body: String(body) }),
        ...(signal ? { signal } : {}),
      })
      const { status, text } = answer
      const wait = retryAfterMs(answer.headers)
      const patience = wait === undefined ? {} : { retryAfterMs: wait }
      if (status === 429)
        throw new SyncError('rate_limited', 'The authorization server asks for fewer requests. Try again later.', {
          ...patience,
          reason: '429',
        })
      if (status >= 500)
        throw new SyncError('unavailable', 'The authorization server failed. Try again later.', {
          ...patience,
          reason: String(status),
        })
      // Only what is needed to read it: a challenge in a header would be taken for the answer.
      const type = answer.headers.get('content-type')
      const isEmpty = status === 204 || status === 205 || status === 304
      return new Response(isEmpty ? null : text, { status, headers: type === null ? {} : { 'content-type': type } })
    },
  }
}
