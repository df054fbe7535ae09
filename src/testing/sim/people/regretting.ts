import type { UserHandle } from '../../../engine/user.js'
import { isSyncError } from '../../../errors.js'
import { Random } from '../random.js'
import type { Stage } from '../stage.js'
import { nameIn } from '../words.js'

/** What a person may think better of, beside settling what waits. */
type Regret = (stage: Stage, user: UserHandle, groupId: string, random: Random) => Promise<string | undefined>

const regrets: readonly Regret[] = [undoAnEvent, undoAnEvent, undoARun, reopenAConflict, reopenAConflict, keepBoth]

/** A person thinks better of something while workers are at it; should one of them be quicker, so be it. */
export async function regret(stage: Stage, groupId: string): Promise<void> {
  const number = stage.truth.actions++
  if (stage.options.without?.actions?.has(number)) return
  const random = new Random(stage.seed * 7_919 + number * 104_729)
  stage.truth.step = stage.scheduler.steps
  try {
    const story = await random.pick(regrets)(stage, stage.user(), groupId, random)
    if (story !== undefined) stage.tell(`[${number}] ${story}`)
  } catch (error) {
    if (!isSyncError(error)) throw error
    stage.coverage.saw('person', `regrets too late: ${error.code}`)
  }
}

async function undoAnEvent(stage: Stage, user: UserHandle, groupId: string, random: Random) {
  const { items } = await user.journal.list(groupId, { limit: 1_000 })
  if (items.length === 0) return undefined
  const { eventId } = random.pick(items)
  return undo(stage, user, groupId, { eventId }, 'undo an event')
}

async function undoARun(stage: Stage, user: UserHandle, groupId: string, random: Random) {
  const { items } = await user.journal.list(groupId, { limit: 1_000 })
  if (items.length === 0) return undefined
  const { runId } = random.pick(items)
  return undo(stage, user, groupId, { runId }, 'undo a run')
}

async function undo(
  { truth, coverage, calendarNames, scenery }: Stage,
  user: UserHandle,
  groupId: string,
  scope: Parameters<UserHandle['journal']['undo']>[1],
  deed: string,
) {
  const { events } = await user.journal.undo(groupId, scope)
  const places = new Map(scenery.places.map(({ calendar }) => [calendarNames.get(calendar.id), calendar.id]))
  const told: string[] = []
  for (const { eventId, title, restored, revived, removed, withdrawn } of events) {
    const name = nameIn({ title })
    truth.regretted(name, scenery.groups.length > 1 ? restored : [])
    // Of one that waits for a person it is one more side, which may be wanted beside the others.
    const { state } = await user.events.get(groupId, eventId)
    if (state === 'parked') for (const { calendar } of scenery.places) truth.putBack(name, calendar.id)
    if (removed) truth.removed.add(name)
    for (const id of withdrawn) truth.detached.add(`${name}/${places.get(id)}`)
    const what = [...restored, ...(revived ? ['revived'] : []), ...(removed ? ['removed'] : []), ...withdrawn]
    if (what.length > 0) coverage.saw('person', deed)
    for (const one of what.slice(0, 1)) coverage.saw('undone', withdrawn.includes(one as never) ? 'a copy' : one)
    told.push(`${name}: ${what.join(', ')}`)
  }
  return `${deed} of ${groupId}: ${told.join('; ')}`
}

async function reopenAConflict({ truth, coverage }: Stage, user: UserHandle, groupId: string, random: Random) {
  const { items } = await user.conflicts.list(groupId, { limit: 1_000 })
  const decided = items.filter(({ state }) => state === 'resolved')
  if (decided.length === 0) return undefined
  const { id, eventId, items: fields } = random.pick(decided)
  const { content } = await user.events.get(groupId, eventId)
  await user.conflicts.reopen(id)
  truth.regretted(nameIn(content))
  coverage.saw('person', 'reopen a conflict')
  return `reopens the conflict about ${fields.map(({ field }) => field).join(', ')} of ${nameIn(content)}`
}

/** Of an open conflict both sides are to live on, each as an event of its own. */
async function keepBoth({ truth, coverage, scenery }: Stage, user: UserHandle, groupId: string, random: Random) {
  const { items } = await user.conflicts.listOpen(groupId)
  if (items.length === 0) return undefined
  const conflict = random.pick(items)
  const take = (await user.conflicts.options(conflict.id)).map(({ field, choices }): [string, string] => [
    field,
    choices.includes('both') ? 'both' : random.pick(choices),
  ])
  if (!take.some(([, choice]) => choice === 'both')) return undefined
  const { content } = await user.events.get(groupId, conflict.eventId)
  const name = nameIn(content)
  await user.conflicts.resolve(conflict.id, Object.fromEntries(take))
  truth.regretted(name)
  // Each of them may have had its way in one field, and not in another.
  const sides = new Set(conflict.items.flatMap((item) => item.sides.map(({ calendarId }) => calendarId))).size
  for (const { calendar } of scenery.places)
    for (let beside = 0; beside < sides; beside++) truth.putBack(name, calendar.id)
  coverage.saw('person', 'keep both sides')
  return `keeps both sides of ${name}`
}
