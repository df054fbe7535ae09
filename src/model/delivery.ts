import type { NotificationKind } from './notification-kind.js'

/** That a person has not been told of a notification yet. Made when it is opened, gone when a batch with it was taken. */
export interface Delivery {
  readonly notificationId: string
  /** Of which opening. */
  readonly episode: number
  readonly kind: NotificationKind
  /** When it was opened, in milliseconds since 1970. */
  readonly since: number
  /** The batch it went out with, and may go out with again. */
  readonly batchId?: string
  /** How often that was tried. */
  readonly attempts: number
  /** Not before this, in milliseconds since 1970. */
  readonly notBefore: number
}

/** When people are left in peace. Wall times in a zone; a range may go over midnight. */
export interface QuietHours {
  /** An IANA zone, e.g. `Europe/Berlin`. */
  readonly zone: string
  /** `HH:MM`, inclusive. */
  readonly from: string
  /** `HH:MM`, exclusive. */
  readonly to: string
}
