import { isSyncError } from '../errors.js'
import type { Target, Targets } from '../merge/plan.js'
import type { Calendar } from '../model/connection.js'
import type { Member, SyncGroup } from '../model/group.js'
import { type Holding, unknownRoom } from '../model/holding.js'
import type { CalendarId, UserId } from '../model/ids.js'
import type { ProviderAccount } from '../providers/provider.js'
import { block } from './confirm.js'
import type { RunContext } from './context.js'
import type { Engine } from './engine.js'
import { need } from './records.js'

/** The members as the planner sees them. An account that cannot be opened keeps its events waiting, not forgotten. */
export function targetsOf(context: RunContext): Promise<Targets> {
  return targetsWith(
    context.group,
    (calendarId) => context.calendar(calendarId),
    (calendarId) => holdsOf(calendarId, context),
  )
}

/** The same outside of a run, for questions. */
export function targetsNow(engine: Engine, user: UserId, group: SyncGroup): Promise<Targets> {
  const calendarOf = async (id: CalendarId) => (await need(engine.storage, user, 'calendar', id)).value
  return targetsWith(group, calendarOf, async (id) => {
    try {
      return (await engine.account(user, await calendarOf(id))).capabilities
    } catch (error) {
      if (!isSyncError(error)) throw error
      return unknownRoom
    }
  })
}

async function targetsWith(
  group: SyncGroup,
  calendarOf: (id: CalendarId) => Calendar | Promise<Calendar>,
  holds: (id: CalendarId) => Promise<Holding>,
): Promise<Targets> {
  const targets = new Map<CalendarId, Target>()
  const byPriority = (a: Member, b: Member) => a.priority - b.priority || (a.calendarId < b.calendarId ? -1 : 1)
  for (const member of [...group.members].sort(byPriority)) {
    const { calendarId, direction } = member
    const writable = direction !== 'read' && (await calendarOf(calendarId)).access === 'write'
    targets.set(calendarId, { member, writable, holds: await holds(calendarId) })
  }
  return targets
}

async function holdsOf(calendarId: CalendarId, context: RunContext): Promise<Holding> {
  // Asking a blocked calendar for its account would open it anew, with the credentials that were refused just now.
  if (context.blocked.has(calendarId)) return unknownRoom
  try {
    return (await context.account(calendarId)).capabilities
  } catch (error) {
    block(calendarId, error, context)
    return unknownRoom
  }
}

/** The accounts of all members that can be opened. */
export async function accountsOf(context: RunContext): Promise<ReadonlyMap<CalendarId, ProviderAccount>> {
  const accounts = new Map<CalendarId, ProviderAccount>()
  for (const { calendarId } of context.group.members)
    if (!context.blocked.has(calendarId)) accounts.set(calendarId, await context.account(calendarId))
  return accounts
}
