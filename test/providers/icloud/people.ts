import { patchObject } from '../../../src/ical/patch.js'
import { writeObject } from '../../../src/ical/write.js'
import { fields } from '../../../src/model/content.js'
import type { RemoteId, Uid } from '../../../src/model/ids.js'
import type { FakeIcloudAccount } from '../../../src/testing/icloud/fake-account.js'
import type { ProviderFixture } from '../../../src/testing/provider-contract.js'

/** The owner of a calendar at the fake, with a phone. */
export function personAt(owner: FakeIcloudAccount, calendar: string): ProviderFixture['person'] {
  const idOf = (file: string): RemoteId => `${owner.path(calendar)}${file}` as RemoteId
  const fileOf = (id: RemoteId): string => id.slice(id.lastIndexOf('/') + 1)
  const textOf = (id: RemoteId): string => owner.collections.get(calendar)?.items.get(fileOf(id))?.text ?? ''
  return {
    async add(content) {
      return idOf(owner.put(calendar, writeObject({ uid: crypto.randomUUID() as Uid, content, now: Date.now() })))
    },
    async edit(id, content) {
      owner.put(calendar, patchObject(textOf(id), { content, fields, now: Date.now() }), fileOf(id))
    },
    remove: async (id) => owner.remove(calendar, fileOf(id)),
    async copy(id) {
      const text = textOf(id).replace(/^UID:(?:.*\r?\n[ \t])*.*$/gm, `UID:${crypto.randomUUID()}`)
      return idOf(owner.put(calendar, text))
    },
  }
}
