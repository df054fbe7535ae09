import * as z from 'zod'
import type { Subject } from '../../model/evidence.js'
import type { HealthWords } from '../../model/health-words.js'
import type { UserId } from '../../model/ids.js'
import { acknowledged, type Notification, over } from '../../model/notification.js'
import type { Engine } from '../engine.js'
import { checked } from '../input.js'
import { drop, find, padded, put, readAll, readPage, unknownId, type Versioned } from '../records.js'
import { type Delivered, deliverNotifications } from './delivering.js'
import { type Alarm, raise, settle } from './raising.js'
import { keepChanges, reconcileNotifications } from './reconciling.js'
import { type ShownNotification, shownNotification } from './shown.js'

/** Which notifications, and in which words. */
export interface NotificationsOptions {
  /** `standing`: open and acknowledged ones; `resolved`: those of the last 30 days. @default 'standing' */
  readonly state?: 'standing' | 'resolved'
  /** Words in place of the English ones. @default {} */
  readonly words?: Partial<HealthWords>
  readonly after?: string
  /** 1 to 1,000. @default 100 */
  readonly limit?: number
}

/**
 * What a person should know of: made when something needs a person, kept up to date, and resolved by itself when it is so no
 * more. Made of the same evidence as the status.
 */
export class NotificationsHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  /** Those that stand, oldest first; or those that are resolved. */
  async list(
    options: NotificationsOptions = {},
  ): Promise<{ readonly items: readonly ShownNotification[]; readonly next?: string }> {
    const { state = 'standing', words = {}, after, limit = 100 } = checked(listOptions, options, 'options')
    const range = { index: state === 'standing' ? 'open' : 'closed', limit, ...(after === undefined ? {} : { after }) }
    const page = await readPage(this.#engine.storage, this.#user, 'notification', range)
    const items = page.items.map(({ value }) => shownNotification(value, words))
    return page.next === undefined ? { items } : { items, next: page.next }
  }

  /** @throws SyncError `invalid_input` when the user has no such notification. */
  async get(notificationId: string, options: Pick<NotificationsOptions, 'words'> = {}): Promise<ShownNotification> {
    return shownNotification((await this.#need(notificationId)).value, options.words ?? {})
  }

  /**
   * Says that a person has seen it. It stays in the list until it is resolved, and is opened again when it comes back after
   * that, or when there are more of it than there were now. What a host or an alert raised is resolved by this.
   * @throws SyncError `invalid_input` when the user has no such notification, `stale_version` when it changes right now.
   */
  async acknowledge(notificationId: string): Promise<void> {
    const { value, version } = await this.#need(notificationId)
    if (value.state !== 'open') return
    const now = this.#engine.now()
    if (value.code === undefined) {
      const notification = over(value, now)
      return keepChanges(
        this.#engine,
        this.#user,
        [{ what: 'resolved', notification }],
        new Map([[notificationId, version]]),
      )
    }
    // Nobody has to be told any more.
    const changes = [
      put('notification', acknowledged(value, now), version),
      { op: 'remove', collection: 'delivery', id: value.id } as const,
    ]
    await this.#engine.storage.commit(this.#user, { changes })
  }

  /**
   * Brings all of them in step with how things are, and forgets those that were resolved more than 30 days ago. Syncs do it
   * by themselves for what they find; call it once in a while for what no sync looks at.
   */
  async refresh(): Promise<void> {
    await reconcileNotifications(this.#engine, this.#user)
    const old = { index: 'closed', to: padded(this.#engine.now() - keptMs) }
    for await (const page of readAll(this.#engine.storage, this.#user, 'notification', old))
      await this.#engine.storage.commit(this.#user, {
        changes: page.map(({ value, version }) => drop('notification', value, version)),
      })
  }

  /**
   * Hands what was opened to the notifier of {@link SyncEngineOptions.notify}, in batches and not in quiet hours. Call it at
   * `nextAt`, and when a `notification.opened` is told; where nothing waits it costs one read.
   */
  async deliver(options: { readonly signal?: AbortSignal } = {}): Promise<Delivered> {
    return deliverNotifications(this.#engine, this.#user, options)
  }

  /** Tells the person of something of the host's own. Raised again under the same key it is one notification. */
  async raise(alarm: Alarm): Promise<void> {
    await raise(this.#engine, this.#user, checked(alarmSchema, alarm, 'alarm'))
  }

  /** Ends what was raised. What is not there is fine. */
  async settle(alarm: Pick<Alarm, 'key' | 'about'>): Promise<void> {
    await settle(this.#engine, this.#user, alarm)
  }

  async #need(id: string): Promise<Versioned<Notification>> {
    const found = await find(this.#engine.storage, this.#user, 'notification', id)
    if (!found) throw unknownId('There is no notification with this id.')
    return found
  }
}

const keptMs = 30 * 86_400_000

const listOptions: z.ZodType<NotificationsOptions> = z.strictObject({
  state: z.enum(['standing', 'resolved']).exactOptional(),
  words: (z.looseObject({}) as z.ZodType<Partial<HealthWords>>).exactOptional(),
  after: z.string().exactOptional(),
  limit: z.int().min(1).max(1_000).exactOptional(),
})

const subjectSchema: z.ZodType<Subject> = z.strictObject({
  kind: z.enum(['user', 'connection', 'calendar', 'group']),
  id: z.string().min(1).max(2_048),
})

const alarmSchema: z.ZodType<Alarm> = z.strictObject({
  key: z.string().min(1).max(256),
  words: z.string().min(1).max(2_000),
  data: z.json().exactOptional() as never,
  about: subjectSchema.exactOptional(),
})
