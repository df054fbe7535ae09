import { throwIfAborted } from '../../errors.js'
import type { RemoteId } from '../../model/ids.js'
import type { ChangePage, Pull, PullFrom, RemoteChange } from '../provider.js'
import type { Place } from './context.js'
import { formatCursor, type MicrosoftCursor, parseCursor } from './cursor.js'
import { firstRound, nextRound, type Round } from './delta.js'
import { listEvents, readMany, stillIn } from './reading.js'
import { changesOf } from './settle.js'
import { isSeriesRevision } from './unit.js'

/** A pull under way. */
interface Pulling extends Place {
  readonly from: PullFrom
}

/**
 * Lists what changed in a calendar since its cursor, or all of it. An unchanged calendar costs one request.
 *
 * Microsoft tells of changes within a range of time that a cursor keeps for good. So everything is listed anew every few
 * days, with another range: what that listing lacks is not in the calendar, wherever a range ends.
 */
export async function changes(place: Place, from: PullFrom): Promise<Pull> {
  const cursor = from.cursor === undefined ? undefined : parseCursor(from.cursor)
  const pulling = { ...place, from }
  if (!cursor || cursor.until <= place.context.now()) return { complete: true, pages: everything(pulling) }
  // Asked for here and not with the first page: whether the link is still good has to be known before.
  const round = await nextRound(place, cursor.deltaLink)
  return { complete: false, pages: since(pulling, cursor, round) }
}

/** The round of changes comes first: what changes while everything is listed is told of from there. */
async function* everything(pulling: Pulling): AsyncGenerator<ChangePage> {
  const round = await firstRound(pulling)
  const { now, range } = pulling.context
  const listed = new Set<string>()
  const series: string[] = []
  for await (const items of listEvents(pulling)) {
    // An occurrence belongs to its series, whatever list it stands in.
    const own = items.filter(({ masterId }) => masterId === undefined)
    const singles = own.filter((item) => !(item.kind === 'event' && item.isSeries) && !listed.has(item.id))
    for (const { id } of items) listed.add(id)
    series.push(...own.flatMap((item) => (item.kind === 'event' && item.isSeries ? [item.id] : [])))
    series.push(...items.flatMap(({ masterId }) => masterId || []))
    for (const portion of portions(await changesOf(pulling, singles, true))) yield { changes: portion }
  }
  // A list that is read in pages loses events between two of them when another one goes.
  const missed = [...round.singles.keys(), ...round.series].filter((id) => !listed.has(id))
  for await (const changes of read(pulling, [...new Set([...series, ...missed])], 'complete')) yield { changes }
  throwIfAborted(pulling.signal)
  yield { changes: [], cursor: formatCursor({ deltaLink: round.deltaLink, until: now() + range.renewDays * dayMs }) }
}

const dayMs = 86_400_000

async function* since(pulling: Pulling, cursor: MicrosoftCursor, round: Round): AsyncGenerator<ChangePage> {
  const { from, context } = pulling
  const named = [...new Set([...round.singles.keys(), ...round.series, ...round.removed])] as RemoteId[]
  const known = new Map<RemoteId, string>()
  for (const portion of portions(named)) for (const entry of await from.known(portion)) known.set(...entry)
  const isAsKnown = (id: string): boolean => known.get(id as RemoteId) === (round.singles.get(id) ?? '')
  const singles = [...round.singles.keys()].filter((id) => round.removed.has(id) || !isAsKnown(id))
  const series = new Set(round.series)
  const looked = [...new Set([...singles, ...round.removed])].filter((id) => !series.has(id))
  const away = new Set<string>()
  let isUnexplained = false
  for (const portion of portions(looked)) {
    const items = await readMany(pulling, portion)
    const gone = portion.filter((id) => items.get(id) === undefined)
    // Something that we do not know was removed: it may have been one occurrence of any series.
    isUnexplained ||= gone.some((id) => round.removed.has(id) && !known.has(id as RemoteId) && !context.removed.has(id))
    const there = [...items.values()]
    for (const { masterId } of there) if (masterId) series.add(masterId)
    const own = there.filter((item) => item.masterId === undefined)
    const doubtful = own.filter(({ id }) => round.removed.has(id))
    const left = new Set(await stillIn(pulling, doubtful))
    const kept = own.filter((item) => !doubtful.includes(item) || left.has(item))
    const lost = [...gone, ...doubtful.filter((item) => !left.has(item)).map(({ id }) => id)]
    for (const id of lost) away.add(id)
    const changes = [...removals(lost, known), ...(await changesOf(pulling, kept, false))]
    if (changes.length > 0) yield { changes }
  }
  if (isUnexplained) for (const id of await heldSeries(pulling)) series.add(id)
  // Those in another calendar are found by their occurrences as well.
  const left = [...series].filter((id) => !away.has(id))
  const isTold = (id: string): boolean => round.series.has(id) && !round.removed.has(id)
  for await (const changes of read(pulling, left, { isTold })) if (changes.length > 0) yield { changes }
  throwIfAborted(pulling.signal)
  yield { changes: [], cursor: formatCursor({ ...cursor, deltaLink: round.deltaLink }) }
}

/**
 * Reads events by their ids. What is not there any more is told only where changes are asked for. So is what stands in
 * another calendar by now, unless this calendar has just told of it.
 */
async function* read(
  pulling: Pulling,
  ids: readonly string[],
  asked: 'complete' | { readonly isTold: (id: string) => boolean },
): AsyncGenerator<readonly RemoteChange[]> {
  const complete = asked === 'complete'
  for (const portion of portions(ids, seriesAtOnce)) {
    throwIfAborted(pulling.signal)
    const items = [...(await readMany(pulling, portion)).values()].filter(({ masterId }) => masterId === undefined)
    const doubtful = complete ? [] : items.filter(({ id }) => !asked.isTold(id))
    const left = new Set(await stillIn(pulling, doubtful))
    const there = items.filter((item) => !doubtful.includes(item) || left.has(item))
    const found = new Set(there.map(({ id }) => id))
    const gone = portion.filter((id) => !found.has(id))
    const known = complete ? new Map<RemoteId, string>() : await pulling.from.known(gone as RemoteId[])
    yield [...removals(gone, known), ...(await changesOf(pulling, there, complete))]
  }
}

const seriesAtOnce = 40

function removals(ids: readonly string[], known: ReadonlyMap<RemoteId, string>): readonly RemoteChange[] {
  return ids.flatMap((id) => (known.has(id as RemoteId) ? [{ type: 'removed', id: id as RemoteId } as const] : []))
}

async function heldSeries({ from }: Pulling): Promise<readonly string[]> {
  const found: string[] = []
  for await (const page of from.held())
    for (const [id, revision] of page) if (revision !== undefined && isSeriesRevision(revision)) found.push(id)
  return found
}

/** Parts of a list, each small enough for a page. */
function* portions<T>(all: readonly T[], most = 400): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += most) yield all.slice(start, start + most)
}
