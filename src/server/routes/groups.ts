import * as z from 'zod'
import {
  type CalendarId,
  FailureSchema,
  type GroupChanges,
  GroupChangesSchema,
  type GroupJob,
  type GroupPlan,
  type GroupStatus,
  type NewGroup,
  NewGroupSchema,
  type PlannedEvent,
  type Run,
  RunSchema,
  type SyncGroup,
  SyncGroupSchema,
  type Verification,
} from '../../index.js'
import { type Done, DoneSchema, done, id, itemsOf } from '../answers/basic.js'
import { PlannedEventSchema, VerificationSchema } from '../answers/events.js'
import { GroupStatusSchema } from '../answers/health.js'
import { type CopiesQuery, CopiesSchema } from '../inputs.js'
import type { Items, Table } from '../route.js'

/** What a sync would do now: all of it counted, and the first events one by one. */
export interface PlanView {
  readonly groupId: string
  readonly counts: {
    /** Events of which something would be written, parked or lost. */
    readonly events: number
    /** Copies. */
    readonly create: number
    readonly update: number
    readonly remove: number
    /** Copies that have to be looked at first. */
    readonly verify: number
    /** Fields on which calendars disagree. */
    readonly conflicts: number
    /** Of these, the ones that would wait for a person. */
    readonly waiting: number
    /** Events that a copy does not show in full. */
    readonly lossy: number
  }
  /** The same for each calendar that would be written to. */
  readonly byCalendar: readonly {
    readonly calendarId: CalendarId
    readonly create: number
    readonly update: number
    readonly remove: number
  }[]
  readonly events: readonly PlannedEvent[]
  /** There are more events than are shown. */
  readonly more: boolean
  readonly unreachable: GroupPlan['unreachable']
}

/** What became of a sync that was asked for. */
export interface SyncAsked {
  /** `soon`: a worker does it. `done`: it was done, see `run`. */
  readonly how: 'soon' | 'done'
  readonly run?: Run
}

export interface GroupRoutes {
  'GET /groups': { readonly answer: Items<SyncGroup> }
  'POST /groups': { readonly body: NewGroup; readonly answer: SyncGroup }
  'GET /groups/{groupId}': { readonly answer: SyncGroup }
  'PATCH /groups/{groupId}': { readonly body: GroupChanges; readonly answer: SyncGroup }
  'DELETE /groups/{groupId}': { readonly query: CopiesQuery; readonly answer: Done }
  'POST /groups/{groupId}/plan': { readonly answer: PlanView }
  'POST /groups/{groupId}/sync': { readonly answer: SyncAsked }
  'POST /groups/{groupId}/verify': { readonly answer: Verification }
  'POST /groups/{groupId}/retry': { readonly answer: Done }
  'GET /groups/{groupId}/status': { readonly answer: GroupStatus }
  'GET /groups/{groupId}/job': { readonly answer: { readonly job: GroupJob | null } }
  'GET /jobs/dead': { readonly answer: Items<GroupJob> }
}

const numbers = { create: z.int(), update: z.int(), remove: z.int() }

const planView: z.ZodType<PlanView> = z.strictObject({
  groupId: z.string(),
  counts: z.strictObject({
    events: z.int(),
    ...numbers,
    verify: z.int(),
    conflicts: z.int(),
    waiting: z.int(),
    lossy: z.int(),
  }),
  byCalendar: z.array(z.strictObject({ calendarId: id<CalendarId>(), ...numbers })),
  events: z.array(PlannedEventSchema),
  more: z.boolean(),
  unreachable: z.array(id<CalendarId>()),
})

const job: z.ZodType<GroupJob> = z.strictObject({
  groupId: id<GroupJob['groupId']>(),
  at: z.number(),
  urgency: z.enum(['person', 'push', 'schedule', 'import', 'upkeep']),
  attempt: z.int(),
  failure: FailureSchema.exactOptional(),
})

export const groupRoutes: Table<GroupRoutes> = {
  'GET /groups': {
    summary: 'The groups of calendars that are kept in step',
    answer: itemsOf(SyncGroupSchema),
    async handle({ user }) {
      return { items: await user.groups.list() }
    },
  },
  'POST /groups': {
    summary: 'Weaves calendars together; nothing is written to them before the first sync',
    body: NewGroupSchema,
    bodyIs: 'group',
    answer: SyncGroupSchema,
    async handle({ user, body }) {
      return user.groups.create(body)
    },
  },
  'GET /groups/{groupId}': {
    summary: 'One group with its settings',
    answer: SyncGroupSchema,
    async handle({ user, params }) {
      return user.groups.get(params.groupId)
    },
  },
  'PATCH /groups/{groupId}': {
    summary: 'Changes settings of a group',
    body: GroupChangesSchema,
    bodyIs: 'group',
    answer: SyncGroupSchema,
    async handle({ user, params, body }) {
      return user.groups.change(params.groupId, body)
    },
  },
  'DELETE /groups/{groupId}': {
    summary: 'Ends a group',
    query: CopiesSchema,
    answer: DoneSchema,
    async handle({ user, params, query, request }) {
      await user.groups.remove(params.groupId, query, { signal: request.signal })
      return done
    },
  },
  'POST /groups/{groupId}/plan': {
    summary: 'What a sync would do now; looks at the calendars, and writes to none of them',
    answer: planView,
    async handle({ user, params, request, door }) {
      const plan = await user.groups.plan(params.groupId, { signal: request.signal })
      return viewOf(plan, door.options.limits.plannedEvents)
    },
  },
  'POST /groups/{groupId}/sync': {
    summary: 'Syncs a group: by a worker where there is a scheduler, else while the request waits',
    answer: z.strictObject({ how: z.enum(['soon', 'done']), run: RunSchema.exactOptional() }),
    async handle({ user, params, door, request }) {
      if (door.engine.features.runsByItself) {
        await user.groups.syncSoon(params.groupId)
        return { how: 'soon' }
      }
      const limits = { budgetMs: door.options.limits.syncMs, cause: 'person', signal: request.signal } as const
      return { how: 'done', run: await user.groups.sync(params.groupId, limits) }
    },
  },
  'POST /groups/{groupId}/verify': {
    summary: 'Compares every copy with what it should show, and repairs what differs',
    answer: VerificationSchema,
    async handle({ user, params, request }) {
      return user.groups.verify(params.groupId, { signal: request.signal })
    },
  },
  'POST /groups/{groupId}/retry': {
    summary: 'Tries a group again that was given up',
    answer: DoneSchema,
    async handle({ user, params }) {
      await user.jobs.retry(params.groupId)
      return done
    },
  },
  'GET /groups/{groupId}/status': {
    summary: 'How a group is, and why',
    answer: GroupStatusSchema,
    async handle({ user, params }) {
      return user.status.group(params.groupId)
    },
  },
  'GET /groups/{groupId}/job': {
    summary: 'When a group is synced next by itself',
    answer: z.strictObject({ job: job.nullable() }),
    async handle({ user, params, door }) {
      await user.groups.get(params.groupId)
      return { job: door.engine.features.runsByItself ? ((await user.jobs.get(params.groupId)) ?? null) : null }
    },
  },
  'GET /jobs/dead': {
    summary: 'The groups that are not tried any more before somebody says so',
    answer: itemsOf(job),
    async handle({ user, door }) {
      return { items: door.engine.features.runsByItself ? await user.jobs.dead() : [] }
    },
  },
}

function viewOf({ groupId, events, unreachable }: GroupPlan, shown: number): PlanView {
  const of = (kind: string, calendarId?: string): number =>
    events.reduce(
      (sum, { actions }) =>
        sum +
        actions.filter((one) => one.kind === kind && (calendarId === undefined || one.calendarId === calendarId))
          .length,
      0,
    )
  const calendarIds = new Set(events.flatMap(({ actions }) => actions.map(({ calendarId }) => calendarId)))
  const conflicts = events.flatMap((event) => event.conflicts)
  return {
    groupId,
    counts: {
      events: events.length,
      create: of('create'),
      update: of('update'),
      remove: of('remove'),
      verify: of('verify'),
      conflicts: conflicts.length,
      waiting: conflicts.filter(({ outcome }) => outcome === null).length,
      lossy: events.filter(({ losses }) => losses.length > 0).length,
    },
    byCalendar: [...calendarIds].map((calendarId) => ({
      calendarId,
      create: of('create', calendarId),
      update: of('update', calendarId),
      remove: of('remove', calendarId),
    })),
    events: events.slice(0, shown),
    more: events.length > shown,
    unreachable,
  }
}
