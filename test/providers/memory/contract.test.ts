import { describe, expect, test } from 'vitest'
import type { EventContent } from '../../../src/model/content.js'
import type { RemoteCalendarId, RemoteId } from '../../../src/model/ids.js'
import { type MemoryBehaviour, memoryProvider } from '../../../src/providers/memory/index.js'
import { type ProviderFixture, providerContract } from '../../../src/testing/provider-contract.js'

/** Each a service as one can meet it; `not`: cases that this service breaks by its nature, and why. */
const services: readonly {
  readonly name: string
  readonly behaviour: MemoryBehaviour
  readonly not?: Readonly<Record<string, string>>
}[] = [
  { name: 'a good service', behaviour: {} },
  { name: 'a service that answers writes with nothing', behaviour: { returnsBody: false, returnsRevision: false } },
  { name: 'a service that answers writes with a revision only', behaviour: { returnsBody: false } },
  { name: 'a service without revisions', behaviour: { revisions: 'none' } },
  { name: 'a service that does not guard writes', behaviour: { guarded: false } },
  { name: 'a service that chooses ids and remembers keys', behaviour: { serverIds: true, remembersKeys: true } },
  {
    name: 'a service that chooses ids and remembers nothing',
    behaviour: { serverIds: true },
    not: {
      'makes one event of two creates with one key': 'nothing tells the two apart',
      'makes one event of two creates with one key at the same time': 'nothing tells the two apart',
      'tells the key of a copy by its identity': 'the identity holds no key',
      "does not take a person's copy of our copy for ours": 'there is no key to tell ours by',
    },
  },
  { name: 'a service that never gives an id twice', behaviour: { reservesIds: true } },
  { name: 'a service without deltas', behaviour: { deltas: false } },
  { name: 'a service without deltas that says unchanged', behaviour: { deltas: false, skipsUnchanged: true } },
  {
    name: 'a service that normalises',
    behaviour: { normalize: tidy, cannotHold: ['geo', 'color', 'conferences', 'attachments'] },
  },
  { name: 'a service that holds no series', behaviour: { cannotHold: ['recurrence', 'overrides'] } },
]

describe.each(services)('$name', ({ behaviour, not = {} }) => {
  for (const one of providerContract) {
    const why = not[one.name]
    if (why === undefined) {
      test(one.name, (context) => one.run(() => makeFixture(behaviour), context.skip))
    } else {
      // were it to hold after all, the entry would have to go
      test(`does not hold: ${one.name} (${why})`, async () => {
        await expect(one.run(() => makeFixture(behaviour))).rejects.toMatchObject({ name: 'ContractFailure' })
      })
    }
  }
})

test('the contract has no two cases of one name', () => {
  expect(new Set(providerContract.map((one) => one.name)).size).toBe(providerContract.length)
})

test('no case leaves its fixture open', async () => {
  let open = 0
  for (const one of providerContract) {
    await one.run(async () => {
      const fixture = await makeFixture({})
      open += 1
      return {
        ...fixture,
        async close(): Promise<void> {
          open -= 1
        },
      }
    })
  }
  expect(open).toBe(0)
})

async function makeFixture(behaviour: MemoryBehaviour): Promise<ProviderFixture> {
  const provider = memoryProvider({ behaviour, calendars: [{ id: 'work' }], pageSize: 7 })
  const calendar = provider.service.calendar('work')
  return {
    account: provider.open({ settings: undefined, credentials: undefined }),
    calendar: 'work' as RemoteCalendarId,
    person: {
      add: async (content: EventContent) => calendar.add(content),
      edit: async (id: RemoteId, content: EventContent) => calendar.edit(id, content),
      remove: async (id: RemoteId) => calendar.remove(id),
      copy: async (id: RemoteId) => calendar.copy(id),
    },
    many: 45,
    async close(): Promise<void> {},
  }
}

function tidy(content: EventContent): EventContent {
  return { ...content, title: content.title.trim(), description: content.description.replaceAll('\r\n', '\n') }
}
