import type { ProviderAccount } from '../providers/provider.js'

/**
 * Counts how often in a row an account was refused for its password. Once may be a bad minute of the server; to knock again
 * and again locks accounts.
 */
export class Refusals {
  readonly #inARow: Map<string, number> = new Map()

  /** Counts one more. True: that was enough. */
  add(key: string): boolean {
    const count = (this.#inARow.get(key) ?? 0) + 1
    this.#inARow.set(key, count)
    return count >= enough
  }

  forget(key: string): void {
    this.#inARow.delete(key)
  }

  /** The same account; an answer of it ends the row. */
  watched(key: string, account: ProviderAccount): ProviderAccount {
    const answered = async <T>(work: Promise<T>): Promise<T> => {
      const answer = await work
      this.#inARow.delete(key)
      return answer
    }
    return {
      capabilities: account.capabilities,
      idFor: (calendar, key) => account.idFor(calendar, key),
      listCalendars: (options) => answered(account.listCalendars(options)),
      changes: (calendar, from, options) => answered(account.changes(calendar, from, options)),
      fetch: (calendar, ids, options) => answered(account.fetch(calendar, ids, options)),
      create: (calendar, draft, options) => answered(account.create(calendar, draft, options)),
      update: (calendar, change, options) => answered(account.update(calendar, change, options)),
      remove: (calendar, current, options) => answered(account.remove(calendar, current, options)),
      ...(account.watch ? { watch: account.watch.bind(account) } : {}),
      ...(account.unwatch ? { unwatch: account.unwatch.bind(account) } : {}),
    }
  }
}

const enough = 3
