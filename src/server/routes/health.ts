import * as z from 'zod'
import type { Analytics, NewPause, Pause, Purged, ShownNotification, UserStatus } from '../../index.js'
import { FailureSchema, SyncError } from '../../index.js'
import { type Done, DoneSchema, done, id, itemsOf } from '../answers/basic.js'
import { AnalyticsSchema } from '../answers/figures.js'
import { NotificationSchema, UserStatusSchema } from '../answers/health.js'
import type { Door } from '../door.js'
import { type CopiesQuery, CopiesSchema, instantText, type PageQuery, pageShape, someId } from '../inputs.js'
import type { Items, Table } from '../route.js'

/** Which notifications. */
export interface NotificationsQuery extends PageQuery {
  /** `standing`: open and acknowledged ones; `resolved`: those of the last 30 days. @default 'standing' */
  readonly state?: 'standing' | 'resolved'
}

/** Which stretch of time. */
export interface FiguresQuery {
  /** Milliseconds since 1970. @default 7 days before `to` */
  readonly from?: number
  /** @default now */
  readonly to?: number
}

/** Which stretch of time, and how finely. */
export interface MetricsQuery extends FiguresQuery {
  /** @default 'day' */
  readonly bucket?: 'five-minutes' | 'hour' | 'day'
}

export interface HealthRoutes {
  'GET /status': { readonly answer: UserStatus }
  'GET /notifications': { readonly query: NotificationsQuery; readonly answer: Items<ShownNotification> }
  'POST /notifications/{notificationId}/acknowledge': { readonly answer: ShownNotification }
  'GET /pauses': { readonly answer: Items<Pause> }
  'POST /pauses': { readonly body: NewPause; readonly answer: Pause }
  'POST /pauses/clear': { readonly body: NewPause; readonly answer: Done }
  'GET /analytics': { readonly query: FiguresQuery; readonly answer: Analytics }
  'GET /metrics': { readonly query: MetricsQuery; readonly answer: Analytics }
  'POST /purge': { readonly body: CopiesQuery; readonly answer: Purged }
}

const scope = z.union([
  z.literal('user'),
  z.strictObject({ group: someId }),
  z.strictObject({ connection: someId }),
  z.strictObject({ calendar: someId }),
])

const newPause: z.ZodType<NewPause> = z.strictObject({ scope, reason: z.string().min(1).max(128) })
const pause: z.ZodType<Pause> = z.strictObject({
  scope: scope as unknown as z.ZodType<Pause['scope']>,
  reason: z.string(),
  at: z.number(),
})
const span = { from: instantText.exactOptional(), to: instantText.exactOptional() }

const purged: z.ZodType<Purged> = z.strictObject({
  notRevoked: z.array(z.string()),
  notCleaned: z.array(
    z.strictObject({ calendarId: id<Purged['notCleaned'][number]['calendarId']>(), failure: FailureSchema }),
  ),
})

export const healthRoutes: Table<HealthRoutes> = {
  'GET /status': {
    summary: 'How everything is, and why',
    answer: UserStatusSchema,
    async handle({ user }) {
      return user.status()
    },
  },
  'GET /notifications': {
    summary: 'What a person should know of',
    query: z.strictObject({ ...pageShape, state: z.enum(['standing', 'resolved']).exactOptional() }),
    answer: itemsOf(NotificationSchema),
    async handle({ user, query }) {
      return user.notifications.list(query)
    },
  },
  'POST /notifications/{notificationId}/acknowledge': {
    summary: 'Says that a person has seen a notification',
    answer: NotificationSchema,
    async handle({ user, params }) {
      await user.notifications.acknowledge(params.notificationId)
      return user.notifications.get(params.notificationId)
    },
  },
  'GET /pauses': {
    summary: 'Everything that is paused',
    answer: itemsOf(pause),
    async handle({ user }) {
      return { items: await user.pauses.list() }
    },
  },
  'POST /pauses': {
    summary: 'Pauses a group, a calendar, an account or everything',
    body: newPause,
    answer: pause,
    async handle({ user, body }) {
      return user.pauses.set(body)
    },
  },
  'POST /pauses/clear': {
    summary: 'Goes on with what was paused',
    body: newPause,
    answer: DoneSchema,
    async handle({ user, body }) {
      await user.pauses.clear(body)
      return done
    },
  },
  'GET /analytics': {
    summary: 'What the syncs of this user came to, by day',
    query: z.strictObject(span),
    answer: AnalyticsSchema,
    async handle({ user, query, door }) {
      needCounts(door)
      return user.analytics(query)
    },
  },
  'GET /metrics': {
    summary: 'What the syncs of all users came to',
    access: 'operator',
    query: z.strictObject({ ...span, bucket: z.enum(['five-minutes', 'hour', 'day']).exactOptional() }),
    answer: AnalyticsSchema,
    async handle({ door, query }) {
      needCounts(door)
      return door.engine.analytics(query)
    },
  },
  'POST /purge': {
    summary: 'Forgets this user: revokes, deletes, and takes copies out where asked to',
    body: CopiesSchema,
    answer: purged,
    async handle({ user, who, body, request, door: { feeds } }) {
      // What is published is kept by the host, and goes first: nobody shall read on while the rest is forgotten.
      for (const { id } of (await feeds?.list(who.userId)) ?? []) await feeds?.revoke(who.userId, id)
      return user.purge({ ...body, signal: request.signal })
    },
  },
}

function needCounts({ engine }: Door): void {
  if (!engine.features.counts)
    throw new SyncError('unsupported', 'Nothing is counted here: give `analytics: {}` in the options of the engine.')
}
