import { decide } from '../merge/decide.js'
import type { Targets } from '../merge/plan.js'
import type { CalendarId, RemoteId } from '../model/ids.js'
import type { SyncedEvent } from '../model/synced-event.js'
import { ask, mirrorChange } from './confirm.js'
import type { RunContext } from './context.js'
import { decideContext } from './decide-context.js'
import { inParallel } from './in-parallel.js'
import { type Mirrored, mirrorOf, rowsOf, shownOf } from './mirror.js'
import { observedId, put, type Versioned } from './records.js'

/** The mirrors of these events, and which of them can be decided now. */
interface Looked {
  readonly items: readonly Versioned<SyncedEvent>[]
  readonly rows: ReadonlyMap<string, Mirrored>
}

/**
 * Before an edit defeats a removal, the calendars are asked for their copies of the event: a listing that lags behind may
 * have shown a state from before anything that was known, and that is no edit. What a copy turns out to have gone as well
 * is left for the next look, and so is an event whose edit is the word of a calendar that cannot be asked now.
 */
export async function withEditsAgain(
  items: readonly Versioned<SyncedEvent>[],
  targets: Targets,
  context: RunContext,
): Promise<Looked> {
  const rows = await mirrorOf(items, context)
  const doubted = items.filter((item) => isRemovalDefeated(item, rows, targets, context))
  if (doubted.length === 0) return { items, rows }
  const left = new Set<SyncedEvent['id']>()
  const byCalendar = new Map<CalendarId, Map<RemoteId, SyncedEvent['id']>>()
  for (const { value: event } of doubted)
    for (const [calendarId, { value }] of rowsOf(event, rows)) {
      const isGone = event.replicas[calendarId]?.gone === true
      if (isGone || !targets.has(calendarId)) continue
      byCalendar.set(calendarId, (byCalendar.get(calendarId) ?? new Map()).set(value.remoteId, event.id))
    }
  const unasked = new Set<CalendarId>()
  await inParallel([...byCalendar], byCalendar.size, async ([calendarId, copies]) => {
    const answers = context.blocked.has(calendarId) ? undefined : await ask(calendarId, [...copies.keys()], context)
    if (!answers) {
      unasked.add(calendarId)
      return
    }
    const changes = [...answers].flatMap(([remoteId, answer]) => {
      const eventId = copies.get(remoteId)
      if (eventId === undefined) return []
      const mirrored = mirrorChange(calendarId, answer, rows.get(observedId(calendarId, remoteId)), context)
      if (answer.type !== 'gone') return mirrored
      left.add(eventId)
      const gone = { groupId: context.group.id, calendarId, remoteId, confirm: true, change: 'gone' } as const
      return [...mirrored, put('inbox', gone)]
    })
    // Should the mirror have moved while we asked, the next look asks again.
    if (!(await context.commitUnlessStale(changes))) for (const eventId of copies.values()) left.add(eventId)
  })
  const now = await mirrorOf(items, context)
  const believed = new Map(
    [...now].map(([id, row]) => [id, unasked.has(row.value.calendarId) ? { ...row, isDoubtful: true as const } : row]),
  )
  for (const item of unasked.size > 0 ? doubted : [])
    if (isRemovalDefeated(item, now, targets, context) && !isRemovalDefeated(item, believed, targets, context))
      left.add(item.value.id)
  return { items: items.filter(({ value }) => !left.has(value.id)), rows: now }
}

/** A look ahead at what would be decided from what is known: most events have no copy that is gone. */
function isRemovalDefeated(
  { value: event, version }: Versioned<SyncedEvent>,
  rows: ReadonlyMap<string, Mirrored>,
  targets: Targets,
  context: RunContext,
): boolean {
  if (event.state === 'live' && !Object.values(event.replicas).some(({ gone }) => gone)) return false
  const shown = shownOf(event, rowsOf(event, rows))
  const { items } = decide(event, shown, decideContext(event, version, targets, undefined, context))
  return items.some(({ kind }) => kind === 'removed_and_changed')
}
