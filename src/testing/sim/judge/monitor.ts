import { isSyncError } from '../../../errors.js'
import type { CalendarProvider, ChangePage, EventDraft, ProviderAccount, Pull } from '../../../providers/provider.js'
import type { Coverage } from '../coverage.js'
import type { Place } from '../kinds.js'
import { isCopy } from '../people/editing.js'
import type { GroundTruth } from '../truth.js'
import { nameIn, tokensWithin, wordIn } from '../words.js'
import type { Cursors } from './cursors.js'
import type { Records } from './records.js'
import type { Violation } from './violation.js'

/** What goes over the wire, by calendar, since it was last emptied. */
export interface Wire {
  readonly requests: Map<string, number>
  /** Writes that a service confirmed, over the whole schedule. */
  writes: number
}

/** What a monitor needs to know. */
export interface Watch {
  readonly places: readonly Place[]
  readonly truth: GroundTruth
  readonly coverage: Coverage
  readonly wire: Wire
  readonly cursors: Cursors
  readonly records: Records
  /** Who calls; undefined for the syncs at the end. */
  readonly worker: number | undefined
  /** The engine's ids of calendars, by the ids that their services use. */
  readonly calendarNames: ReadonlyMap<string, string>
  /** A worker may sleep past its lease here, and write what it planned before it slept: then only the end is judged. */
  readonly hasSleepers: boolean
  /** Whether this worker does so now. */
  readonly isLate: () => boolean
  readonly complain: (violation: Violation) => void
}

/**
 * Stands between the engine and a provider, and judges every call while it is made: nothing is removed that no person
 * removed, nothing is written where nothing may be, and no word reaches a calendar that is told times only.
 */
export function watchedProvider(provider: CalendarProvider, watch: Watch): CalendarProvider {
  return { id: provider.id, open: (access) => watchedAccount(provider.open(access), watch) }
}

function watchedAccount(account: ProviderAccount, watch: Watch): ProviderAccount {
  const { coverage, wire } = watch
  const call = async <T>(name: string, calendar: string, work: () => Promise<T>): Promise<T> => {
    wire.requests.set(calendar, (wire.requests.get(calendar) ?? 0) + 1)
    try {
      const answer = await work()
      coverage.saw('call', name)
      return answer
    } catch (error) {
      coverage.saw('call', `${name} ${isSyncError(error) ? error.code : 'broken'}`)
      throw error
    }
  }
  return {
    // read anew: it is a getter
    get capabilities() {
      return account.capabilities
    },
    listCalendars: (options) => account.listCalendars(options),
    idFor: (calendar, key) => account.idFor(calendar, key),
    changes: (calendar, from, options) =>
      call('changes', calendar, async () => counted(calendar, await account.changes(calendar, from, options), watch)),
    fetch: (calendar, ids, options) =>
      call('fetch', calendar, async () => {
        const answers = await account.fetch(calendar, ids, options)
        for (const { type } of answers) coverage.saw('fetched', type)
        return answers
      }),
    create: (calendar, draft, options) => {
      mayWrite(watch, calendar)
      mayCreate(watch, calendar, draft)
      keepsQuiet(watch, calendar, [draft.content, draft.mark])
      return call('create', calendar, async () => {
        const written = await account.create(calendar, draft, options)
        wire.writes++
        // Where it was removed meanwhile, nobody can tell that from a person who puts it back.
        if (watch.isLate()) watch.truth.touched(nameIn(draft.content))
        return written
      })
    },
    update: (calendar, change, options) => {
      mayWrite(watch, calendar, change.current.id)
      // An event that a person made in such a calendar is written in full: it is theirs.
      if (change.mark) keepsQuiet(watch, calendar, [change.content, change.mark])
      return call('update', calendar, async () => {
        const written = await account.update(calendar, change, options)
        wire.writes++
        return written
      })
    },
    remove: (calendar, current, options) => {
      mayWrite(watch, calendar, current.id)
      mayRemove(watch, calendar, current.id)
      return call('remove', calendar, async () => {
        await account.remove(calendar, current, options)
        wire.writes++
      })
    },
  }
}

function counted(calendarId: string, { complete, pages }: Pull, { coverage, cursors, worker }: Watch): Pull {
  coverage.saw('listing', complete ? 'complete' : 'changes')
  return { complete, pages: cursors.noted(worker, calendarId, countedPages(pages, coverage)) }
}

async function* countedPages(pages: AsyncIterable<ChangePage>, coverage: Coverage): AsyncGenerator<ChangePage> {
  for await (const page of pages) {
    for (const { type } of page.changes) coverage.saw('listed', type)
    yield page
  }
}

function placeOf({ places }: Watch, calendarId: string): Place | undefined {
  return places.find(({ calendar }) => calendar.id === calendarId)
}

function mayWrite(watch: Watch, calendarId: string, remoteId?: string): void {
  const { calendarNames, complain, hasSleepers, records } = watch
  const place = placeOf(watch, calendarId)
  if (place?.role === 'readOnly' || place?.role === 'source')
    complain({ invariant: 'direction', what: `${calendarId} is only read, and was written to` })
  const known = calendarNames.get(calendarId)
  if (hasSleepers || remoteId === undefined || known === undefined) return
  if (records.isParked({ calendarId: known, remoteId }))
    complain({ invariant: 'park', what: `${remoteId} in ${calendarId} waits for a person, and was written to` })
}

function mayCreate(watch: Watch, calendarId: string, draft: EventDraft): void {
  const { truth, complain, hasSleepers, records, calendarNames } = watch
  const name = nameIn(draft.content)
  // An edit elsewhere keeps one of the events that a person emptied this calendar of.
  if (truth.awaited.get(name) === calendarNames.get(calendarId)) truth.isBack(name)
  if (!hasSleepers && truth.plainlyRemoved.has(name))
    complain({ invariant: 'I7 no resurrection', what: `${name} was removed, and is created in ${calendarId}` })
  if (!hasSleepers && records.isParked({ eventId: draft.mark.eventId }))
    complain({ invariant: 'park', what: `${name} waits for a person, and was created in ${calendarId}` })
}

function mayRemove(watch: Watch, calendarId: string, id: string): void {
  const { truth, complain, records, calendarNames } = watch
  const place = placeOf(watch, calendarId)
  const event = place?.calendar.get(id)
  const name = event && truth.nameOf(event)
  if (!place || !name) return
  const { calendar } = place
  const isBeside = calendar.all().some((other) => other.id !== id && truth.nameOf(other) === name)
  if (truth.awaited.has(name) && !(isCopy(truth, place, event) && isBeside))
    complain({
      invariant: 'I6 guard',
      what: `${name} is being removed in ${calendarId}, and nobody said that it is meant`,
    })
  if (truth.removed.has(name)) return
  const owners = records.ownersOf({ calendarId: calendarNames.get(calendarId) ?? '', remoteId: id })
  if (owners.some((owner) => truth.takenOut.has(owner.id))) return
  // Where the same meeting was received beside a copy of it, the copy goes; also where a person took the other one out.
  // Of a copy that somebody moved away and back, an engine that was put back meanwhile has made another one.
  const isOurs =
    isCopy(truth, place, event) ||
    (truth.forgotten.has(name) && event.mark !== undefined && event.mark.key === event.key)
  const isSurplus = isOurs && (isBeside || truth.detached.has(`${name}/${calendarId}`))
  if (isSurplus) truth.thinned.add(name)
  // A copy that it took away itself in a past that is gone looks like one that a person removed.
  else if (!(truth.thinned.has(name) && truth.forgotten.has(name)))
    complain({
      invariant: 'I5 deletion safety',
      what: `${name} is being removed in ${calendarId}, and nobody removed it`,
    })
}

function keepsQuiet(watch: Watch, calendarId: string, sent: readonly unknown[]): void {
  if (placeOf(watch, calendarId)?.role !== 'busy') return
  // What a person wrote into such a copy may be sent back to it.
  const word = [...tokensWithin(sent)].find((token) => wordIn(token) && watch.truth.unheard.get(token) !== calendarId)
  if (word)
    watch.complain({ invariant: 'I15 privacy', what: `${word} was sent to ${calendarId}, which is told times only` })
}
