import { readPage } from '../../../engine/records.js'
import type { EventContent } from '../../../model/content.js'
import { sameContent } from '../../../model/equality.js'
import type { UserId } from '../../../model/ids.js'
import type { Replica, SyncedEvent } from '../../../model/synced-event.js'
import type { Storage } from '../../../storage/storage.js'
import type { Place } from '../kinds.js'
import { Random } from '../random.js'
import type { Stage } from '../stage.js'
import type { Workers } from '../workers.js'
import { act } from './act.js'

const me = 'user' as UserId

/** Somebody does something in a calendar, unless it is left out of this schedule. */
export async function person(stage: Stage, workers: Workers): Promise<void> {
  const { truth, scenery, calendarNames } = stage
  const number = truth.actions
  stage.now += stage.random.below(5_000)
  if (stage.options.without?.actions?.has(number)) {
    truth.actions++
    return
  }
  // Each deed has choices of its own, so that leaving one out leaves the others as they are.
  const random = new Random(stage.seed * 7_919 + number * 104_729)
  const settled = await settledCopies(stage.storage)
  const seen = await seenContents(stage.storage)
  // A sync under way may have read a state that was changed since, and take it up later.
  const since = workers.busySince
  const isSettled = ({ calendar }: Place, id: string) => {
    const event = calendar.get(id)
    if (event && truth.touchedAt(truth.nameOf(event)) >= since) return false
    const copy = `${calendarNames.get(calendar.id)}/${id}`
    const last = seen.get(copy)
    if (event && !(last && sameContent(last, event.content))) return false
    return scenery.groups
      .filter(({ places }) => places.some((place) => place.calendar === calendar))
      .every((group) => settled.has(`${group.id}/${copy}`))
  }
  truth.step = stage.scheduler.steps
  const { deed, story } = act({ ...scenery, calendarNames, truth, random, isSettled })
  stage.coverage.saw('person', deed)
  stage.tell(`[${number}] ${story}`)
}

/** What the engine saw last, by `calendar/remote id`: a calendar that does not answer may have moved on. */
async function seenContents(storage: Storage): Promise<ReadonlyMap<string, EventContent>> {
  const { items } = await readPage(storage, me, 'observed', { limit: 1_000 })
  return new Map(
    items.flatMap(({ value: { calendarId, remoteId, event } }) =>
      event ? [[`${calendarId}/${remoteId}`, event.content]] : [],
    ),
  )
}

/** The copies that the engine knows of and is done with, as `group/calendar/remote id`. */
async function settledCopies(storage: Storage): Promise<ReadonlySet<string>> {
  const waiting = new Set((await storage.list(me, 'inbox', { limit: 1_000 })).records.map(({ id }) => id))
  const page = await storage.list(me, 'event', { limit: 1_000 })
  const known = page.records.flatMap(({ value }) => {
    const { due, state, groupId, replicas } = value as unknown as SyncedEvent & { replicas: readonly Replica[] }
    const isOpen =
      due !== null || state === 'parked' || replicas.some(({ attempt, mayStillGo }) => attempt || mayStillGo)
    const copies = replicas.map(({ calendarId, remoteId }) => `${groupId}/${calendarId}/${remoteId}`)
    return isOpen || copies.some((copy) => waiting.has(copy)) ? [] : copies
  })
  return new Set(known)
}
