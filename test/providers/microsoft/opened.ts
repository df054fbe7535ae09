import type { RemoteCalendarId } from '../../../src/model/ids.js'
import { type MicrosoftProviderOptions, microsoftProvider } from '../../../src/providers/microsoft/index.js'
import type { ProviderAccount } from '../../../src/providers/provider.js'
import {
  type FakeMicrosoft,
  type FakeMicrosoftAccount,
  fakeMicrosoft,
} from '../../../src/testing/microsoft/fake-microsoft.js'
import type { FakeMicrosoftOptions } from '../../../src/testing/microsoft/options.js'
import type { FakeMicrosoftCalendar } from '../../../src/testing/microsoft/person.js'
import { Mirror } from '../../../src/testing/provider-mirror.js'

/** Jane's account at a Microsoft in this process, opened by the provider, and Jane herself. */
export interface Opened {
  readonly microsoft: FakeMicrosoft
  readonly owner: FakeMicrosoftAccount
  readonly jane: FakeMicrosoftCalendar
  readonly account: ProviderAccount
  readonly calendar: RemoteCalendarId
  /** What an engine would know of the calendar. */
  readonly mirror: Mirror
  /** What was asked since this was last called: `GET events.list`. */
  asked(): readonly string[]
}

export function opened(options: FakeMicrosoftOptions = {}, given: MicrosoftProviderOptions = {}): Opened {
  const now = options.now ?? (() => Date.UTC(2026, 1, 27, 8))
  const microsoft = fakeMicrosoft({ now, ...options })
  const owner = microsoft.addAccount({ email: 'jane@example.com', token: 'token-of-jane' })
  const account = accountOf(microsoft, owner, { now, ...given })
  const calendar = owner.calendar().id as RemoteCalendarId
  const person = { add: never, edit: never, remove: never }
  return {
    microsoft,
    owner,
    jane: owner.calendar(),
    account,
    calendar,
    mirror: new Mirror({ account, calendar, person, close: async () => undefined }),
    asked: () => microsoft.requests.splice(0).map(({ verb, method }) => `${verb} ${method}`),
  }
}

export function accountOf(
  microsoft: Pick<FakeMicrosoft, 'fetch'>,
  { token }: Pick<FakeMicrosoftAccount, 'token'>,
  given: MicrosoftProviderOptions = {},
): ProviderAccount {
  return microsoftProvider({
    fetch: microsoft.fetch,
    requestsPerMinute: 1e9,
    appRequestsPerMinute: 1e9,
    ...given,
  }).open({
    settings: {},
    credentials: { accessToken: token },
  })
}

async function never(): Promise<never> {
  throw new Error('people act at their own screen here')
}

/** Every Monday at nine in Berlin, from 2 March 2026. */
export const mondays = {
  subject: 'Stand-up',
  start: { dateTime: '2026-03-02T09:00:00', timeZone: 'Europe/Berlin' },
  end: { dateTime: '2026-03-02T09:30:00', timeZone: 'Europe/Berlin' },
  recurrence: {
    pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'], firstDayOfWeek: 'monday' },
    range: { type: 'noEnd', startDate: '2026-03-02' },
  },
} as const

/** The n-th Monday of {@link mondays}, counted from 0. */
export function monday(n: number): string {
  return new Date(Date.UTC(2026, 2, 2 + 7 * n)).toISOString().slice(0, 10)
}

/** An hour on 4 March 2026. */
export function lunch(subject: string): { readonly subject: string; readonly start: object; readonly end: object } {
  return {
    subject,
    start: { dateTime: '2026-03-04T12:00:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2026-03-04T13:00:00', timeZone: 'Europe/Berlin' },
  }
}
