import { isPart, type Part, reconcileParts } from '../merge/parts.js'
import type { Action, Targets } from '../merge/plan.js'
import { sameContent } from '../model/equality.js'
import type { EventId } from '../model/ids.js'
import type { SyncedEvent } from '../model/synced-event.js'
import type { RecordChange } from '../storage/storage.js'
import type { RunContext } from './context.js'
import { exactly, find, need, put, readAll, readPage, under, type Versioned } from './records.js'
import { targetsOf } from './targets.js'

/**
 * Lets every series that stands somewhere as single events, and those events, tell each other what changed. Each exchange
 * is one commit, so that neither can have told what the other has not heard. True: there is something to settle now.
 */
export async function settleParts(context: RunContext): Promise<boolean> {
  const targets = await targetsOf(context)
  await moveHorizon(targets, context)
  const waiting = new Set<EventId>()
  const range = { index: 'apart', ...under(context.group.id) }
  for await (const page of readAll(context.storage, context.user, 'event', range))
    for (const { value } of page) waiting.add(isPart(value) ? value.kin.eventId : value.id)
  let moved = false
  for (const id of waiting) {
    if (context.isOver()) return false
    if (await settleSeries(id, targets, context)) moved = true
  }
  return moved
}

async function settleSeries(id: EventId, targets: Targets, context: RunContext): Promise<boolean> {
  const { storage, user, group } = context
  const series = await find(storage, user, 'event', `${group.id}/${id}`)
  // What a person wants of the series is merged first.
  if (!series || series.value.proposal) return false
  const parts = await partsOf(id, context)
  const known = [...parts.values()].map(({ value }) => value).filter(isPart)
  const told = reconcileParts(series.value, known, targets, context.engine.now())
  const some = told.parts.slice(0, mostAtOnce)
  // What does not fit one commit follows in the next round.
  const isWhole = some.length === told.parts.length
  const next = isWhole ? told.series : { ...told.series, parted: '' }
  if (some.length === 0 && sameSeries(series.value, next)) return false
  const changes: RecordChange[] = some.map((part: Part) => put('event', part, parts.get(part.id)?.version ?? 0))
  await context.commitUnlessStale([put('event', next, series.version), ...changes])
  return true
}

const mostAtOnce = 800

async function partsOf(id: EventId, context: RunContext): Promise<ReadonlyMap<EventId, Versioned<SyncedEvent>>> {
  const parts = new Map<EventId, Versioned<SyncedEvent>>()
  const range = { index: 'part', ...exactly(`${context.group.id}/${id}`) }
  for await (const page of readAll(context.storage, context.user, 'event', range))
    for (const item of page) parts.set(item.value.id, item)
  return parts
}

/** The single events that a series is about to be given, as a plan shows them. */
export async function plannedParts(
  series: SyncedEvent,
  targets: Targets,
  context: RunContext,
): Promise<readonly Action[]> {
  if (series.parted === undefined) return []
  const known = await partsOf(series.id, context)
  const { parts } = reconcileParts(
    series,
    [...known.values()].map(({ value }) => value).filter(isPart),
    targets,
    context.engine.now(),
  )
  const made = parts.filter(({ id }) => !known.has(id))
  return made.map(({ kin, content }) => ({ kind: 'create', calendarId: kin.calendarId, content }))
}

function sameSeries(before: SyncedEvent, after: SyncedEvent): boolean {
  return before.parted === after.parted && after.proposal === undefined && sameContent(before.content, after.content)
}

/** Once a day the window of every series that stands somewhere as single events moves on. */
async function moveHorizon(targets: Targets, context: RunContext): Promise<void> {
  const { storage, user, group, engine } = context
  const isPartial = [...targets.values()].some(
    ({ holds }) => holds.cannotHold.includes('recurrence') || holds.holdsSeries,
  )
  if (!isPartial || engine.now() - (group.horizonAt ?? 0) < 86_400_000) return
  let after: string | undefined
  do {
    const range = { index: 'series', ...under(group.id), limit: 200, ...(after === undefined ? {} : { after }) }
    const page = await readPage(storage, user, 'event', range)
    const stale = page.items.filter(({ value }) => value.parted !== undefined && value.parted !== '')
    await context.commitUnlessStale(stale.map(({ value, version }) => put('event', { ...value, parted: '' }, version)))
    after = page.next
    // The next run begins from the start; what was carried on already is not carried on twice.
    if (after !== undefined && context.isOver()) return
  } while (after !== undefined)
  const { value: current, version } = await need(storage, user, 'group', group.id)
  const moved = { ...current, horizonAt: engine.now() }
  if (await context.commitUnlessStale([put('group', moved, version)]))
    context.group = { ...context.group, horizonAt: moved.horizonAt }
}
