import { describe, expect, test } from 'vitest'
import { SyncError } from '../../../src/errors.js'
import { neutralContent } from '../../../src/model/content.js'
import type { RemoteCalendarId, RemoteId, Revision } from '../../../src/model/ids.js'
import { type MemoryCalendar, memoryProvider } from '../../../src/providers/memory/index.js'
import type { ChangePage, ProviderAccount, Pull, RemoteEvent } from '../../../src/providers/provider.js'
import { type ProviderFixture, providerContract } from '../../../src/testing/provider-contract.js'

type Broken = (good: ProviderAccount, calendar: MemoryCalendar) => Partial<ProviderAccount>

/** The contract is worth what it catches: each defect is one that an adapter really had, or could have. */
const defects: readonly { readonly name: string; readonly caughtBy: string; readonly broken: Broken }[] = [
  {
    name: 'a listing that forgets to say it is complete',
    caughtBy: 'says complete at every listing without a cursor',
    broken: (good) => ({ changes: async (...call) => ({ ...(await good.changes(...call)), complete: false }) }),
  },
  {
    name: 'an expired cursor that looks like a calendar without changes',
    caughtBy: 'says cursor_expired to a cursor that it never gave',
    broken: (good) => ({
      changes: (calendar, from, options) =>
        good
          .changes(calendar, from, options)
          .catch(() => ({ complete: false, pages: list({ changes: [], cursor: from.cursor as never }) })),
    }),
  },
  {
    name: 'a missing calendar that looks empty',
    caughtBy: 'says calendar_gone of a calendar that is not there, and never lists it as empty',
    broken: (good) => ({
      changes: (...call) =>
        good.changes(...call).catch(() => ({ complete: true, pages: list({ changes: [], cursor: 'c' as never }) })),
    }),
  },
  {
    name: 'a last page that is lost',
    caughtBy: 'lists every event of a large calendar once',
    broken: (good) => ({
      changes: async (...call) => withPages(await good.changes(...call), (pages) => withoutLastChanges(pages)),
    }),
  },
  {
    name: 'removals that are not told',
    caughtBy: "shows a person's removal in the next pull, once",
    broken: (good) => ({
      changes: async (...call) =>
        withPages(await good.changes(...call), (pages) =>
          pages.map((page) => ({ ...page, changes: page.changes.filter((change) => change.type !== 'removed') })),
        ),
    }),
  },
  {
    name: 'a stopped listing that ends quietly',
    caughtBy: 'stops a listing when the signal fires between two pages',
    broken: (good) => ({
      changes: async (calendar, from, options) => {
        const pull = await good.changes(calendar, from)
        return { ...pull, pages: until(pull.pages, options?.signal) }
      },
    }),
  },
  {
    name: 'If-Match taken from a fresh read',
    caughtBy: 'refuses an update from an old revision and changes nothing',
    broken: (good, people) => ({
      update: (calendar, change, options) =>
        good.update(calendar, { ...change, current: fresh(people, change.current) }, options),
    }),
  },
  {
    name: 'a removal without If-Match',
    caughtBy: 'refuses a removal from an old revision and removes nothing',
    broken: (good, people) => ({
      remove: (calendar, current, options) => good.remove(calendar, fresh(people, current), options),
    }),
  },
  {
    name: 'an update that writes the whole event',
    caughtBy: 'changes only the fields that an update names',
    broken: (good) => ({
      update: (calendar, change, options) =>
        good.update(
          calendar,
          { ...change, fields: [...change.fields, 'description', 'location', 'categories', 'url'] },
          options,
        ),
    }),
  },
  {
    name: 'a field that is emptied but left out of the request',
    caughtBy: 'empties the fields that an update names with neutral values',
    broken: (good) => ({
      update: (calendar, change, options) => {
        const kept = change.fields.filter(
          (field) => field === 'time' || change.content[field] !== neutralContent[field],
        )
        return good.update(calendar, { ...change, fields: kept }, options)
      },
    }),
  },
  {
    name: 'random ids',
    caughtBy: 'makes one event of two creates with one key',
    broken: (_good, people) => ({
      create: async (_calendar, draft) => {
        const id = people.add(draft.content, { mark: draft.mark })
        return { id, shown: people.get(id) as RemoteEvent }
      },
    }),
  },
  {
    name: 'a create that overwrites',
    caughtBy: 'does not overwrite with a second create',
    broken: (good, people) => ({
      create: async (calendar, draft, options) => {
        const id = good.idFor(calendar, draft.key) as RemoteId
        if (people.get(id) === undefined) return good.create(calendar, draft, options)
        people.edit(id, draft.content)
        return { id }
      },
    }),
  },
  {
    name: 'a key that is read from the mark',
    caughtBy: "does not take a person's copy of our copy for ours",
    broken: (good) => ({
      fetch: async (...call) =>
        (await good.fetch(...call)).map((answer) =>
          answer.type === 'found' && answer.event.mark !== undefined
            ? { ...answer, event: { ...answer.event, key: answer.event.mark.key } }
            : answer,
        ),
    }),
  },
  {
    name: 'an answer that shows what was sent, not what is there',
    caughtBy: 'answers an update with the event as it is then read',
    broken: (good) => ({
      update: async (calendar, change, options) => ({
        ...(await good.update(calendar, change, options)),
        shown: { ...change.current, content: change.content },
      }),
    }),
  },
  {
    name: 'a revision of the state before the write',
    caughtBy: 'answers a create with the id under which the event is read',
    broken: (good) => ({
      create: async (...call) => ({ ...(await good.create(...call)), revision: 'r0' as Revision }),
    }),
  },
  {
    name: 'a mark that an update drops',
    caughtBy: 'keeps the mark through create, update and a new mark',
    broken: (good, people) => ({
      update: async (calendar, change, options) => {
        const { id } = await good.update(calendar, change, options)
        if (change.mark === undefined) people.change(people.log.live(id) as never, {}, null)
        return { id }
      },
    }),
  },
  {
    name: 'a gone event that a fetch leaves out',
    caughtBy: 'tells in one fetch which events are there and which are gone',
    broken: (good) => ({
      fetch: async (...call) => (await good.fetch(...call)).filter((answer) => answer.type !== 'gone'),
    }),
  },
  {
    name: 'a removal of a gone event that passes for a success',
    caughtBy: 'says not_found when it removes an event that is gone',
    broken: (good) => ({ remove: (...call) => good.remove(...call).catch(() => undefined) }),
  },
  {
    name: 'an error that quotes the event',
    caughtBy: 'throws SyncErrors that tell nothing of the event',
    broken: (good) => ({
      update: (calendar, change, options) =>
        good.update(calendar, change, options).catch((error: SyncError) => {
          throw new SyncError(error.code, `Could not write "${change.content.title}".`)
        }),
    }),
  },
  {
    name: 'a signal that is not looked at',
    caughtBy: 'throws aborted and writes nothing when the signal has fired',
    broken: (good) => ({ create: (calendar, draft) => good.create(calendar, draft) }),
  },
]

describe('the provider contract catches', () => {
  test.each(defects)('$name', async ({ caughtBy, broken }) => {
    const one = providerContract.find(({ name }) => name === caughtBy)
    expect(one, `a case "${caughtBy}"`).toBeDefined()
    await expect(one?.run(() => makeFixture(broken))).rejects.toThrow()
    await expect(one?.run(() => makeFixture(() => ({})))).resolves.toBeUndefined()
  })
})

async function makeFixture(broken: Broken): Promise<ProviderFixture> {
  const provider = memoryProvider({ calendars: [{ id: 'work' }], pageSize: 7 })
  const calendar = provider.service.calendar('work')
  const good = provider.open({ settings: undefined, credentials: undefined })
  return {
    account: { ...good, ...broken(good, calendar) },
    calendar: 'work' as RemoteCalendarId,
    person: {
      add: async (content) => calendar.add(content),
      edit: async (id, content) => calendar.edit(id, content),
      remove: async (id) => calendar.remove(id),
      copy: async (id) => calendar.copy(id),
    },
    async close(): Promise<void> {},
  }
}

function fresh(people: MemoryCalendar, current: RemoteEvent): RemoteEvent {
  return people.get(current.id) ?? current
}

async function* list(...pages: readonly ChangePage[]): AsyncGenerator<ChangePage> {
  yield* pages
}

async function* until(pages: AsyncIterable<ChangePage>, signal: AbortSignal | undefined): AsyncGenerator<ChangePage> {
  for await (const page of pages) {
    if (signal?.aborted) return
    yield page
  }
}

function withPages(pull: Pull, change: (pages: readonly ChangePage[]) => readonly ChangePage[]): Pull {
  async function* changed(): AsyncGenerator<ChangePage> {
    const pages: ChangePage[] = []
    for await (const page of pull.pages) pages.push(page)
    yield* change(pages)
  }
  return { ...pull, pages: changed() }
}

function withoutLastChanges(pages: readonly ChangePage[]): readonly ChangePage[] {
  return pages.map((page, index) => (index > 0 && index === pages.length - 1 ? { ...page, changes: [] } : page))
}
