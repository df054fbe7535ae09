import type { ShownNotification } from '../index.js'
import { useStore } from './context.js'
import { type Action, useAction } from './use-action.js'
import { type List, useList } from './use-list.js'

/** What a person should know of. */
export interface Notifications extends List<ShownNotification> {
  /** How many nobody has seen yet. */
  readonly open: number
  /** Says that a person has seen it. */
  readonly acknowledge: Action<[notificationId: string], ShownNotification>
}

/** Notifications that stand, or those that are over; oldest first. */
export function useNotifications(state: 'standing' | 'resolved' = 'standing'): Notifications {
  const { mutate } = useStore()
  const list = useList('GET /notifications', { query: { state } })
  return {
    ...list,
    open: list.items.filter((one) => one.state === 'open').length,
    acknowledge: useAction((notificationId: string) =>
      mutate('POST /notifications/{notificationId}/acknowledge', { params: { notificationId } }),
    ),
  }
}
