import { isSyncError, type SyncError } from '../errors.js'
import { sameContent } from '../model/equality.js'
import { failureOf } from '../model/failure.js'
import type { CalendarId, RemoteId } from '../model/ids.js'
import type { Fetched } from '../providers/provider.js'
import type { RecordChange } from '../storage/storage.js'
import type { RunContext } from './context.js'
import {
  type Arrival,
  drop,
  exactly,
  findMany,
  type Observed,
  observedId,
  put,
  readPage,
  type Versioned,
} from './records.js'

/**
 * Asks for every event that a listing made doubtful: reported as removed, missing in a complete listing, or looking like
 * an older state. What the calendar answers for the event itself is believed; when it does not answer, the question
 * stays open and nothing is concluded.
 */
export async function confirmDoubts(context: RunContext): Promise<void> {
  for (const { calendarId } of context.group.members) {
    const range = { index: 'confirm', ...exactly(`${context.group.id}/${calendarId}`) }
    while (!context.blocked.has(calendarId) && !context.isOver()) {
      const page = await readPage(context.storage, context.user, 'inbox', { ...range, limit: batch })
      if (page.items.length === 0) break
      await confirmPage(calendarId, page.items, context)
    }
  }
}

const batch = 100

async function confirmPage(
  calendarId: CalendarId,
  arrivals: readonly Versioned<Arrival>[],
  context: RunContext,
): Promise<void> {
  const ids = arrivals.map(({ value }) => value.remoteId)
  const rows = await findMany(
    context.storage,
    context.user,
    'observed',
    ids.map((id) => observedId(calendarId, id)),
  )
  const answers = await ask(calendarId, ids, context)
  if (!answers) return
  const changes = arrivals.flatMap(({ value, version }): readonly RecordChange[] => {
    const answer = answers.get(value.remoteId)
    const row = rows.get(observedId(calendarId, value.remoteId))
    // A service that says nothing about one of the events has not proven anything about it.
    if (!answer) return [put('inbox', { ...value, change: 'shown', confirm: false, confirmed: true }, version)]
    const settled: Arrival = {
      ...value,
      change: answer.type === 'gone' ? 'gone' : 'shown',
      confirm: false,
      confirmed: true,
    }
    return [put('inbox', settled, version), ...mirrorChange(calendarId, answer, row, context)]
  })
  // Should the mirror have moved while we asked, the next round asks again.
  await context.commitUnlessStale(changes)
}

/**
 * What a run puts into the mirror by itself (its own writes, and what it looked at) is news to every other group that the
 * calendar is in: the next listing finds the mirror up to date and tells nobody.
 */
export function tidings(
  calendarId: CalendarId,
  remoteId: RemoteId,
  change: Arrival['change'],
  context: RunContext,
): readonly RecordChange[] {
  const confirm = change === 'gone'
  const others = (context.memberships.get(calendarId) ?? []).filter(({ groupId }) => groupId !== context.group.id)
  return others.map(({ groupId }) => put('inbox', { groupId, calendarId, remoteId, change, confirm }))
}

/** Asks the provider; undefined when this calendar cannot be asked now. */
export async function ask(
  calendarId: CalendarId,
  ids: readonly RemoteId[],
  context: RunContext,
): Promise<ReadonlyMap<RemoteId, Fetched> | undefined> {
  try {
    const account = await context.account(calendarId)
    const found = await account.fetch(context.calendar(calendarId).remoteId, ids, context.call)
    return new Map(found.map((answer) => [answer.type === 'found' ? answer.event.id : answer.id, answer]))
  } catch (error) {
    block(calendarId, error, context)
    return undefined
  }
}

/** Nothing more is asked of this calendar in this run. Errors that are ours to pass on are passed on. */
export function block(calendarId: CalendarId, error: unknown, context: RunContext): void {
  if (!isSyncError(error) || passedOn.has(error.code)) throw error
  if (error.remedy === 'reauthorize') context.engine.forgetAccount(context.user, context.calendar(calendarId))
  const now = context.engine.now()
  if (error.retryAfterMs !== undefined) context.leftAlone.set(calendarId, now + error.retryAfterMs)
  context.blocked.set(calendarId, failureOf(error, now))
}

const passedOn: ReadonlySet<SyncError['code']> = new Set(['aborted', 'lease_lost', 'storage_failed', 'stale_version'])

/** What an answer about one event makes of its mirror. */
export function mirrorChange(
  calendarId: CalendarId,
  answer: Fetched,
  row: Versioned<Observed> | undefined,
  context: RunContext,
): readonly RecordChange[] {
  const generation = row?.value.generation ?? context.calendar(calendarId).pull.generation
  switch (answer.type) {
    case 'gone':
      return row ? [drop('observed', row.value, row.version), ...tidings(calendarId, answer.id, 'gone', context)] : []
    case 'unreadable': {
      const failure = failureOf(answer.error, context.engine.now())
      const revision = answer.revision === undefined ? {} : { revision: answer.revision }
      return [put('observed', { calendarId, remoteId: answer.id, generation, ...revision, failure }, row?.version ?? 0)]
    }
    case 'found': {
      const { event } = answer
      const revision = event.revision === undefined ? {} : { revision: event.revision }
      const shown: Observed = { calendarId, remoteId: event.id, generation, ...revision, event }
      const before = row?.value.event
      // What the mirror held already is no news: two groups would have each other ask for it for ever.
      const isNews = !before || before.revision !== event.revision || !sameContent(before.content, event.content)
      const told = isNews ? tidings(calendarId, event.id, 'shown', context) : []
      return [put('observed', shown, row?.version ?? 0), ...told]
    }
    default:
      return answer satisfies never
  }
}
