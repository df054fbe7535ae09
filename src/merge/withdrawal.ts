import type { EventContent, Field } from '../model/content.js'
import { sameField } from '../model/equality.js'
import type { CalendarId } from '../model/ids.js'
import type { Replica } from '../model/synced-event.js'
import type { Reply, ShownEvent } from './absorb.js'
import type { Fold } from './fold.js'
import { viewOf } from './plan.js'
import { pick } from './renderings.js'

/**
 * A copy as it was read. One that is to be taken away (an undo) stays when a person changed it meanwhile, and nobody could see
 * that anywhere else.
 *
 * @param theirs - what it says, in the event's own terms
 */
export function heard(
  reply: Reply,
  theirs: EventContent,
  fold: Fold,
  shown: ReadonlyMap<CalendarId, ShownEvent>,
): Replica {
  const { replica, edited } = reply
  if (!replica.withdrawn || edited.length === 0 || isShownElsewhere(reply, theirs, fold, shown)) return replica
  const { withdrawn: _over, ...kept } = replica
  return kept
}

/** Whether another calendar will show all that was changed in this copy. */
function isShownElsewhere(
  { replica, edited }: Reply,
  theirs: EventContent,
  fold: Fold,
  shown: ReadonlyMap<CalendarId, ShownEvent>,
): boolean {
  const { content } = fold.event
  const changed = { ...content, ...pick(theirs, edited) }
  return Object.values(fold.event.replicas).some((other) => {
    const target = fold.context.targets.get(other.calendarId)
    if (other.calendarId === replica.calendarId || other.status !== 'live' || other.gone || other.withdrawn)
      return false
    if (!target?.writable || shown.get(other.calendarId)?.readOnly) return false
    const beyondIt: readonly Field[] = [...target.holds.cannotHold, ...(other.locked ?? [])]
    // What is changed in an occurrence may be any field.
    if (edited.includes('overrides') && beyondIt.length > 0) return false
    const view = viewOf(fold.event, other, target)
    const told = view.lift(view.render(changed), content)
    return edited.every((field) => !beyondIt.includes(field) && sameField(field, told, changed))
  })
}
