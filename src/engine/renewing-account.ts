import { isSyncError, SyncError } from '../errors.js'
import type { ProviderAccount } from '../providers/provider.js'

/**
 * An account that asks for new credentials when the old ones are refused, once per call: tokens expire all the time, and
 * the host has a fresh one. A call that was refused for its credentials has done nothing, so it can be made again.
 *
 * @param renew - opens the account anew; undefined when there is nothing new to try
 */
export function renewingAccount(
  first: ProviderAccount,
  renew: () => Promise<ProviderAccount | undefined>,
): ProviderAccount {
  let current = first
  const call = async <T>(work: (account: ProviderAccount) => Promise<T>): Promise<T> => {
    const used = current
    try {
      return await work(used)
    } catch (error) {
      if (!isSyncError(error, 'auth_expired')) throw error
      // Another call may have renewed it meanwhile.
      const renewed = current === used ? await renew() : current
      if (!renewed) throw error
      current = renewed
      return work(renewed)
    }
  }
  return {
    capabilities: first.capabilities,
    idFor: (calendar, key) => current.idFor(calendar, key),
    listCalendars: (options) => call((account) => account.listCalendars(options)),
    changes: (calendar, from, options) => call((account) => account.changes(calendar, from, options)),
    fetch: (calendar, ids, options) => call((account) => account.fetch(calendar, ids, options)),
    create: (calendar, draft, options) => call((account) => account.create(calendar, draft, options)),
    update: (calendar, change, options) => call((account) => account.update(calendar, change, options)),
    remove: (calendar, current, options) => call((account) => account.remove(calendar, current, options)),
    ...(first.watch
      ? { watch: (...asked) => call((account) => account.watch?.(...asked) ?? Promise.reject(notWatched())) }
      : {}),
    ...(first.unwatch ? { unwatch: (...asked) => call(async (account) => account.unwatch?.(...asked)) } : {}),
  }
}

function notWatched(): SyncError {
  return new SyncError('unsupported', 'This account does not tell of changes by itself. Keep polling.')
}
