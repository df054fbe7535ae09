import type { RemoteCalendarId } from '../../../src/model/ids.js'
import { type GoogleProviderOptions, googleProvider } from '../../../src/providers/google/index.js'
import type { ProviderAccount } from '../../../src/providers/provider.js'
import { type FakeGoogle, type FakeGoogleAccount, fakeGoogle } from '../../../src/testing/google/fake-google.js'
import type { FakeGoogleOptions } from '../../../src/testing/google/options.js'
import type { FakeGoogleCalendar } from '../../../src/testing/google/person.js'
import { Mirror } from '../../../src/testing/provider-mirror.js'

/** Jane's account at a Google in this process, opened by the provider, and Jane herself. */
export interface Opened {
  readonly google: FakeGoogle
  readonly owner: FakeGoogleAccount
  readonly jane: FakeGoogleCalendar
  readonly account: ProviderAccount
  readonly calendar: RemoteCalendarId
  /** What an engine would know of the calendar. */
  readonly mirror: Mirror
  /** What was asked since this was last called: `GET events.list`. */
  asked(): readonly string[]
}

export function opened(options: FakeGoogleOptions = {}, given: GoogleProviderOptions = {}): Opened {
  const google = fakeGoogle(options)
  const owner = google.addAccount({ email: 'jane@example.com', token: 'token-of-jane' })
  const account = accountOf(google, owner, given)
  const calendar = owner.email as RemoteCalendarId
  const person = { add: never, edit: never, remove: never }
  return {
    google,
    owner,
    jane: owner.calendar(),
    account,
    calendar,
    mirror: new Mirror({ account, calendar, person, close: async () => undefined }),
    asked: () => google.requests.splice(0).map(({ verb, method }) => `${verb} ${method}`),
  }
}

export function accountOf(
  google: FakeGoogle,
  { token }: FakeGoogleAccount,
  given: GoogleProviderOptions = {},
): ProviderAccount {
  return googleProvider({ fetch: google.fetch, ...given }).open({ settings: {}, credentials: { accessToken: token } })
}

async function never(): Promise<never> {
  throw new Error('people act at their own screen here')
}

/** Every Monday at nine in Berlin, from 2 March 2026. */
export const mondays = {
  summary: 'Stand-up',
  start: { dateTime: '2026-03-02T09:00:00', timeZone: 'Europe/Berlin' },
  end: { dateTime: '2026-03-02T09:30:00', timeZone: 'Europe/Berlin' },
  recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=MO'],
} as const

/** The n-th Monday of {@link mondays} as an instant, counted from 0; before the clocks change, so up to 3. */
export function monday(n: number): string {
  return new Date(Date.UTC(2026, 2, 2 + 7 * n, 8)).toISOString()
}

/** An hour on 4 March 2026. */
export function lunch(summary: string): { readonly summary: string; readonly start: object; readonly end: object } {
  return {
    summary,
    start: { dateTime: '2026-03-04T12:00:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-03-04T13:00:00', timeZone: 'Europe/Berlin' },
  }
}
