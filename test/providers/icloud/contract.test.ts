import { describe, test } from 'vitest'
import type { RemoteCalendarId } from '../../../src/model/ids.js'
import { icloudProvider } from '../../../src/providers/icloud/index.js'
import type { FakeCollectionKind } from '../../../src/testing/icloud/fake-account.js'
import { type FakeIcloudOptions, fakeIcloud } from '../../../src/testing/icloud/fake-icloud.js'
import type { ProviderFixture } from '../../../src/testing/provider-contract.js'
import { providerContract } from '../../../src/testing/provider-contract.js'
import { personAt } from './people.js'

const kinds: readonly {
  readonly name: string
  readonly options: FakeIcloudOptions
  readonly kind: FakeCollectionKind
}[] = [
  { name: 'a calendar of the account', options: {}, kind: 'events' },
  { name: 'a calendar that somebody shares', options: { etagOnPut: false }, kind: 'shared' },
]

describe.each(kinds)('the contract of providers at iCloud, with $name', ({ options, kind }) => {
  for (const one of providerContract)
    test(one.name, (context) =>
      one.run(
        async () => fixture(options, kind),
        (reason) => context.skip(reason),
      ),
    )
})

/** An account at the fake, and its owner with a phone. */
function fixture(options: FakeIcloudOptions, kind: FakeCollectionKind): ProviderFixture {
  const icloud = fakeIcloud(options)
  const owner = icloud.addAccount({ calendars: ['home'] })
  owner.addCalendar('work', kind)
  const account = icloudProvider({ fetch: icloud.fetch }).open({
    settings: {},
    credentials: { username: owner.username, password: owner.password },
  })
  return {
    account,
    calendar: owner.path('work') as RemoteCalendarId,
    person: personAt(owner, 'work'),
    close: async () => undefined,
  }
}
