import { isSyncError, mayHaveLanded, SyncError, throwIfAborted } from '../../errors.js'
import type { CallOptions, ProviderAccount } from '../provider.js'

/** How an account is opened whose address has to be found first. */
export interface Locating<Place extends { readonly url: string }> {
  /** Finds out where the account lives. Asked with the first call, and again when it seems to have moved. */
  locate(): Promise<Place>
  /** Opens the account at an address. Makes no request. */
  open(place: Place): ProviderAccount
  /** Whether this error can mean that the account lives somewhere else now. */
  hasMoved(error: SyncError): boolean
  /** Says more of an error than the protocol does. */
  explain?(error: SyncError): SyncError
}

/**
 * An account whose address is found with the first call and kept from then on. When a call fails as it would after a
 * move, the address is looked for once more; only if it is another one now is the call made again there.
 *
 * Ids stay the same through a move, since they are paths at the place where the account lives.
 *
 * @param nowhere - any address; stands in until the account is found, for what needs no request
 */
export function locatedAccount<Place extends { readonly url: string }>(
  locating: Locating<Place>,
  nowhere: Place,
): ProviderAccount {
  const placeholder = locating.open(nowhere)
  let current: Promise<Located> | undefined
  let known: ProviderAccount | undefined

  /** One search at a time; a search that failed is forgotten. */
  function located(): Promise<Located> {
    current ??= search().catch((error: unknown) => {
      current = undefined
      throw error
    })
    return current
  }

  async function search(before?: Located): Promise<Located> {
    const place = await locating.locate()
    if (before && place.url === before.url) return before
    const account = locating.open(place)
    known = account
    return { url: place.url, account }
  }

  /** Where the account lives after it may have left `before`. Whoever comes second waits for the first one's search. */
  function moved(before: Promise<Located>, from: Located): Promise<Located> {
    if (current === before) {
      current = search(from).catch((error: unknown) => {
        current = before
        throw error
      })
    }
    return located()
  }

  async function call<T>(
    kind: 'reading' | 'writing',
    options: CallOptions | undefined,
    work: (account: ProviderAccount) => Promise<T>,
  ): Promise<T> {
    try {
      return await callThere(kind, options, work)
    } catch (error) {
      throw isSyncError(error) ? (locating.explain?.(error) ?? error) : error
    }
  }

  async function callThere<T>(
    kind: 'reading' | 'writing',
    options: CallOptions | undefined,
    work: (account: ProviderAccount) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(options?.signal)
    const search = located()
    const here = await unlessAborted(search, options?.signal)
    try {
      return await work(here.account)
    } catch (error) {
      if (!isSyncError(error) || !locating.hasMoved(error)) throw error
      const there = await unlessAborted(moved(search, here), options?.signal)
      // What may have been written is not written again; the engine looks for it, and then in the new place.
      if (there.account === here.account || (kind === 'writing' && mayHaveLanded(error))) throw error
      return await work(there.account)
    }
  }

  return {
    get capabilities() {
      return (known ?? placeholder).capabilities
    },
    idFor: (calendar, key) => (known ?? placeholder).idFor(calendar, key),
    listCalendars: (options) => call('reading', options, (account) => account.listCalendars(options)),
    changes: (calendar, from, options) =>
      call('reading', options, (account) => account.changes(calendar, from, options)),
    fetch: (calendar, ids, options) => call('reading', options, (account) => account.fetch(calendar, ids, options)),
    create: (calendar, draft, options) =>
      call('writing', options, (account) => account.create(calendar, draft, options)),
    update: (calendar, change, options) =>
      call('writing', options, (account) => account.update(calendar, change, options)),
    remove: (calendar, event, options) =>
      call('writing', options, (account) => account.remove(calendar, event, options)),
  }
}

interface Located {
  readonly url: string
  readonly account: ProviderAccount
}

/** A search serves many calls, so one caller who gives up must not end it for the others. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work
  let abort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new SyncError('aborted', 'The sync was cancelled. Run it again to go on from here.'))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
