import type { FakeMicrosoftFault, MicrosoftMethod } from '../../microsoft/index.js'
import type { Random } from '../random.js'

/** What may go wrong with any request on its way. */
const anywhere: readonly FakeMicrosoftFault[] = [
  { kind: 'refuse', code: 'TooManyRequests', retryAfter: '5' },
  { kind: 'refuse', code: 'ApplicationThrottled', retryAfter: '2.128' },
  { kind: 'refuse', code: 'ServiceUnavailable', retryAfter: '120' },
  { kind: 'refuse', code: 'ErrorInternalServerTransientError' },
  { kind: 'refuse', code: 'InvalidAuthenticationToken' },
  { kind: 'status', code: 502, text: '<html>Bad Gateway</html>' },
  { kind: 'status', code: 504 },
  { kind: 'lost_request' },
  { kind: 'lost_answer' },
  { kind: 'cut' },
]

/** What only some requests meet. */
const only: { readonly [M in MicrosoftMethod]?: readonly FakeMicrosoftFault[] } = {
  'calendarView.delta': [
    { kind: 'refuse', code: 'SyncStateNotFound' },
    { kind: 'refuse', code: 'resyncRequired' },
    { kind: 'empty_page' },
    { kind: 'repeat_page' },
    { kind: 'no_delta_link' },
    { kind: 'spurious_removal' },
    { kind: 'stale' },
  ],
  'events.list': [{ kind: 'empty_page' }, { kind: 'repeat_page' }, { kind: 'stale' }],
  'events.get': [{ kind: 'stale' }],
  'events.instances': [{ kind: 'stale' }],
  'events.create': [{ kind: 'late_error' }],
  'events.update': [{ kind: 'late_error' }, { kind: 'refuse', code: 'ErrorIrresolvableConflict' }],
  'events.delete': [{ kind: 'late_error' }, { kind: 'refuse', code: 'ErrorIrresolvableConflict' }],
}

/** What befalls a batch: of what is no trouble on the way, one of the requests in it. */
const inBatches: readonly FakeMicrosoftFault[] = [{ kind: 'stale' }]

/** One thing that goes wrong with a request of this method; without one it is a batch. */
export function drawWireFault(method: MicrosoftMethod | undefined, random: Random): FakeMicrosoftFault {
  return random.pick([...anywhere, ...(method ? (only[method] ?? []) : inBatches)])
}

/** A fault, for the coverage and for the story. */
export function nameOfFault(fault: FakeMicrosoftFault): string {
  if (fault.kind === 'refuse') return fault.code
  return fault.kind === 'status' ? `status ${fault.code}` : fault.kind
}
