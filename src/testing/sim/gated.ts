import { type Gate, type MemoryCall, pass } from '../../providers/memory/gate.js'
import type { CalendarProvider, ChangePage, ProviderAccount } from '../../providers/provider.js'

/** How a provider is put behind a gate. */
export interface GatedOptions {
  readonly gate: Gate
  /** The account that its settings name. */
  readonly accountOf: (settings: unknown) => string
}

/** A provider with a gate before and after every call, as the provider in memory has by itself. */
export function gatedProvider(provider: CalendarProvider, { gate, accountOf }: GatedOptions): CalendarProvider {
  return {
    id: provider.id,
    open: (access) => gatedAccount(provider.open(access), gate, accountOf(access.settings)),
  }
}

function gatedAccount(inner: ProviderAccount, gate: Gate, account: string): ProviderAccount {
  async function through<T>(about: Omit<MemoryCall, 'phase' | 'account'>, work: () => Promise<T>): Promise<T> {
    await pass(gate, { ...about, account, phase: 'before' }, undefined)
    const [outcome] = await Promise.allSettled([work()])
    await pass(gate, { ...about, account, phase: 'after' }, undefined)
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }

  async function* pagesOf(calendar: MemoryCall['calendar'], pages: AsyncIterable<ChangePage>) {
    const reading = pages[Symbol.asyncIterator]()
    for (;;) {
      const next = await through({ method: 'page', ...(calendar && { calendar }) }, () => reading.next())
      if (next.done) return
      yield next.value
    }
  }

  return {
    capabilities: inner.capabilities,
    listCalendars: (options) => through({ method: 'listCalendars' }, () => inner.listCalendars(options)),
    idFor: (calendar, key) => inner.idFor(calendar, key),
    changes: async (calendar, from, options) => {
      const { complete, pages } = await through({ method: 'changes', calendar }, () =>
        inner.changes(calendar, from, options),
      )
      return { complete, pages: pagesOf(calendar, pages) }
    },
    fetch: (calendar, ids, options) => {
      const [id, ...more] = ids
      const about = { method: 'fetch', calendar, ...(id !== undefined && more.length === 0 && { id }) } as const
      return through(about, () => inner.fetch(calendar, ids, options))
    },
    create: (calendar, draft, options) =>
      through({ method: 'create', calendar, key: draft.key }, () => inner.create(calendar, draft, options)),
    update: (calendar, change, options) =>
      through({ method: 'update', calendar, id: change.current.id }, () => inner.update(calendar, change, options)),
    remove: (calendar, current, options) =>
      through({ method: 'remove', calendar, id: current.id }, () => inner.remove(calendar, current, options)),
  }
}
