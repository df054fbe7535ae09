import { attempt, notTried, type Outcome } from './apply.js'
import type { RunContext } from './context.js'
import { type Desk, decideAll, dueNow, type Work } from './deciding.js'
import { inParallel } from './in-parallel.js'
import { lanes, type Taken } from './lanes.js'
import { Outcomes } from './outcomes.js'
import { settleParts } from './parts.js'
import { readPage } from './records.js'
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

/**
 * One look at every event that is due, a page at a time. A page is decided and recorded in one commit while the one
 * before it is being written, and its writes begin when the last of that one have begun: services and we do not wait
 * for each other. A crash after the commit leaves the evidence; a crash before it leaves nothing.
 *
 * False: nothing is left to be done now.
 */
async function settlePass(desk: Desk, context: RunContext): Promise<boolean> {
  const written = new Outcomes(context)
  const take = lanes(parallelism(desk), async (one: Work) => written.add(one, await act(one, context)))
  let isMoving = false
  let after: string | undefined
  let page = take([])
  try {
    do {
      // How many writes are left is known only when the page before was written.
      if (context.limits.maxWrites !== undefined) await page.ended
      if (context.isOver()) return false
      const limit = Math.max(1, Math.min(context.engine.pageSize, context.writesLeft))
      const range = { ...dueNow(context), limit, ...(after === undefined ? {} : { after }) }
      const { items, next } = await readPage(context.storage, context.user, 'event', range)
      const work = await context.part('diff', () => decideAll(items, desk, context))
      await page.begun
      page = following(page, writePage(work, take, context))
      if (work.length > 0) isMoving = true
      after = next
    } while (after !== undefined)
  } finally {
    try {
      await page.ended
    } finally {
      await written.flush()
    }
  }
  return isMoving
}

/** An event that is not settled after so many looks in one run waits for a later one. */
const mostPasses = 6

/** Begins to try what was decided of a page. */
function writePage(work: readonly Work[], take: (part: readonly Work[]) => Taken, context: RunContext): Taken {
  const open = work.filter(({ actions }) => actions.length > 0)
  // What is new and changed first, removals last: should anything be wrong, less is gone.
  const ordered = [...open].sort((a, b) => Number(a.event.state === 'removing') - Number(b.event.state === 'removing'))
  let begun: Promise<void> = Promise.resolve()
  const writeAll = (): Promise<void> => {
    const taken = take(ordered)
    begun = taken.begun
    return taken.ended
  }
  const ended = ordered.length > 0 ? context.part('apply', writeAll) : writeAll()
  return { begun, ended: ended.then(() => context.tell('settle')) }
}

/** A page that has ended when the ones before it have, too. */
function following(before: Taken, { begun, ended }: Taken): Taken {
  const both = Promise.all([before.ended, ended]).then(() => undefined)
  for (const one of [begun, both]) one.catch(() => undefined) // thrown where it is awaited
  return { begun, ended: both }
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
