import { isSyncError } from '../../errors.js'
import type { Delivery } from '../../model/delivery.js'
import { type Failure, failureOf } from '../../model/failure.js'
import { digest } from '../../model/hash.js'
import type { UserId } from '../../model/ids.js'
import type { NotificationKind } from '../../model/notification-kind.js'
import { quietUntil } from '../../model/quiet-hours.js'
import type { RecordChange } from '../../storage/storage.js'
import type { Engine } from '../engine.js'
import { type InTime, inTime } from '../in-time.js'
import { checked } from '../input.js'
import { drop, findMany, put, readPage, type Versioned } from '../records.js'
import { type NotifyOptions, quietHoursSchema } from './notifier.js'
import { shownNotification } from './shown.js'

/** What came of telling a person. */
export interface Delivered {
  /** Notifications that the notifier took. */
  readonly delivered: number
  /** Why it did not take others; they are told later. */
  readonly failure?: Failure
  /** When there is more to be told, in milliseconds since 1970; absent: nothing waits. */
  readonly nextAt?: number
}

/**
 * Tells a person of what was opened and what nobody took yet. Costs one read where there is nothing. Any worker may call it
 * at any time: what one of them is about to tell the others leave alone.
 */
export async function deliverNotifications(
  engine: Engine,
  user: UserId,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Delivered> {
  const { notify } = engine
  if (!notify) return { delivered: 0 }
  const { items } = await readPage(engine.storage, user, 'delivery', { limit: atOnce })
  if (items.length === 0) return { delivered: 0 }
  const pace = await paceOf(notify, engine, user, options.signal)
  let delivered = 0
  let failure: Failure | undefined
  for (const batch of batchesOf(items, pace, engine.now())) {
    const result = await deliver(batch, engine, user, notify, options)
    delivered += result.delivered
    failure = result.failure ?? failure
  }
  const left = await readPage(engine.storage, user, 'delivery', { limit: atOnce })
  const times = left.items.map(({ value }) => Math.max(pace.ownTime(value), pace.peaceUntil(value)))
  return { delivered, ...(failure ? { failure } : {}), ...(times.length > 0 ? { nextAt: Math.min(...times) } : {}) }
}

const atOnce = 200

const reporting = (engine: Engine, user: UserId): Pick<InTime, 'onTimeout'> => ({
  onTimeout: (error) => engine.callbackFailed(error, user),
})

/** When each may be told: by itself, and for the peace of the person. */
interface Pace {
  ownTime(delivery: Delivery): number
  peaceUntil(delivery: Delivery): number
}

async function paceOf(
  { quietHours, windowMs = 300_000, urgent = [] }: NotifyOptions,
  engine: Engine,
  user: UserId,
  signal: AbortSignal | undefined,
): Promise<Pace> {
  const limits = { ms: 30_000, name: 'notify.quietHours', signal, ...reporting(engine, user) }
  const hours =
    typeof quietHours === 'function'
      ? await inTime((within) => quietHours(user, { signal: within }), limits)
      : quietHours
  const checkedHours = hours && checked(quietHoursSchema, hours, 'notify.quietHours')
  const endOfQuiet = checkedHours ? (quietUntil(checkedHours, engine.now()) ?? 0) : 0
  const isUrgent = (kind: NotificationKind) => urgent.includes(kind)
  return {
    ownTime: ({ kind, since, batchId, notBefore }) =>
      batchId === undefined ? since + (isUrgent(kind) ? 0 : windowMs) : notBefore,
    peaceUntil: ({ kind }) => (isUrgent(kind) ? 0 : endOfQuiet),
  }
}

type Batch = readonly Versioned<Delivery>[]

/** What goes out together: each batch that is tried again, and everything that is new once the first of it is ready. */
function batchesOf(items: Batch, { ownTime, peaceUntil }: Pace, now: number): readonly Batch[] {
  const free = items.filter(({ value }) => peaceUntil(value) <= now)
  const fresh = free.filter(({ value }) => value.batchId === undefined)
  const repeated = new Map<string, Versioned<Delivery>[]>()
  for (const one of free) {
    const { batchId } = one.value
    if (batchId !== undefined && ownTime(one.value) <= now)
      repeated.set(batchId, [...(repeated.get(batchId) ?? []), one])
  }
  return [...(fresh.some(({ value }) => ownTime(value) <= now) ? [fresh] : []), ...repeated.values()]
}

/**
 * One batch. That it is tried is written down first, which also keeps others off it: after a crash it comes again, a number
 * of times, and later each time.
 */
async function deliver(
  batch: Batch,
  engine: Engine,
  user: UserId,
  notify: NotifyOptions,
  { signal }: { readonly signal?: AbortSignal },
): Promise<Delivered> {
  const { storage } = engine
  const ids = batch.map(({ value }) => value.notificationId)
  const known = await findMany(storage, user, 'notification', ids)
  const isWanted = ({ value }: Versioned<Delivery>) => {
    const one = known.get(value.notificationId)?.value
    return one?.state === 'open' && one.episode === value.episode && (notify.kinds?.includes(one.kind) ?? true)
  }
  const wanted = batch.filter(isWanted)
  const over = batch.filter((one) => !isWanted(one)).map(({ value, version }) => drop('delivery', value, version))
  const attempt = Math.max(...batch.map(({ value }) => value.attempts)) + 1
  const [first] = batch
  const batchId = first?.value.batchId ?? digest('batch', user, ...ids, ...batch.map(({ value }) => `${value.episode}`))
  const notBefore = engine.now() + Math.min(longestMs, firstMs * 2 ** (attempt - 1))
  const tried = wanted.map(({ value, version }) => ({
    value: { ...value, batchId, attempts: attempt, notBefore },
    version: version + 1,
  }))
  const claim = [...over, ...tried.map(({ value, version }) => put('delivery', value, version - 1))]
  // Another worker is at them, or they changed: they are looked at the next time.
  if (!(await commitUnlessStale(engine, user, claim)) || tried.length === 0) return { delivered: 0 }
  const notifications = wanted.flatMap(({ value }) => {
    const one = known.get(value.notificationId)?.value
    return one ? [shownNotification(one, notify.words ?? {})] : []
  })
  try {
    const batch = { id: batchId, userId: user, attempt, notifications }
    const limits = { ms: firstMs, name: 'notify.notifier', signal, ...reporting(engine, user) }
    await inTime((within) => notify.notifier(batch, { signal: within }), limits)
  } catch (error) {
    const failure = failureOf(error, engine.now())
    if (attempt >= mostAttempts) {
      await forget(tried, engine, user)
      engine.tell(user, { type: 'notifications.undelivered', count: tried.length, failure })
    }
    return { delivered: 0, failure }
  }
  await forget(tried, engine, user)
  return { delivered: tried.length }
}

/** Longer than a notifier should take: until then it counts as under way. */
const firstMs = 300_000
const longestMs = 6 * 3_600_000
/** Over a day of trying. */
const mostAttempts = 10

/** What was opened anew meanwhile is at another version, and stays. */
async function forget(tried: Batch, engine: Engine, user: UserId): Promise<void> {
  const changes = tried.map(({ value, version }) => drop('delivery', value, version))
  if (await commitUnlessStale(engine, user, changes)) return
  for (const change of changes) await commitUnlessStale(engine, user, [change])
}

async function commitUnlessStale(engine: Engine, user: UserId, changes: readonly RecordChange[]): Promise<boolean> {
  try {
    if (changes.length > 0) await engine.storage.commit(user, { changes })
    return true
  } catch (error) {
    if (!isSyncError(error, 'stale_version')) throw error
    return false
  }
}
