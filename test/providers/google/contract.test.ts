import { describe, test } from 'vitest'
import type { RemoteCalendarId } from '../../../src/model/ids.js'
import { googleProvider } from '../../../src/providers/google/index.js'
import { fakeGoogle } from '../../../src/testing/google/fake-google.js'
import type { FakeGoogleOptions } from '../../../src/testing/google/options.js'
import type { ProviderFixture } from '../../../src/testing/provider-contract.js'
import { providerContract } from '../../../src/testing/provider-contract.js'
import { personAt } from './people.js'

const kinds: readonly { readonly name: string; readonly options: FakeGoogleOptions; readonly primary: boolean }[] = [
  { name: 'a primary calendar', options: {}, primary: true },
  {
    name: 'a secondary calendar, in pages of seven, the parts of series backwards, each with a version of its own',
    options: { pageSize: 7, order: 'reversed', seriesVersion: 'own' },
    primary: false,
  },
]

describe.each(kinds)('the contract of providers at Google, with $name', ({ options, primary }) => {
  for (const one of providerContract)
    test(one.name, (context) =>
      one.run(
        async () => fixture(options, primary),
        (reason) => context.skip(reason),
      ),
    )
})

function fixture(options: FakeGoogleOptions, primary: boolean): ProviderFixture {
  const google = fakeGoogle(options)
  const jane = google.addAccount({ email: 'jane@example.com', token: 'token-of-jane' })
  const id = primary ? jane.email : jane.addCalendar({ summary: 'Sports' })
  const account = googleProvider({ fetch: google.fetch, requestsPerMinute: 1_000_000 }).open({
    settings: {},
    credentials: { accessToken: jane.token },
  })
  return {
    account,
    calendar: id as RemoteCalendarId,
    person: personAt(jane.calendar(id)),
    close: async () => undefined,
  }
}
