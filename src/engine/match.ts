import type { RunContext } from './context.js'
import { holdsRemovals } from './guard.js'
import { MatchPage } from './match-page.js'
import { type Pass, place } from './placing.js'
import { type Arrival, inboxUnder, readPage, type Versioned } from './records.js'

/**
 * Finds for every observation the synced event that it is a replica of, and marks that event as due.
 *
 * In order: the id that we know; our own mark (which re-adopts copies after a crash or a lost database); the UID, for a
 * meeting that stands in several calendars already; and, when a group is first woven together, title, time and rule.
 * What is none of these is new, and this calendar is its origin.
 *
 * Events that people made come first, so that copies find the event that they are copies of.
 */
export async function match(context: RunContext): Promise<void> {
  const sawCopies = await matchAll(context, 'natives')
  if (sawCopies) await matchAll(context, 'copies')
}

async function matchAll(context: RunContext, pass: Pass): Promise<boolean> {
  let sawCopies = false
  let after: string | undefined
  while (true) {
    if (context.isOver()) return sawCopies
    const page = await readPage(context.storage, context.user, 'inbox', {
      ...inboxUnder(context.group.id),
      limit: 100,
      ...(after === undefined ? {} : { after }),
    })
    const done = await matchPage(page.items, pass, context)
    sawCopies ||= done.sawCopies
    context.tell('match')
    // Somebody changed a record under us: this page is read and matched again.
    if (done.isStale) continue
    after = page.next
    if (after === undefined) return sawCopies
  }
}

async function matchPage(
  arrivals: readonly Versioned<Arrival>[],
  pass: Pass,
  context: RunContext,
): Promise<{ readonly sawCopies: boolean; readonly isStale: boolean }> {
  const ready = arrivals.filter(({ value }) => isReady(value, context))
  const page = await MatchPage.open(
    ready.map(({ value }) => value),
    context,
  )
  for (const arrival of ready) await place(arrival, pass, page)
  const isWritten = await context.commitUnlessStale(page.changes())
  if (isWritten) context.counts.observed += page.placed
  return { sawCopies: page.sawCopies, isStale: !isWritten }
}

/**
 * Doubts wait for their confirmation, and removals that are held wait for a person. What came from a calendar that is no
 * member, or has become one since this run began, is for a later run.
 */
function isReady({ confirm, change, calendarId }: Arrival, context: RunContext): boolean {
  if (!context.calendars.has(calendarId)) return false
  return !confirm && !(change === 'gone' && holdsRemovals(context.group, calendarId))
}
