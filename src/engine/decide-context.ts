import type { DecideContext } from '../merge/fold.js'
import { isPart } from '../merge/parts.js'
import type { Targets } from '../merge/plan.js'
import type { Conflict } from '../model/conflict.js'
import type { CalendarId } from '../model/ids.js'
import type { SyncedEvent } from '../model/synced-event.js'
import type { RunContext } from './context.js'
import type { Versioned } from './records.js'

/** What a decision of this run is made with. */
export function decideContext(
  event: SyncedEvent,
  version: number,
  targets: Targets,
  conflict: Versioned<Conflict> | undefined | '',
  context: RunContext,
): DecideContext {
  const resolution = conflict ? conflict.value.resolution : undefined
  return {
    targets: isPart(event) ? onlyTarget(targets, event.kin.calendarId) : targets,
    strategies: context.strategies,
    removal: context.group.removal,
    version,
    ...(resolution ? { resolution } : {}),
  }
}

/** What stands for one occurrence is in one calendar, whatever the group has. */
function onlyTarget(targets: Targets, calendarId: CalendarId): Targets {
  const target = targets.get(calendarId)
  return new Map(target ? [[calendarId, target]] : [])
}
