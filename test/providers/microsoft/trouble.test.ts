import fc from 'fast-check'
import { test } from 'vitest'
import { microsoftProvider } from '../../../src/providers/microsoft/index.js'
import { fakeMicrosoft } from '../../../src/testing/microsoft/fake-microsoft.js'
import type { FakeMicrosoftFault } from '../../../src/testing/microsoft/faults.js'
import type { MicrosoftMethod } from '../../../src/testing/microsoft/methods.js'
import type { FakeMicrosoftOptions } from '../../../src/testing/microsoft/options.js'
import { type TriedService, trouble } from '../../support/trouble.js'
import type { Screen } from '../../support/trouble-people.js'
import { troubleSteps } from '../../support/trouble-steps.js'
import { lunch, monday, mondays } from './opened.js'

/** Raise it to look for trouble; a schedule takes about a twentieth of a second. */
const schedules = 25

const faults: readonly FakeMicrosoftFault[] = [
  { kind: 'lost_answer' },
  { kind: 'lost_request' },
  { kind: 'late_error' },
  { kind: 'cut' },
  { kind: 'status', code: 503 },
  { kind: 'refuse', code: 'ApplicationThrottled' },
  { kind: 'refuse', code: 'ErrorIrresolvableConflict' },
  { kind: 'stale' },
  { kind: 'repeat_page' },
  { kind: 'empty_page' },
  { kind: 'no_delta_link' },
  { kind: 'spurious_removal' },
]
const methods: readonly MicrosoftMethod[] = [
  ...(['events.list', 'events.get', 'events.create', 'events.update', 'events.delete'] as const),
  ...(['calendarView.delta', 'events.instances'] as const),
]

const steps = troubleSteps({ faults, methods })
const options: fc.Arbitrary<FakeMicrosoftOptions> = fc.record({
  occurrenceTombstones: fc.constantFrom('none' as const, 'given' as const),
  originalStart: fc.constantFrom('absent' as const, 'given' as const),
  transactionReplay: fc.constantFrom('existing' as const, 'conflict' as const),
  repeats: fc.constantFrom('once' as const, 'doubled' as const),
  order: fc.constantFrom('stored' as const, 'reversed' as const),
  pageSize: fc.constantFrom(1, 3, 100),
})

test('whatever people do and whatever goes wrong, both calendars end alike, with everything that nobody removed', async () => {
  await fc.assert(
    fc.asyncProperty(options, steps, async (given, played) => trouble(tried(given), played)),
    { numRuns: schedules },
  )
}, 600_000)

function tried(given: FakeMicrosoftOptions): TriedService<MicrosoftMethod, FakeMicrosoftFault> {
  const clock = { now: Date.UTC(2026, 1, 27, 8) }
  const microsoft = fakeMicrosoft({ ...given, now: () => clock.now })
  const token = 'token-of-jane'
  const owner = microsoft.addAccount({ email: 'jane@example.com', token })
  const jane = owner.calendar()
  const screen: Screen = {
    events: () =>
      jane.all().map(({ id = '', subject, type }) => ({ id, title: subject ?? '', isSeries: type === 'seriesMaster' })),
    add: (kind, subject) => void jane.create({ ...(kind === 'series' ? mondays : lunch(subject)), subject }),
    rename: (id, subject) => void jane.edit(id, { subject }),
    move: (id, displayName) => void jane.edit(id, { location: { displayName } }),
    hasMonday: (id, n) => jane.occurrences(id).some(({ occurrenceId }) => occurrenceId?.endsWith(monday(n))),
    describe: (id, n, content) => void jane.editOccurrence(id, monday(n), { body: { contentType: 'text', content } }),
    cancel: (id, n) => jane.removeOccurrence(id, monday(n)),
    shift(id, hour) {
      const date = jane.get(id)?.start?.dateTime?.slice(0, 10) ?? ''
      const at = (minutes: string) => ({
        dateTime: `${date}T${String(hour).padStart(2, '0')}:${minutes}:00`,
        timeZone: 'Europe/Berlin',
      })
      jane.edit(id, { start: at('00'), end: at('30') })
    },
    split: (id, n, subject) => void jane.split(id, monday(n), { subject }),
    remove: (id) => jane.remove(id),
  }
  return {
    clock,
    token,
    calendar: jane.id,
    screen,
    provider: (meddled) =>
      microsoftProvider({
        fetch: meddled(microsoft.fetch),
        now: () => clock.now,
        requestsPerMinute: 1e9,
        appRequestsPerMinute: 1e9,
        // The fake counts every occurrence in it.
        aheadDays: 60,
      }),
    fail: (plan) => microsoft.fail(plan),
    heal: () => microsoft.heal(),
    expire: () => owner.expireDeltaTokens(),
  }
}
