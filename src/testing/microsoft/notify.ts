import { Refusal } from './refusals.js'

/** Asks an address to give back a token, which stands encoded in the address that is asked. */
export async function validated(deliver: typeof fetch, address: string, token: string): Promise<void> {
  const url = new URL(address)
  // Appended by hand: a space is %20 here, and whoever decodes a plus sign as a space gives back something else.
  const asked = `${address}${url.search === '' ? '?' : '&'}validationToken=${encodeURIComponent(token)}`
  const response = await deliver(asked, {
    method: 'POST',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  }).then(
    (answer) => answer,
    () => undefined,
  )
  const text = await response?.text()
  const isPlain = /^text\/plain\b/i.test(response?.headers.get('content-type') ?? '')
  const escaped = token.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  if (response?.status === 200 && isPlain && (text === token || text === escaped)) return
  const message = 'Subscription validation request failed. Answer 200 with the decoded validation token as text/plain.'
  throw new Refusal('ValidationError', { message })
}

/** Graph tries again for four hours; the fake three times, and does not wait. */
export async function delivered(deliver: typeof fetch, address: string, body: object): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const status = await deliver(address, { method: 'POST', headers, body: JSON.stringify(body) }).then(
      (response) => response.status,
      () => 503,
    )
    if (status >= 200 && status < 300) return
  }
}
