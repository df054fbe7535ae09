import { SyncError } from '../../errors.js'

/**
 * Says what to do when Apple refuses a password. A refusal looks the same for the Apple Account's own password, for an
 * app-specific one that was revoked, and for a typing error; what was given tells a little more.
 *
 * @see https://support.apple.com/102654
 */
export function explainRefusal(error: SyncError, password: string): SyncError {
  if (error.code !== 'auth_expired') return error
  const told = looksAppSpecific(password)
    ? 'It may have been revoked: that happens to all of them when the password of the Apple Account is changed. '
    : 'What was given does not look like an app-specific password (four groups of four letters, with dashes); the ' +
      "Apple Account's own password is never accepted. "
  return new SyncError(
    'auth_expired',
    `Apple does not accept this user name and password. ${told}Sign in at https://account.apple.com, make a new one ` +
      'under Sign-In and Security, App-Specific Passwords (two-factor authentication has to be on), and enter it here ' +
      'with the mail address of the Apple Account. Accounts of mainland China need the setting region "china".',
    { cause: error, ...(error.reason === undefined ? {} : { reason: error.reason }) },
  )
}

function looksAppSpecific(password: string): boolean {
  return /^[a-z]{4}(?:-?[a-z]{4}){3}$/.test(password.trim())
}
