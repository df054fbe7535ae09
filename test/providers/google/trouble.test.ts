import fc from 'fast-check'
import { test } from 'vitest'
import { googleProvider } from '../../../src/providers/google/index.js'
import { fakeGoogle } from '../../../src/testing/google/fake-google.js'
import type { FakeGoogleFault } from '../../../src/testing/google/faults.js'
import type { GoogleMethod } from '../../../src/testing/google/methods.js'
import type { FakeGoogleOptions } from '../../../src/testing/google/options.js'
import { type TriedService, trouble } from '../../support/trouble.js'
import type { Screen } from '../../support/trouble-people.js'
import { troubleSteps } from '../../support/trouble-steps.js'
import { lunch, monday, mondays } from './opened.js'

/** Raise it to look for trouble; a schedule takes about a twentieth of a second. */
const schedules = 25

const faults: readonly FakeGoogleFault[] = [
  { kind: 'lost_answer' },
  { kind: 'lost_request' },
  { kind: 'late_error' },
  { kind: 'cut' },
  { kind: 'status', code: 503 },
  { kind: 'refuse', reason: 'userRateLimitExceeded' },
  { kind: 'refuse', reason: 'conditionNotMet' },
  { kind: 'stale' },
  { kind: 'repeat_page' },
  { kind: 'empty_page' },
  { kind: 'no_sync_token' },
]
const methods: readonly GoogleMethod[] = ['events.list', 'events.get', 'events.insert', 'events.patch', 'events.delete']

const steps = troubleSteps({ faults, methods })
const options: fc.Arbitrary<FakeGoogleOptions> = fc.record({
  seriesVersion: fc.constantFrom('shared' as const, 'own' as const),
  order: fc.constantFrom('stored' as const, 'reversed' as const, 'exceptions_first' as const),
  pageSize: fc.constantFrom(1, 3, 100),
})

type Played = Parameters<typeof trouble<GoogleMethod, FakeGoogleFault>>[1]

/** What went wrong once. */
const once: readonly (readonly [FakeGoogleOptions, Played])[] = [
  // An occurrence that a person cancels between the series and its changed occurrence stays cancelled.
  [
    { seriesVersion: 'shared', order: 'stored', pageSize: 1 },
    [
      { do: 'between', after: 2, touch: { do: 'cancel', at: 'service', which: 0 } },
      { do: 'between', after: 0, touch: { do: 'edit', at: 'service', which: 0 } },
      { do: 'fault', fault: { kind: 'lost_answer' }, method: 'events.list', after: 0 },
      { do: 'series', at: 'other' },
    ],
  ],
]

test('whatever people do and whatever goes wrong, both calendars end alike, with everything that nobody removed', async () => {
  await fc.assert(
    fc.asyncProperty(options, steps, async (given, played) => trouble(tried(given), played)),
    { numRuns: schedules, examples: once.map(([given, played]): [FakeGoogleOptions, Played] => [given, played]) },
  )
}, 600_000)

function tried(given: FakeGoogleOptions): TriedService<GoogleMethod, FakeGoogleFault> {
  const clock = { now: Date.UTC(2026, 1, 27, 8) }
  const google = fakeGoogle({ ...given, now: () => clock.now })
  const token = 'token-of-jane'
  const owner = google.addAccount({ email: 'jane@example.com', token })
  const jane = owner.calendar()
  const screen: Screen = {
    events: () =>
      jane
        .all()
        .filter(({ recurringEventId }) => recurringEventId === undefined)
        .map(({ id = '', summary = '', recurrence }) => ({ id, title: summary, isSeries: recurrence !== undefined })),
    add: (kind, summary) => void jane.create({ ...(kind === 'series' ? mondays : lunch(summary)), summary }),
    rename: (id, summary) => void jane.edit(id, { summary }),
    move: (id, location) => void jane.edit(id, { location }),
    hasMonday: (id, n) =>
      jane
        .occurrences(id)
        .some(({ originalStartTime }) => Date.parse(originalStartTime?.dateTime ?? '') === Date.parse(monday(n))),
    describe: (id, n, description) => void jane.editOccurrence(id, monday(n), { description }),
    cancel: (id, n) => jane.removeOccurrence(id, monday(n)),
    shift(id, hour) {
      const date = jane.get(id)?.start?.dateTime?.slice(0, 10) ?? ''
      const at = (minutes: string) => ({
        dateTime: `${date}T${String(hour).padStart(2, '0')}:${minutes}:00`,
        timeZone: 'Europe/Berlin',
      })
      jane.edit(id, { start: at('00'), end: at('30') })
    },
    split: (id, n, summary) => void jane.split(id, monday(n), { summary }),
    remove: (id) => jane.remove(id),
  }
  return {
    clock,
    token,
    calendar: owner.email,
    screen,
    provider: (meddled) =>
      googleProvider({
        fetch: meddled(google.fetch),
        now: () => clock.now,
        requestsPerMinute: 1e9,
        projectRequestsPerMinute: 1e9,
      }),
    fail: (plan) => google.fail(plan),
    heal: () => google.heal(),
    expire: () => google.expireSyncTokens(owner.email),
  }
}
