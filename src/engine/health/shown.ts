import { englishWords, type HealthWords, type Said } from '../../model/health-words.js'
import type { Notification } from '../../model/notification.js'

/** A notification with its words. */
export interface ShownNotification extends Notification, Said {
  readonly words: string
}

/** A notification with what is said of it. */
export function shownNotification(one: Notification, words: Partial<HealthWords>): ShownNotification {
  const said = one.code === undefined ? undefined : { ...englishWords, ...words }[one.code](one.facts)
  return { ...one, ...said, words: one.words ?? said?.words ?? '' }
}
