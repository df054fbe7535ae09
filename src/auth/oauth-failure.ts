import { isSyncError, SyncError } from '../errors.js'
import { type Advice, microsoftAdvice } from './microsoft-errors.js'

/**
 * What an error of the OAuth library means. It is never kept as the cause: it holds whole answers, tokens included.
 * @see RFC 6749 sections 4.1.2.1 and 5.2
 */
export function oauthFailure(error: unknown, step: 'callback' | 'token'): SyncError {
  if (isSyncError(error)) return error
  const { code, error: named, error_description: description } = (error ?? {}) as Readonly<Record<string, unknown>>
  if (code === 'OAUTH_RESPONSE_BODY_ERROR' || code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR')
    return refusal(String(named), typeof description === 'string' ? description : '', step)
  if (step === 'callback')
    return new SyncError(
      'invalid_input',
      'This answer does not come from the server that the sign-in began at, or was changed on its way. Start again.',
      { reason: 'CALLBACK' },
    )
  return new SyncError(
    'invalid_response',
    'The answer of the authorization server is not what the protocol allows. Nothing of it was used.',
    { reason: reasonOf(code) },
  )
}

/** The library's own word for it, without ours in front. */
function reasonOf(code: unknown): string {
  const word = typeof code === 'string' ? /^OAUTH_([A-Z_]{1,60})$/.exec(code)?.[1] : undefined
  return word ?? 'TOKEN_ANSWER'
}

function refusal(named: string, description: string, step: 'callback' | 'token'): SyncError {
  // Only words that we know are repeated, and of the description only a number: the rest may name people, or hold tokens.
  const word = [passing, ofTheApp, needsPerson, others].some((words) => words.has(named)) ? named : 'unknown'
  const reason = /\bAADSTS\d{4,8}\b/.exec(description)?.[0] ?? word
  if (passing.has(word))
    return new SyncError('unavailable', 'The authorization server cannot answer now. Try again later.', { reason })
  const advice = microsoftAdvice(reason)
  if (advice) return advised(advice, word, reason, step)
  if (ofTheApp.has(word))
    return new SyncError(
      'invalid_input',
      `The authorization server does not accept this application (${reason}). Check clientId, clientSecret and how the application is registered there.`,
      { reason },
    )
  if (step === 'callback')
    return new SyncError(
      'forbidden',
      `The sign-in was not completed: the authorization server says ${reason}. The person can start again.`,
      { reason },
    )
  if (needsPerson.has(word))
    return new SyncError('auth_expired', `The sign-in is not valid any more (${reason}). Sign in again.`, { reason })
  return new SyncError(
    'invalid_input',
    `The authorization server refuses the request (${reason}). Check the scopes and how the application is registered there.`,
    { reason },
  )
}

/** An error that is explained. The person is asked only where a sign-in can help. */
function advised({ audience, text }: Advice, word: string, reason: string, step: 'callback' | 'token'): SyncError {
  const message = `The authorization server says ${reason}: ${text}`
  if (audience === 'host') return new SyncError('invalid_input', message, { reason })
  if (step === 'callback') return new SyncError('forbidden', message, { reason })
  const isOfThePerson = audience === 'person' || needsPerson.has(word)
  return new SyncError(isOfThePerson ? 'auth_expired' : 'forbidden', message, { reason })
}

const passing: ReadonlySet<string> = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])

/** `deleted_client`, `disabled_client` and `org_internal` are not in any RFC; one large server says so. */
const ofTheApp: ReadonlySet<string> = new Set([
  ...['invalid_client', 'unauthorized_client', 'deleted_client', 'disabled_client', 'org_internal'],
  ...['unsupported_grant_type', 'unsupported_response_type', 'redirect_uri_mismatch'],
])

/** Words of RFC 6749 and OpenID Connect that the host has to look into. */
const others: ReadonlySet<string> = new Set(['invalid_request', 'invalid_scope', 'invalid_target', 'invalid_resource'])

/** `invalid_rapt` and `admin_policy_enforced`: an administrator wants a new sign-in, or none. */
const needsPerson: ReadonlySet<string> = new Set([
  ...['invalid_grant', 'interaction_required', 'login_required', 'consent_required', 'account_selection_required'],
  ...['access_denied', 'invalid_rapt', 'admin_policy_enforced', 'mfa_required', 'invalid_token'],
])
