const hourMs = 3_600_000

/**
 * How long a service asks us to wait, within 0 and one hour, whatever it says; undefined when it says nothing readable.
 * @see RFC 9110 section 10.2.3
 */
export function retryAfterMs(headers: Headers, now: number = Date.now()): number | undefined {
  const text = headers.get('retry-after')?.trim()
  if (!text) return undefined
  const wanted = /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(wanted) ? undefined : Math.min(Math.max(wanted, 0), hourMs)
}
