import { SyncError } from '../../errors.js'
import type { Field } from '../../model/content.js'
import type { Limits } from '../../model/holding.js'
import type { CreateKey, RemoteCalendarId, RemoteId, Revision } from '../../model/ids.js'
import type {
  CallOptions,
  Capabilities,
  ChangePage,
  EventChange,
  EventDraft,
  Fetched,
  ProviderAccount,
  Pull,
  PullFrom,
  RemoteCalendar,
  RemoteEvent,
  Written,
} from '../provider.js'
import type { MemoryCalendar } from './calendar.js'
import { type Gate, type MemoryCall, pass, throughGate } from './gate.js'
import { type Listing, readPage, startListing, toChangePage, unreadableError } from './listing.js'
import type { MemoryService } from './service.js'
import { idOf, revisionOf } from './stored-event.js'
import { create, remove, update } from './writes.js'

/** How an account talks to its service. */
export interface MemoryAccountOptions {
  readonly service: MemoryService
  readonly account: string
  readonly pageSize: number
  readonly concurrentWrites: number
  /** Asked anew at every call, so that it can be replaced. */
  readonly gate: () => Gate | undefined
}

/** One signed-in account of a {@link MemoryService}. */
export function memoryAccount(options: MemoryAccountOptions): ProviderAccount {
  const { service, account } = options

  function reach(id: RemoteCalendarId): MemoryCalendar {
    const calendar = service.find(account, id)
    if (calendar !== undefined && !calendar.isGone) return calendar
    throw new SyncError('calendar_gone', 'The account has no such calendar (any more). Connect it again or remove it.')
  }

  function call<T>(
    about: Omit<MemoryCall, 'phase' | 'account'>,
    given: CallOptions | undefined,
    effect: () => T,
  ): Promise<T> {
    return throughGate(options.gate(), { ...about, account }, given?.signal, effect)
  }

  return {
    get capabilities(): Capabilities {
      return capabilitiesOf(service.calendarsOf(account), options.concurrentWrites)
    },
    async listCalendars(given?: CallOptions): Promise<readonly RemoteCalendar[]> {
      return call({ method: 'listCalendars' }, given, () =>
        service
          .calendarsOf(account)
          .filter((calendar) => !calendar.isGone)
          .map((calendar) => calendar.describe()),
      )
    },
    async changes(calendar: RemoteCalendarId, from: PullFrom, given?: CallOptions): Promise<Pull> {
      const listing = await call({ method: 'changes', calendar }, given, () => startListing(reach(calendar), from))
      const about = { method: 'page', account, calendar } as const
      const pages = {
        [Symbol.asyncIterator]: () => readPages({ ...options, about, listing, from, signal: given?.signal, reach }),
      }
      return { complete: listing.complete, pages }
    },
    async fetch(
      calendar: RemoteCalendarId,
      ids: readonly RemoteId[],
      given?: CallOptions,
    ): Promise<readonly Fetched[]> {
      return call({ method: 'fetch', calendar, ...(ids.length === 1 && { id: ids[0] as RemoteId }) }, given, () => {
        const there = reach(calendar)
        return Array.from(new Set(ids), (id) => fetchOne(there, id))
      })
    },
    idFor(calendar: RemoteCalendarId, key: CreateKey): RemoteId | undefined {
      return service.find(account, calendar)?.behaviour.serverIds === true ? undefined : idOf(key)
    },
    async create(calendar: RemoteCalendarId, draft: EventDraft, given?: CallOptions): Promise<Written> {
      return call({ method: 'create', calendar, key: draft.key }, given, () => create(reach(calendar), draft))
    },
    async update(calendar: RemoteCalendarId, change: EventChange, given?: CallOptions): Promise<Written> {
      return call({ method: 'update', calendar, id: change.current.id }, given, () => update(reach(calendar), change))
    },
    async remove(calendar: RemoteCalendarId, current: RemoteEvent, given?: CallOptions): Promise<void> {
      return call({ method: 'remove', calendar, id: current.id }, given, () => remove(reach(calendar), current))
    },
  }
}

/** An account can do what all of its calendars can do. */
function capabilitiesOf(calendars: readonly MemoryCalendar[], concurrentWrites: number): Capabilities {
  const behaviours = calendars.map((calendar) => calendar.behaviour)
  return {
    guardedWrites: behaviours.every(({ guarded = true, revisions = 'strong' }) => guarded && revisions === 'strong'),
    cannotHold: [...new Set<Field>(behaviours.flatMap(({ cannotHold = [] }) => cannotHold))],
    limits: tightest(behaviours.flatMap(({ limits }) => limits ?? [])),
    quietAttendees: behaviours.every(({ quietAttendees }) => quietAttendees === true),
    concurrentWrites,
  }
}

/** What fits within all of these limits. */
function tightest(all: readonly Limits[]): Limits {
  const tight: { -readonly [K in keyof Limits]: number } = {}
  for (const limits of all)
    for (const [name, most] of Object.entries(limits) as [keyof Limits, number][])
      tight[name] = Math.min(most, tight[name] ?? most)
  return tight
}

interface PageReading extends MemoryAccountOptions {
  readonly about: Omit<MemoryCall, 'phase'>
  readonly listing: Listing
  readonly from: PullFrom
  readonly signal: AbortSignal | undefined
  reach(id: RemoteCalendarId): MemoryCalendar
}

async function* readPages(reading: PageReading): AsyncGenerator<ChangePage> {
  const { about, from, signal } = reading
  for (let listing: Listing | undefined = reading.listing; listing !== undefined; ) {
    await pass(reading.gate(), { ...about, phase: 'before' }, signal)
    const calendar = reading.reach(about.calendar as RemoteCalendarId)
    const page = readPage(calendar, listing, reading.pageSize)
    const ids = page.events.map((event) => event.id)
    const known: ReadonlyMap<RemoteId, Revision> = asksKnown(calendar) ? await from.known(ids) : new Map()
    const told = toChangePage(calendar, listing, page, known)
    await pass(reading.gate(), { ...about, phase: 'after' }, signal)
    if (calendar.behaviour.repeats?.() === true) yield twice(told)
    yield told
    listing = page.next
  }
}

/** A page that will be told once more; what it says of the end of the listing it says the second time. */
function twice({ changes }: ChangePage): ChangePage {
  return { changes: changes.flatMap((change) => [change, change]) }
}

function asksKnown(calendar: MemoryCalendar): boolean {
  return calendar.behaviour.skipsUnchanged === true && calendar.behaviour.revisions !== 'none'
}

function fetchOne(calendar: MemoryCalendar, id: RemoteId): Fetched {
  const event = calendar.log.live(id)
  if (event === undefined) return { type: 'gone', id }
  if (!event.poisoned) return { type: 'found', event: calendar.shown(event) }
  const unreadable = { type: 'unreadable', id, error: unreadableError() } as const
  return calendar.behaviour.revisions === 'none' ? unreadable : { ...unreadable, revision: revisionOf(event) }
}
