import { describe, test } from 'vitest'
import type { RemoteCalendarId } from '../../../src/model/ids.js'
import type { FakeMicrosoftOptions } from '../../../src/testing/microsoft/options.js'
import type { ProviderFixture } from '../../../src/testing/provider-contract.js'
import { providerContract } from '../../../src/testing/provider-contract.js'
import { opened } from './opened.js'
import { personAt } from './people.js'

const kinds: readonly { readonly name: string; readonly options: FakeMicrosoftOptions; readonly isDefault: boolean }[] =
  [
    { name: 'the calendar that every mailbox has', options: {}, isDefault: true },
    {
      name: 'another calendar, in pages of seven, backwards, every event twice, replays refused, original starts told',
      options: {
        pageSize: 7,
        order: 'reversed',
        repeats: 'doubled',
        occurrenceTombstones: 'given',
        removedType: 'absent',
        originalStart: 'given',
        transactionReplay: 'conflict',
        innerErrorName: 'innererror',
        batchOrder: 'asked',
      },
      isDefault: false,
    },
  ]

describe.each(kinds)('the contract of providers at Microsoft, with $name', ({ options, isDefault }) => {
  for (const one of providerContract)
    test(one.name, (context) =>
      one.run(
        async () => fixture(options, isDefault),
        (reason) => context.skip(reason),
      ),
    )
})

function fixture(options: FakeMicrosoftOptions, isDefault: boolean): ProviderFixture {
  const { account, owner } = opened(options)
  const id = isDefault ? owner.calendar().id : owner.addCalendar({ name: 'Sports' })
  return {
    account,
    calendar: id as RemoteCalendarId,
    person: personAt(owner.calendar(id)),
    close: async () => undefined,
  }
}
