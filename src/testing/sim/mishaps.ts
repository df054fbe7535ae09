import { visibleIn } from './judge/loss.js'
import { shownIn } from './judge/shown.js'
import type { Stage } from './stage.js'
import { changeWeather } from './weather.js'
import type { Workers } from './workers.js'

/** After a step of a worker: it may crash or sleep past its lease, a backup may come back, the weather may change. */
export async function strike(stage: Stage, workers: Workers, id: number): Promise<void> {
  const { faults, random, scheduler, options } = stage
  if (options.crashAtStep === scheduler.steps || faults.strikes('crash')) {
    workers.crash(id)
    if (random.chance(0.5)) stage.now += 120_000
  } else if (faults.strikes('pause')) {
    stage.now += 90_000
    // This one sleeps on while the others take over what it was at.
    scheduler.pause(id, 20 + random.below(200))
    stage.sleepers.add(id)
    stage.tell(`worker ${id} sleeps past its lease`)
  }
  if (faults.strikes('restore')) await restore(stage, workers)
  if (faults.strikes('weather')) {
    const { scenery, truth, outages } = stage
    stage.tell(changeWeather({ places: scenery.places, truth, random, faults, outages, jump: (ms) => stage.jump(ms) }))
  }
}

/**
 * The storage goes back to an earlier state, and everybody starts anew. What happened in between is known to the
 * calendars only: a value that stands in none of them by now was lost, and logged, in a past that is gone, and what
 * was removed may come back. Nothing else is excused.
 */
async function restore(stage: Stage, workers: Workers): Promise<void> {
  workers.startAnew()
  const at = await stage.restored()
  const visible = visibleIn(shownIn(stage.scenery.places, stage.truth, stage.calendarNames))
  stage.truth.forget((token) => visible.has(token))
  stage.tell(`the storage is restored to its change ${at}`)
}
