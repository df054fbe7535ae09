import type { OccurrenceContent, Reminder } from '../model/content.js'
import type { FieldView } from './field-view.js'
import type { Scene } from './scene.js'

type Reminders = OccurrenceContent['reminders']

/** Reminders by the projection's policy. Of more than the calendar takes, the earliest on a screen are kept. */
export const remindersField: FieldView<'reminders'> = {
  show: ({ reminders }, scene) => held(wanted(reminders, scene), scene),
  read: ({ reminders }, own, scene) => {
    const { reminders: policy } = scene.projection
    if (policy === 'none' || (policy !== 'copy' && 'fixed' in policy)) return undefined
    if (reminders === 'default' || own.reminders === 'default') return reminders
    const there = held(own.reminders, scene)
    return [...reminders, ...own.reminders.filter((one) => there !== 'default' && !there.includes(one))]
  },
  becomes: ({ reminders }, scene) => {
    const { reminders: policy } = scene.projection
    // What a calendar does by default is no reminder of this event.
    if (reminders === 'default' || reminders.length === 0) return undefined
    if (policy === 'none') return 'hidden'
    return policy !== 'copy' && 'fixed' in policy ? 'fixed' : 'cut'
  },
}

/** What rings in a copy that shows nothing of the event's own reminders. */
export function standingReminders(scene: Scene): Reminders {
  const { reminders } = scene.projection
  if (typeof reminders === 'string') return []
  return held('fixed' in reminders ? reminders.fixed : reminders.whenMissing, scene)
}

function wanted(own: Reminders, scene: Scene): Reminders {
  const { reminders } = scene.projection
  if (reminders === 'none') return []
  if (reminders === 'copy') return own
  if ('fixed' in reminders) return reminders.fixed
  return own === 'default' || own.length > 0 ? own : reminders.whenMissing
}

function held(reminders: Reminders, { holds }: Scene): Reminders {
  const limit = holds.limits?.reminders ?? Number.POSITIVE_INFINITY
  if (reminders === 'default' || reminders.length <= limit) return reminders
  const best = [...reminders].sort((a, b) => usefulness(a) - usefulness(b)).slice(0, limit)
  return reminders.filter((reminder) => best.includes(reminder))
}

/** Smaller is better. */
function usefulness({ method, trigger }: Reminder): number {
  const onScreen = method === 'popup' ? 0 : 1e12
  return onScreen + (trigger.kind === 'offset' ? trigger.seconds + 1e9 : 1e11)
}
