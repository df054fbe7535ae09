import * as z from 'zod'
import type { QuietHours } from '../../model/delivery.js'
import type { HealthWords } from '../../model/health-words.js'
import type { NotificationKind } from '../../model/notification-kind.js'
import { resolveZone } from '../../model/time.js'
import type { ShownNotification } from './shown.js'

/** What goes out at once to one person. Holds names of accounts, calendars and groups, and never a title of an event. */
export interface NotificationBatch {
  /** The same when a batch is repeated: whoever took it already may let the repetition go. */
  readonly id: string
  readonly userId: string
  /** From 1. A repetition holds what is still so. */
  readonly attempt: number
  readonly notifications: readonly ShownNotification[]
}

/**
 * Brings notifications to a person: by mail, in a chat. What it throws, or rejects with, makes the batch come again. At
 * least once: a process that dies right after it makes the batch come again, too. After five minutes its signal is aborted,
 * and nobody waits for it any longer.
 */
export type Notifier = (batch: NotificationBatch, options: { readonly signal?: AbortSignal }) => Promise<void>

/** The quiet hours of one person; undefined: none. */
export type QuietHoursOf = (
  userId: string,
  options: { readonly signal: AbortSignal },
) => QuietHours | undefined | Promise<QuietHours | undefined>

/** How people are told. The same for all workers. */
export interface NotifyOptions {
  readonly notifier: Notifier
  /** How long the first notification waits for others, in milliseconds, 0 to a day. @default 300_000 */
  readonly windowMs?: number
  /**
   * When nobody is told anything; what came up goes out afterwards, if it is still so. A function has half a minute to answer:
   * nobody is told anything before it does. @default never
   */
  readonly quietHours?: QuietHours | QuietHoursOf
  /** Kinds that wait for nothing: neither for others nor for the end of quiet hours. @default none */
  readonly urgent?: readonly NotificationKind[]
  /** Which kinds go out; the others are in the list only. @default all */
  readonly kinds?: readonly NotificationKind[]
  /** Words in place of the English ones. @default {} */
  readonly words?: Partial<HealthWords>
}

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day like 07:30')

/** Quiet hours that can be kept. */
export const quietHoursSchema: z.ZodType<QuietHours> = z.strictObject({
  zone: z.string().refine((zone) => resolveZone(zone) !== undefined, 'must be a time zone like Europe/Berlin'),
  from: timeOfDay,
  to: timeOfDay,
})

const functionSchema = z.custom((value) => typeof value === 'function', 'must be a function')
const kinds = z.array(z.string()).max(100)

/** For the options of an engine. */
export const notifyOptionsSchema: z.ZodType<unknown> = z.strictObject({
  notifier: functionSchema,
  windowMs: z.int().min(0).max(86_400_000).exactOptional(),
  quietHours: z.union([functionSchema, quietHoursSchema]).exactOptional(),
  urgent: kinds.exactOptional(),
  kinds: kinds.exactOptional(),
  words: z.looseObject({}).exactOptional(),
})
