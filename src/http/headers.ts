import { SyncError } from '../errors.js'

/**
 * Refuses values that would not arrive as one header: a line end begins another one, and what is beyond Latin-1 cannot
 * be sent. `fetch` refuses them too, in words that look like a broken connection and invite to try again.
 *
 * @throws SyncError `invalid_input` that names the header and never its value.
 * @see RFC 9110 section 5.5
 */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue
    throw new SyncError(
      'invalid_input',
      `The header ${name} cannot be sent. Its value must be one line of Latin-1 text.`,
      {
        reason: 'HEADER',
      },
    )
  }
}

/** Whether a request carries what proves who somebody is. */
export function hasCredentials(headers: Readonly<Record<string, string>> | undefined): boolean {
  return Object.keys(headers ?? {}).some((name) => /^(?:authorization|cookie|x-api-key)$/i.test(name))
}
