import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { errorCodes, isSyncError } from '../../../src/errors.js'
import { type About, failure } from '../../../src/providers/google/failure.js'
import type { FakeGoogleFault } from '../../../src/testing/google/faults.js'
import { draft } from '../../../src/testing/provider-samples.js'
import { corpusFolder } from '../../corpus/corpus.js'
import { opened } from './opened.js'

const now = Date.UTC(2026, 6, 18, 11, 30)

/** What Google answers, word for word where a sample is kept, and what it means for what was asked. */
const rows: readonly (readonly [sample: string, about: About, code: string, reason: string])[] = [
  ['docs-401-authError', 'event', 'auth_expired', 'authError'],
  ['allodia-unauthorized', 'write', 'auth_expired', 'authError'],
  ['allodia-forbidden', 'account', 'auth_expired', 'insufficientPermissions'],
  ['allodia-rate_limit', 'write', 'rate_limited', 'rateLimitExceeded'],
  ['docs-403-userRateLimitExceeded', 'write', 'rate_limited', 'userRateLimitExceeded'],
  ['docs-403-rateLimitExceeded', 'calendar', 'rate_limited', 'rateLimitExceeded'],
  ['docs-403-quotaExceeded', 'create', 'rate_limited', 'quotaExceeded'],
  ['docs-429-rateLimitExceeded', 'write', 'rate_limited', 'rateLimitExceeded'],
  ['docs-403-forbiddenForNonOrganizer', 'write', 'forbidden', 'forbiddenForNonOrganizer'],
  ['docs-404-notFound', 'calendar', 'calendar_gone', 'undefined'],
  ['docs-404-notFound', 'changes', 'calendar_gone', 'undefined'],
  ['docs-404-notFound', 'write', 'not_found', 'undefined'],
  ['docs-409-duplicate', 'create', 'already_exists', 'undefined'],
  ['docs-409-duplicate', 'write', 'revision_mismatch', 'duplicate'],
  ['docs-410-deleted', 'write', 'not_found', 'undefined'],
  ['docs-410-fullSyncRequired', 'changes', 'cursor_expired', 'fullSyncRequired'],
  ['allodia-sync_token_gone', 'changes', 'cursor_expired', 'fullSyncRequired'],
  ['docs-410-updatedMinTooLongAgo', 'changes', 'cursor_expired', 'updatedMinTooLongAgo'],
  ['docs-412-conditionNotMet', 'write', 'revision_mismatch', 'undefined'],
  ['docs-400-timeRangeEmpty', 'write', 'event_refused', 'timeRangeEmpty'],
  ['docs-400-timeRangeEmpty', 'changes', 'cursor_expired', 'timeRangeEmpty'],
  ['docs-500-backendError', 'write', 'unavailable', 'backendError'],
]

const folder = corpusFolder('google-json/errors')
if (!folder) console.warn('The Google corpus is not there (set CALWEAVE_CORPUS): its tests are skipped.')

describe.skipIf(!folder)('answers of Google that were kept (skipped when they are not there)', () => {
  test.each(rows)('%s, when asked about %s, is %s', (sample, about, code, reason) => {
    const text = readFileSync(`${folder}/${sample}.json`, 'utf8')
    const status = (JSON.parse(text) as { error: { code: number } }).error.code
    const error = failure({ status, headers: new Headers(), text, url: 'https://www.googleapis.com/' }, about, now)
    expect([error.code, String(error.reason)]).toEqual([code, reason])
  })

  test('none of them is quoted', () => {
    for (const file of readdirSync(folder ?? '')) {
      const text = readFileSync(`${folder}/${file}`, 'utf8')
      const { error } = JSON.parse(text) as { error: { code?: number; message?: string } }
      if (!error.code || !error.message) continue
      const { message } = failure({ status: error.code, headers: new Headers(), text, url: 'https://a/' }, 'write', now)
      expect(message).not.toContain(error.message)
    }
  })

  test('a time to come back that stands in the message is handed on', () => {
    const text = readFileSync(`${folder}/allodia-rate_limit.json`, 'utf8')
    const error = failure({ status: 403, headers: new Headers(), text, url: 'https://a/' }, 'write', now)
    expect(error.retryAfterMs).toBe(30 * 60_000)
  })
})

describe('answers of anybody', () => {
  test.each([
    [400, 'not json', 'event_refused'],
    [403, '<html>', 'forbidden'],
    [403, '{"error":"invalid_grant"}', 'forbidden'],
    [403, '{"error":{"errors":7,"message":{}}}', 'forbidden'],
    [403, '{"error":{"code":403,"details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}', 'auth_expired'],
    [403, '{"error":{"errors":[{"domain":"usageLimits","reason":"accessNotConfigured"}]}}', 'forbidden'],
    [413, '', 'event_refused'],
    [418, '', 'invalid_response'],
    [500, '', 'unavailable'],
    [503, '', 'unavailable'],
    [504, '', 'timeout'],
  ])('%i with %s is %s', (status, text, code) => {
    expect(failure({ status, headers: new Headers(), text, url: 'https://a/' }, 'write', now).code).toBe(code)
  })

  test('Retry-After is handed on, within an hour', () => {
    const wait = (value: string) =>
      failure(
        { status: 429, headers: new Headers({ 'retry-after': value }), text: '', url: 'https://a/' },
        'write',
        now,
      ).retryAfterMs
    expect([wait('7'), wait('99999999999'), wait('-1'), wait('never')]).toEqual([7_000, 3_600_000, 0, undefined])
  })
})

describe('a write that goes wrong says whether it may have landed', () => {
  const faults: readonly (readonly [FakeGoogleFault, string, 'no' | 'maybe', landed: boolean])[] = [
    [{ kind: 'lost_request' }, 'unavailable', 'maybe', false],
    [{ kind: 'lost_answer' }, 'unavailable', 'maybe', true],
    [{ kind: 'late_error' }, 'unavailable', 'maybe', true],
    [{ kind: 'cut' }, 'invalid_response', 'maybe', true],
    [{ kind: 'status', code: 200, text: '<html>Sign in to the hotel</html>' }, 'invalid_response', 'maybe', false],
    [{ kind: 'status', code: 502, text: 'bad gateway' }, 'unavailable', 'maybe', false],
    [{ kind: 'refuse', reason: 'userRateLimitExceeded' }, 'rate_limited', 'no', false],
    [{ kind: 'refuse', reason: 'rateLimitExceeded', code: 429, retryAfter: '30' }, 'rate_limited', 'no', false],
    [{ kind: 'refuse', reason: 'forbidden' }, 'forbidden', 'no', false],
    [{ kind: 'refuse', reason: 'invalid' }, 'event_refused', 'no', false],
    [{ kind: 'refuse', reason: 'authError' }, 'auth_expired', 'no', false],
  ]

  test.each(faults)('%o', async (fault, code, promise, landed) => {
    const { account, calendar, google, jane } = opened()
    google.fail({ fault, method: 'events.insert', times: 2 })
    const error = await account.create(calendar, draft('one')).catch((cause: unknown) => cause)
    if (!isSyncError(error)) throw error
    expect([error.code, errorCodes[error.code].landed, jane.all().length]).toEqual([code, promise, landed ? 1 : 0])
  })
})
