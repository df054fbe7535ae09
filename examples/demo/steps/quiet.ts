import { type Demo, sync } from '../demo.js'
import { say, step } from '../screen.js'
import { showHistory } from '../views.js'

/** Nothing has changed, so nothing is written. */
export async function quiet(demo: Demo): Promise<void> {
  step('Nothing to do')
  const run = await sync(demo)
  const writes = run.counts.created + run.counts.updated + run.counts.removed
  say(`Nobody changed anything, and ${writes} writes were made: our own writes are no news to us.`)
  await showHistory(demo, 8)
}
