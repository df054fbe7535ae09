import type { Target, Targets } from '../merge/plan.js'
import type { CalendarId } from '../model/ids.js'
import type { ProviderAccount } from '../providers/provider.js'
import { block } from './confirm.js'
import type { RunContext } from './context.js'

/** The members as the planner sees them. An account that cannot be opened keeps its events waiting, not forgotten. */
export async function targetsOf(context: RunContext): Promise<Targets> {
  const targets = new Map<CalendarId, Target>()
  const members = [...context.group.members].sort(
    (a, b) => a.priority - b.priority || (a.calendarId < b.calendarId ? -1 : 1),
  )
  for (const member of members) {
    const calendar = context.calendar(member.calendarId)
    const writable = member.direction !== 'read' && calendar.access === 'write'
    targets.set(member.calendarId, { member, writable, cannotHold: await cannotHold(member.calendarId, context) })
  }
  return targets
}

async function cannotHold(calendarId: CalendarId, context: RunContext): Promise<Target['cannotHold']> {
  // Asking a blocked calendar for its account would open it anew, with the credentials that were refused just now.
  if (context.blocked.has(calendarId)) return []
  try {
    return (await context.account(calendarId)).capabilities.cannotHold
  } catch (error) {
    block(calendarId, error, context)
    return []
  }
}

/** The accounts of all members that can be opened. */
export async function accountsOf(context: RunContext): Promise<ReadonlyMap<CalendarId, ProviderAccount>> {
  const accounts = new Map<CalendarId, ProviderAccount>()
  for (const { calendarId } of context.group.members)
    if (!context.blocked.has(calendarId)) accounts.set(calendarId, await context.account(calendarId))
  return accounts
}
