import type { RemoteCalendarId } from '../../model/ids.js'
import type { CallOptions, ProviderAccount } from '../provider.js'
import { listCalendars } from './calendar-map.js'
import { changes } from './changes.js'
import type { MicrosoftContext, Place } from './context.js'
import { create } from './creates.js'
import { fetchUnits } from './fetching.js'
import { holding } from './holding.js'
import { hasRoomToNote } from './pending.js'
import { unwatch, watch } from './push.js'
import { remove, update } from './writes.js'

/** Opens an account. Makes no request. */
export function microsoftAccount(context: MicrosoftContext, options: AccountOptions): ProviderAccount {
  const { concurrentWrites, mailbox, longestMs } = options
  const own = mailbox === undefined ? 'me' : `users/${mailbox}`
  const at = (calendar: RemoteCalendarId, call?: CallOptions): Place => ({ context, calendar, signal: call?.signal })
  return {
    capabilities: {
      ...holding,
      holdsSeries: (series) => (holding.holdsSeries?.(series) ?? true) && hasRoomToNote(series),
      guardedWrites: true,
      concurrentWrites,
    },
    listCalendars: (call) => listCalendars(context.client, call?.signal),
    changes: (calendar, from, call) => changes(at(calendar, call), from),
    fetch: (calendar, ids, call) => fetchUnits(at(calendar, call), ids),
    idFor: () => undefined, // Microsoft chooses
    create: (calendar, draft, call) => create(at(calendar, call), draft),
    update: (calendar, change, call) => update(at(calendar, call), change),
    remove: (calendar, current, call) => remove(at(calendar, call), current),
    watch: (calendar, request, call) =>
      watch(context.client, calendar, request, { own, now: context.now(), longestMs, signal: call?.signal }),
    unwatch: (watched, call) => unwatch(context.client, watched, call),
  }
}

export interface AccountOptions {
  readonly concurrentWrites: number
  /** Whose mailbox; undefined for whoever is signed in. */
  readonly mailbox: string | undefined
  /** So long a subscription may live. */
  readonly longestMs: number
}
