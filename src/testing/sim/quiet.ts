import type { UserHandle } from '../../engine/user.js'
import type { Conflict } from '../../model/conflict.js'
import { notificationId, notificationsOf } from '../../model/notification.js'
import type { Run } from '../../model/run.js'
import type { Storage } from '../../storage/storage.js'
import { brokenChains } from './judge/chains.js'
import { judge } from './judge/judge.js'
import { decide } from './people/deciding.js'
import { type Stage, secret } from './stage.js'
import { storyOf } from './story.js'
import { clearSky } from './weather.js'
import type { Workers } from './workers.js'

const hourMs = 3_600_000
/** So many syncs may pass after the last fault until nothing is left to do. */
const mostPasses = 12

/**
 * No more faults, no more edits: the workers end what they are at, then sync until a sync does nothing, and all is judged.
 * Returns how many syncs it took.
 */
export async function quietEnd(stage: Stage, workers: Workers): Promise<number> {
  const { faults, scenery, outages, truth, calendarNames } = stage
  faults.stop()
  clearSky({ places: scenery.places, outages, truth })
  await workers.end()
  stage.deliveries = undefined
  stage.setClockRight()
  const user = stage.user()
  let passes = 0
  for (let isQuiet = false; !isQuiet; ) {
    isQuiet = await quietPass(stage, workers, user, ++passes)
    if (!isQuiet && passes >= mostPasses) {
      stage.complain({ invariant: 'I1 convergence', what: `not quiet after ${passes} syncs` })
      break
    }
    isQuiet &&= passes >= 2
  }
  await costOfNothing(stage, user)
  boundWrites(stage)
  await tellsWhatIsSo(stage, user)
  if (stage.options.withStory) stage.story.push(...(await storyOf(scenery.places, stage.storage)))
  stage.violations.push(...judge(scenery, truth, await conflictsIn(stage.storage), calendarNames))
  stage.violations.push(...(await brokenChains(stage.storage, secret)))
  return passes
}

/** One sync of every group, past every lease, every back-off and the daily listing. True: there was nothing to do. */
async function quietPass(stage: Stage, workers: Workers, user: UserHandle, pass: number): Promise<boolean> {
  stage.now += 31 * hourMs
  let isQuiet = true
  for (const { id } of stage.scenery.groups) {
    const run = await syncQuietly(stage, workers, user, id)
    stage.tell(`quiet pass ${pass} of ${id}: ${run?.end} ${JSON.stringify(run?.counts)}`)
    const decided = await decide(stage, user, id)
    if (!run || decided || run.more || run.end !== 'finished') isQuiet = false
    else if (run.counts.created + run.counts.updated + run.counts.removed > 0) isQuiet = false
  }
  return isQuiet
}

/** A sync by nobody but us; in a crash sweep by a worker that may die at any step. */
async function syncQuietly(
  { options }: Stage,
  workers: Workers,
  user: UserHandle,
  groupId: string,
): Promise<Run | undefined> {
  if (options.crashAtStep === undefined) return user.groups.sync(groupId)
  const [worker] = workers.all
  if (!worker) return undefined
  workers.start(worker, groupId)
  await workers.end()
  return worker.lastRun
}

/** A sync without news asks each calendar once and writes nothing. */
async function costOfNothing(stage: Stage, user: UserHandle): Promise<void> {
  const { violations, coverage, wire, scenery } = stage
  if (violations.length > 0) return
  // The first listing by a cursor may tell once more what a complete one has told, and is asked about that.
  stage.now += 60_000
  for (const { id } of scenery.groups) await user.groups.sync(id)
  stage.now += 60_000
  const listed = coverage.counts.get('listing: complete')
  for (const { id, places } of scenery.groups) {
    wire.requests.clear()
    const writes = wire.writes
    await user.groups.sync(id)
    // Once a day everything is listed, and what a listing leaves out is asked for.
    if (coverage.counts.get('listing: complete') !== listed) continue
    if (wire.writes > writes) stage.complain({ invariant: 'I4 no echo', what: `a sync of ${id} without news wrote` })
    for (const { calendar } of places) {
      const requests = wire.requests.get(calendar.id) ?? 0
      if (requests !== 1)
        stage.complain({
          invariant: 'I11 bounded calls',
          what: `${requests} requests to ${calendar.id} without news`,
        })
    }
  }
}

/** What the engine wrote in all: no echo may hide behind the end of a schedule. */
function boundWrites(stage: Stage): void {
  const { wire, truth, faults, scenery } = stage
  const bound = 2 * (truth.actions + 3) * scenery.places.length + 2 * faults.total
  if (wire.writes > bound)
    stage.complain({ invariant: 'I4 no echo', what: `${wire.writes} writes, and ${bound} would have been many` })
}

/** People are told of what needs them now, and of nothing else, whatever became of those who should have told before. */
async function tellsWhatIsSo(stage: Stage, user: UserHandle): Promise<void> {
  const { items } = await user.notifications.list({ limit: 1_000 })
  const told = items.map(({ id, kind }) => `${kind} ${id}`).sort()
  for (const { kind } of [...items, ...(await user.notifications.list({ state: 'resolved' })).items])
    stage.coverage.saw('notification', kind)
  const wanted = notificationsOf(await user.status()).map((one) => `${one.kind} ${notificationId(one)}`)
  if (JSON.stringify(told) !== JSON.stringify(wanted.sort()))
    stage.complain({ invariant: 'N4 notifications', what: `told: ${told.join(', ')}; so is: ${wanted.join(', ')}` })
}

async function conflictsIn(storage: Storage): Promise<readonly Conflict[]> {
  const found: Conflict[] = []
  let after: string | undefined
  do {
    const page = await storage.list('user' as never, 'conflict', { limit: 1_000, ...(after ? { after } : {}) })
    found.push(...page.records.map(({ value }) => value as unknown as Conflict))
    after = page.next
  } while (after !== undefined)
  return found
}
