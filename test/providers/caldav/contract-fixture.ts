import { randomUUID } from 'node:crypto'
import { patchObject } from '../../../src/ical/patch.js'
import { writeObject } from '../../../src/ical/write.js'
import { fields } from '../../../src/model/content.js'
import type { RemoteCalendarId, RemoteId, Uid } from '../../../src/model/ids.js'
import type { ProviderAccount } from '../../../src/providers/provider.js'
import type { ProviderFixture } from '../../../src/testing/provider-contract.js'

/** A calendar of a CalDAV server, and a person who edits it with a program that knows nothing of calweave. */
export function contractFixture(input: {
  readonly account: ProviderAccount
  /** The calendar's whole address, with a slash at its end. */
  readonly url: string
  readonly authorization: string
  readonly close: () => Promise<void>
  /** How many events make a large calendar. */
  readonly many?: number
}): ProviderFixture {
  const { account, url, close } = input
  const headers = { authorization: input.authorization, 'content-type': 'text/calendar; charset=utf-8' }
  const at = (id: RemoteId): string => new URL(id, url).href
  const idOf = (address: string): RemoteId => new URL(address).pathname as RemoteId

  async function send(method: string, address: string, body?: string): Promise<string> {
    const answer = await fetch(address, { method, headers, ...(body === undefined ? {} : { body }) })
    if (!answer.ok) throw new Error(`the person's ${method} ended with ${answer.status}`)
    return await answer.text()
  }

  async function add(text: string): Promise<RemoteId> {
    const address = `${url}${randomUUID()}.ics`
    await send('PUT', address, text)
    return idOf(address)
  }

  return {
    account,
    calendar: new URL(url).pathname as RemoteCalendarId,
    person: {
      add: (content) => add(writeObject({ uid: randomUUID() as Uid, content, now: Date.now() })),
      async edit(id, content) {
        const text = await send('GET', at(id))
        await send('PUT', at(id), patchObject(text, { content, fields, now: Date.now() }))
      },
      remove: async (id) => void (await send('DELETE', at(id))),
      async copy(id) {
        const text = await send('GET', at(id))
        return await add(text.replace(/^UID:(?:.*\r?\n[ \t])*.*$/gm, `UID:${randomUUID()}`))
      },
    },
    close,
    ...(input.many === undefined ? {} : { many: input.many }),
  }
}
