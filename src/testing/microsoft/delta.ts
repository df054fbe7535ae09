import { type Answer, baseOf, type Call, ok, viewOf } from './call.js'
import { rangeOf } from './event-list.js'
import { eventView, sparseView, type ViewOptions } from './event-view.js'
import type { StoredEvent } from './mailbox.js'
import { Refusal } from './refusals.js'
import type { MicrosoftEvent } from './resources.js'
import { type DeltaPoint, deltaToken, pointOf, type Round, type RoundItem } from './rounds.js'
import { hasSlot, occurrenceAt, occurrencesIn, touches, typeOf } from './series.js'
import type { Range } from './times.js'
import { calendarOf } from './world.js'

/**
 * `calendarView.delta`: everything in a window, and afterwards what changed. The window stays that of the first question.
 *
 * A page has series with all they say, their unchanged occurrences with hardly anything, exceptions and single events.
 */
export function listDelta(call: Call): Answer {
  const { query, world } = call
  const [skip, delta] = [query.text('$skiptoken'), query.text('$deltatoken')]
  const calendarId = calendarOf(call, call.path['calendarId']).id
  if ((skip ?? delta) === undefined) return pageOf(call, begun(call, calendarId, rangeOf(call), undefined))
  // The window is inside of the token, and Graph says of other parameters that they are not for this.
  if (query.text('startDateTime') !== undefined || query.text('endDateTime') !== undefined || (skip && delta))
    throw new Refusal('BadRequest', { message: 'Follow the link as it is, with nothing beside its token.' })
  if (skip !== undefined) {
    const round = world.rounds.next(skip)
    assertAlive(call, round.point, calendarId)
    return pageOf(call, round)
  }
  const point = pointOf(delta ?? '')
  assertAlive(call, point, calendarId)
  return pageOf(call, begun(call, calendarId, point.range, point.position))
}

function assertAlive({ mailbox, url }: Call, point: DeltaPoint, asked: string): void {
  const { mailbox: email, calendarId, generation, range } = point
  if (email !== mailbox.email || calendarId !== asked)
    throw new Refusal('BadRequest', { message: 'Badly formed token.' })
  const alive = mailbox.generations.get(calendarId)
  if (generation === (alive?.count ?? 1)) return
  const { from, to } = range
  const bounds = `startDateTime=${new Date(from).toISOString()}&endDateTime=${new Date(to).toISOString()}`
  const code = alive?.code ?? 'SyncStateNotFound'
  // Where the next round begins may be said.
  throw new Refusal(code, code === 'resyncRequired' ? { location: `${url.origin}${url.pathname}?${bounds}` } : {})
}

function begun(call: Call, calendarId: string, range: Range, since: number | undefined): Round {
  const { mailbox, world } = call
  const generation = mailbox.generations.get(calendarId)?.count ?? 1
  const point = { mailbox: mailbox.email, calendarId, generation, position: mailbox.position, range }
  const found =
    since === undefined
      ? mailbox.all(calendarId).flatMap((stored) => itemsIn(stored, range))
      : [...mailbox.since(since).values()].flatMap(({ before, now }) => changes(call, calendarId, range, before, now))
  const items = world.options.order === 'reversed' ? [...found].reverse() : found
  const twice = (item: RoundItem) => (item.isRemoved ? [item] : [{ ...item, isFormer: true }, item])
  return { items: world.options.repeats === 'doubled' ? items.flatMap(twice) : items, from: 0, point, since }
}

/** What there is of an event in a window: a series comes with the occurrences that are in. */
function itemsIn(stored: StoredEvent, range: Range): readonly RoundItem[] {
  const item = (date: string | undefined): RoundItem => ({
    ...{ key: stored.key, date, moves: stored.moves, isRemoved: false, isFormer: false },
  })
  if (!stored.data.recurrence) return touches(stored.data, range) ? [item(undefined)] : []
  const occurrences = occurrencesIn(stored, range)
  return occurrences.length === 0 ? [] : [item(undefined), ...occurrences.map(({ date }) => item(date))]
}

/** What a change means for a window. What is outside is told as removed, even where it never was inside. */
function changes(
  { world, prefer }: Call,
  calendarId: string,
  range: Range,
  before: StoredEvent | undefined,
  last: StoredEvent,
): readonly RoundItem[] {
  const isHere = last.calendarId === calendarId && last.gone === undefined
  const wasHere = before?.calendarId === calendarId && before.gone === undefined
  if (!isHere && !wasHere && last.calendarId !== calendarId) return []
  const now = isHere ? itemsIn(last, range) : []
  const removed = (stored: StoredEvent, date: string | undefined): RoundItem => ({
    ...{ key: stored.key, date, moves: stored.moves, isRemoved: true, isFormer: false },
  })
  const tombstones: RoundItem[] = []
  const shown = before && wasHere ? before : last
  if (now.length === 0) tombstones.push(removed(shown, undefined))
  // In the other form an id ends with every move, in the same calendar too: out of the bin, say.
  else if (!prefer.isImmutable && before && wasHere && before.moves !== last.moves)
    tombstones.push(removed(before, undefined))
  if (before && wasHere) {
    const left = new Set(now.map(({ date }) => date))
    for (const { date } of itemsIn(before, range)) {
      if (date === undefined || left.has(date)) continue
      // An exception that moved out of the window is an event of its own; that it is told is a guess.
      const isMoved = isHere && hasSlot(last, date)
      if (isMoved || world.options.occurrenceTombstones === 'given') tombstones.push(removed(before, date))
    }
  }
  return [...tombstones, ...now]
}

function pageOf(call: Call, round: Round): Answer {
  const { world, prefer, url } = call
  const { items, from, point } = round
  const wanted = prefer.pageSize ?? 50
  const size = Math.min(wanted, world.options.pageSize ?? wanted)
  const value = items.slice(from, from + size).flatMap((item) => entryOf(call, item, round) ?? [])
  const path = `${baseOf(call)}${url.pathname.replace(/^\/v1\.0/, '')}`
  const link =
    from + size < items.length
      ? { '@odata.nextLink': `${path}?$skiptoken=${world.rounds.keep({ ...round, from: from + size })}` }
      : { '@odata.deltaLink': `${path}?$deltatoken=${deltaToken(point)}` }
  return ok({ '@odata.context': `${baseOf(call)}/$metadata#Collection(event)`, value, ...link })
}

/** An item as it is when its page is read; what went meanwhile is left out, and told in the next round. */
function entryOf(call: Call, item: RoundItem, { since }: Round): MicrosoftEvent | undefined {
  const { world, mailbox } = call
  // A delta is not known to follow what is preferred of bodies.
  const view: ViewOptions = { ...viewOf(call), bodyType: 'html' }
  const { key, date, moves, isRemoved, isFormer } = item
  if (isRemoved) {
    const type = world.options.removedType === 'absent' ? {} : { '@odata.type': '#microsoft.graph.event' }
    return { ...type, id: world.ids.of({ key, moves }, date, view.isImmutable), '@removed': { reason: 'deleted' } }
  }
  const current = mailbox.find(key)
  const former = isFormer && since !== undefined ? mailbox.since(since).get(key)?.before : undefined
  const stored = former && former.gone === undefined ? former : current
  if (!stored || stored.gone !== undefined) return undefined
  if (date !== undefined && !hasSlot(stored, date)) return undefined
  const data = date === undefined ? stored.data : occurrenceAt(stored, date)
  const target = { stored, date, data }
  if (typeOf(target) === 'occurrence') return sparseView(call, target, view)
  return { '@odata.type': '#microsoft.graph.event', ...eventView(call, target, view) }
}
