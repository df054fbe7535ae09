import { describe, test } from 'vitest'
import { patchObject } from '../../../src/ical/patch.js'
import { writeObject } from '../../../src/ical/write.js'
import { fields } from '../../../src/model/content.js'
import type { RemoteCalendarId, RemoteId, Uid } from '../../../src/model/ids.js'
import { icloudProvider } from '../../../src/providers/icloud/index.js'
import type { FakeCollectionKind } from '../../../src/testing/icloud/fake-account.js'
import { type FakeIcloudOptions, fakeIcloud } from '../../../src/testing/icloud/fake-icloud.js'
import type { ProviderFixture } from '../../../src/testing/provider-contract.js'
import { providerContract } from '../../../src/testing/provider-contract.js'

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
  const idOf = (file: string): RemoteId => `${owner.path('work')}${file}` as RemoteId
  const fileOf = (id: RemoteId): string => id.slice(id.lastIndexOf('/') + 1)
  const textOf = (id: RemoteId): string => owner.collections.get('work')?.items.get(fileOf(id))?.text ?? ''
  return {
    account,
    calendar: owner.path('work') as RemoteCalendarId,
    person: {
      async add(content) {
        return idOf(owner.put('work', writeObject({ uid: crypto.randomUUID() as Uid, content, now: Date.now() })))
      },
      async edit(id, content) {
        owner.put('work', patchObject(textOf(id), { content, fields, now: Date.now() }), fileOf(id))
      },
      remove: async (id) => owner.remove('work', fileOf(id)),
      async copy(id) {
        const text = textOf(id).replace(/^UID:(?:.*\r?\n[ \t])*.*$/gm, `UID:${crypto.randomUUID()}`)
        return idOf(owner.put('work', text))
      },
    },
    close: async () => undefined,
  }
}
