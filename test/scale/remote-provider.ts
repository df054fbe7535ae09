import { SyncError, type SyncErrorCode } from '../../src/errors.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import type { CalendarProvider, CallOptions, ChangePage, ProviderAccount } from '../../src/providers/provider.js'
import type { WireAnswer, WireCall, WireValues } from './calendar-wire.js'

/** The provider of a worker: every call goes to the calendar server of the test. */
export function remoteProvider(url: string): CalendarProvider {
  // Knows the ids that the service derives from keys, and what its calendars can do.
  const local = memoryProvider({ id: 'remote' })
  return {
    id: 'remote',
    open(access): ProviderAccount {
      const own = local.open(access)
      const { account } = access.settings as { readonly account: string }
      const call = <M extends WireCall['method']>(method: M, given: CallOptions | undefined, ...args: unknown[]) =>
        ask<WireValues[M]>(url, { account, method, args }, given?.signal)
      return {
        capabilities: own.capabilities,
        idFor: (calendar, key) => own.idFor(calendar, key),
        listCalendars: (given) => call('listCalendars', given),
        fetch: (calendar, ids, given) => call('fetch', given, calendar, ids),
        create: (calendar, draft, given) => call('create', given, calendar, draft),
        update: (calendar, change, given) => call('update', given, calendar, change),
        remove: (calendar, current, given) => call('remove', given, calendar, current),
        async changes(calendar, { cursor, resume }, given) {
          const from = { ...(cursor === undefined ? {} : { cursor }), ...(resume === undefined ? {} : { resume }) }
          const { complete, pages } = await call('changes', given, calendar, from)
          return { complete, pages: each(pages as readonly ChangePage[]) }
        },
      }
    },
  }
}

async function ask<T>(url: string, call: WireCall, signal: AbortSignal | undefined): Promise<T> {
  let answer: WireAnswer
  try {
    const body = JSON.stringify(call)
    const response = await fetch(url, { method: 'POST', body, ...(signal === undefined ? {} : { signal }) })
    answer = (await response.json()) as WireAnswer
  } catch (cause) {
    if (signal?.aborted) throw new SyncError('aborted', 'The call was cancelled.')
    throw new SyncError('unavailable', 'The calendar server of the test does not answer.', { cause })
  }
  if ('value' in answer) return answer.value as T
  const { code, message, retryAfterMs } = answer.error
  throw new SyncError(code as SyncErrorCode, message, retryAfterMs === undefined ? {} : { retryAfterMs })
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
