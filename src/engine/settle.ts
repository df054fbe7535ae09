import type { SyncedEvent } from '../model/synced-event.js'
import { attempt, notTried, type Outcome } from './apply.js'
import type { RunContext } from './context.js'
import { type Desk, decideAll, dueNow, type Work } from './deciding.js'
import { inParallel } from './in-parallel.js'
import { Outcomes } from './outcomes.js'
import { settleParts } from './parts.js'
import { readPage, type Versioned } from './records.js'
import { accountsOf, targetsOf } from './targets.js'

/**
 * Settles every event that is due, a page at a time, until a pass over all of them changes nothing or the run is over.
 * Events that only wait for a calendar that is not answering stay due and cost no write.
 */
export async function settleDue(context: RunContext): Promise<void> {
  // What a series and the single events that stand for it tell each other has to be settled in turn.
  for (let round = 1; round <= mostRounds; round++) {
    await settleEvents(context)
    if (!(await settleParts(context))) return
  }
}

const mostRounds = 5

async function settleEvents(context: RunContext): Promise<void> {
  const desk: Desk = { targets: await targetsOf(context), accounts: await accountsOf(context), isLast: false }
  for (let pass = 1; pass <= mostPasses; pass++)
    if (!(await settlePass({ ...desk, isLast: pass === mostPasses }, context))) return
}

/** One look at every event that is due. False: nothing is left to be done now. */
async function settlePass(desk: Desk, context: RunContext): Promise<boolean> {
  let isMoving = false
  let after: string | undefined
  do {
    if (context.isOver()) return false
    const limit = Math.max(1, Math.min(pageSize, context.writesLeft))
    const range = { ...dueNow(context), limit, ...(after === undefined ? {} : { after }) }
    const page = await readPage(context.storage, context.user, 'event', range)
    if (await settlePage(page.items, desk, context)) isMoving = true
    after = page.next
    context.tell('settle')
  } while (after !== undefined)
  return isMoving
}

const pageSize = 100
/** An event that is not settled after so many looks in one run waits for a later one. */
const mostPasses = 6

/**
 * A page of events: decide each, record what is about to be tried in one commit, then try. A crash after the commit
 * leaves the evidence; a crash before it leaves nothing.
 */
async function settlePage(items: readonly Versioned<SyncedEvent>[], desk: Desk, context: RunContext): Promise<boolean> {
  const work = await context.part('diff', () => decideAll(items, desk, context))
  const open = work.filter(({ actions }) => actions.length > 0)
  // What is new and changed first, removals last: should anything be wrong, less is gone.
  const ordered = [...open].sort((a, b) => Number(a.event.state === 'removing') - Number(b.event.state === 'removing'))
  const written = new Outcomes(context)
  try {
    const actAll = () =>
      inParallel(ordered, parallelism(desk), async (one) => written.add(one, await act(one, context)))
    await (ordered.length > 0 ? context.part('apply', actAll) : actAll())
  } finally {
    await written.flush()
  }
  return work.length > 0
}

/** Tries what was planned for one event. */
async function act(work: Work, context: RunContext): Promise<readonly Outcome[]> {
  const steps = work.actions.map((action) => ({ event: work.event, action, row: work.rows.get(action.calendarId) }))
  if (context.isOver() || !context.begin(work.actions.length)) return steps.map(notTried)
  context.measuring.trying(work.event, work.actions)
  const outcomes: Outcome[] = []
  await inParallel(steps, steps.length, async (step) => {
    outcomes.push(await attempt(step, context))
  })
  return outcomes
}

function parallelism({ accounts }: Desk): number {
  return Math.max(1, ...[...accounts.values()].map(({ capabilities }) => capabilities.concurrentWrites))
}
