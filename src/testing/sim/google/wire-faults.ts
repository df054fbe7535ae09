import type { FakeGoogleFault, GoogleMethod } from '../../google/index.js'
import type { Random } from '../random.js'

/** What may go wrong with any request on its way. */
const anywhere: readonly FakeGoogleFault[] = [
  { kind: 'refuse', reason: 'rateLimitExceeded' },
  { kind: 'refuse', reason: 'userRateLimitExceeded', code: 429, retryAfter: '5' },
  { kind: 'refuse', reason: 'quotaExceeded' },
  { kind: 'refuse', reason: 'backendError' },
  { kind: 'refuse', reason: 'authError' },
  { kind: 'status', code: 502, text: '<html>Bad Gateway</html>' },
  { kind: 'status', code: 503 },
  { kind: 'lost_request' },
  { kind: 'lost_answer' },
  { kind: 'cut' },
]

/** What only some requests meet. */
const only: { readonly [M in GoogleMethod]?: readonly FakeGoogleFault[] } = {
  'events.list': [
    { kind: 'refuse', reason: 'fullSyncRequired' },
    { kind: 'empty_page' },
    { kind: 'repeat_page' },
    { kind: 'no_sync_token' },
  ],
  'events.insert': [{ kind: 'late_error' }],
  'events.patch': [{ kind: 'late_error' }, { kind: 'refuse', reason: 'conditionNotMet' }],
  'events.delete': [{ kind: 'late_error' }, { kind: 'refuse', reason: 'conditionNotMet' }],
}

/** One thing that goes wrong with a request of this method. */
export function drawWireFault(method: GoogleMethod | undefined, random: Random): FakeGoogleFault {
  return random.pick([...anywhere, ...((method && only[method]) ?? [])])
}

/** A fault, for the coverage and for the story. */
export function nameOfFault(fault: FakeGoogleFault): string {
  if (fault.kind === 'refuse') return fault.reason
  return fault.kind === 'status' ? `status ${fault.code}` : fault.kind
}
