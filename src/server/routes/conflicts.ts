import * as z from 'zod'
import {
  type Conflict,
  type ConflictOption,
  type ConflictPreview,
  ConflictSchema,
  type ConflictStatistics,
  type EventView,
  type Held,
  isSyncError,
  type UserHandle,
} from '../../index.js'
import { type Done, DoneSchema, done, itemsOf } from '../answers/basic.js'
import {
  ConflictOptionSchema,
  ConflictPreviewSchema,
  ConflictStatisticsSchema,
  EventViewSchema,
  HeldSchema,
} from '../answers/events.js'
import { type PageQuery, pageShape, someId } from '../inputs.js'
import type { Items, Table } from '../route.js'

/** A conflict in a list, with what a person recognises it by. */
export interface ListedConflict {
  readonly conflict: Conflict
  readonly title: string
  readonly groupName: string
}

/** A conflict with all that is needed to decide it. */
export interface ConflictToDecide extends ListedConflict {
  /** What may be chosen for every field. */
  readonly options: readonly ConflictOption[]
  /** The event as it is now; null when it is gone. */
  readonly event: EventView | null
}

/** What a person chooses, by field: a calendar's side, `both` or `merge`. */
export interface TakeBody {
  readonly take: Readonly<Record<string, string>>
}

/** A choice that counts. */
export interface ResolveBody extends TakeBody {
  /** Makes a rule of it. @default false */
  readonly always?: boolean
}

export interface ConflictsQuery extends PageQuery {
  /** @default 'open' */
  readonly state?: 'open' | 'all'
}

/** Which held changes are meant. */
export interface HeldBody {
  readonly calendarId: string
  readonly what: 'removals' | 'creations'
}

export interface ConflictRoutes {
  'GET /conflicts': { readonly answer: Items<ListedConflict> }
  'GET /groups/{groupId}/conflicts': { readonly query: ConflictsQuery; readonly answer: Items<ListedConflict> }
  'GET /groups/{groupId}/conflict-statistics': { readonly answer: ConflictStatistics }
  'GET /conflicts/{conflictId}': { readonly answer: ConflictToDecide }
  'POST /conflicts/{conflictId}/preview': { readonly body: TakeBody; readonly answer: ConflictPreview }
  'POST /conflicts/{conflictId}/resolve': { readonly body: ResolveBody; readonly answer: Conflict }
  'POST /conflicts/{conflictId}/reopen': { readonly answer: Conflict }
  'GET /groups/{groupId}/held': { readonly answer: Items<Held> }
  'POST /groups/{groupId}/held/approve': { readonly body: HeldBody; readonly answer: Done }
  'POST /groups/{groupId}/held/reject': { readonly body: HeldBody; readonly answer: Done }
}

const listed = { conflict: ConflictSchema, title: z.string(), groupName: z.string() }
const take = z.record(z.string().max(64), z.string().max(2_048))
const heldBody: z.ZodType<HeldBody> = z.strictObject({ calendarId: someId, what: z.enum(['removals', 'creations']) })

/** Open conflicts of one group that the list over all groups shows. */
const mostOfOneGroup = 200

export const conflictRoutes: Table<ConflictRoutes> = {
  'GET /conflicts': {
    summary: 'The conflicts of all groups that wait for a person',
    answer: itemsOf(z.strictObject(listed)),
    async handle({ user }) {
      const items: ListedConflict[] = []
      for (const group of await user.groups.list()) {
        const open = await user.conflicts.listOpen(group.id, { limit: mostOfOneGroup })
        items.push(...(await listedOf(open.items, group.name, user)))
      }
      return { items: items.sort((a, b) => a.conflict.createdAt - b.conflict.createdAt) }
    },
  },
  'GET /groups/{groupId}/conflicts': {
    summary: 'The conflicts of a group: those that wait for a person, or all',
    query: z.strictObject({ ...pageShape, state: z.enum(['open', 'all']).exactOptional() }),
    answer: itemsOf(z.strictObject(listed)),
    async handle({ user, params, query }) {
      const { state = 'open', ...page } = query
      const group = await user.groups.get(params.groupId)
      const found = await (state === 'open'
        ? user.conflicts.listOpen(group.id, page)
        : user.conflicts.list(group.id, page))
      const items = await listedOf(found.items, group.name, user)
      return found.next === undefined ? { items } : { items, next: found.next }
    },
  },
  'GET /groups/{groupId}/conflict-statistics': {
    summary: 'How the conflicts of a group were settled',
    answer: ConflictStatisticsSchema,
    async handle({ user, params }) {
      const { id } = await user.groups.get(params.groupId)
      return user.conflicts.statistics(id)
    },
  },
  'GET /conflicts/{conflictId}': {
    summary: 'One conflict, with what may be chosen',
    answer: z.strictObject({ ...listed, options: z.array(ConflictOptionSchema), event: EventViewSchema.nullable() }),
    async handle({ user, params }) {
      const conflict = await user.conflicts.get(params.conflictId)
      const [options, event, group] = await Promise.all([
        user.conflicts.options(conflict.id),
        eventOf(conflict, user),
        user.groups.get(conflict.groupId),
      ])
      return { conflict, options, event, title: event?.content.title ?? '', groupName: group.name }
    },
  },
  'POST /conflicts/{conflictId}/preview': {
    summary: 'What a choice would come to; decides nothing',
    body: z.strictObject({ take }),
    answer: ConflictPreviewSchema,
    async handle({ user, params, body }) {
      return user.conflicts.preview(params.conflictId, body.take)
    },
  },
  'POST /conflicts/{conflictId}/resolve': {
    summary: 'Decides a conflict; the next sync applies it',
    body: z.strictObject({ take, always: z.boolean().exactOptional() }),
    answer: ConflictSchema,
    async handle({ user, params, body }) {
      const { take, always = false } = body
      await user.conflicts.resolve(params.conflictId, take, { always })
      return user.conflicts.get(params.conflictId)
    },
  },
  'POST /conflicts/{conflictId}/reopen': {
    summary: 'Opens a conflict again that was decided',
    answer: ConflictSchema,
    async handle({ user, params }) {
      await user.conflicts.reopen(params.conflictId)
      return user.conflicts.get(params.conflictId)
    },
  },
  'GET /groups/{groupId}/held': {
    summary: 'Removals and new events that came in such numbers that a person is asked',
    answer: itemsOf(HeldSchema),
    async handle({ user, params }) {
      return { items: await user.held.list(params.groupId) }
    },
  },
  'POST /groups/{groupId}/held/approve': {
    summary: 'Lets held changes go ahead with the next sync',
    body: heldBody,
    answer: DoneSchema,
    async handle({ user, params, body }) {
      await user.held.approve(params.groupId, body)
      return done
    },
  },
  'POST /groups/{groupId}/held/reject': {
    summary: 'Says that held changes were not meant; the next sync takes them back',
    body: heldBody,
    answer: DoneSchema,
    async handle({ user, params, body }) {
      await user.held.reject(params.groupId, body)
      return done
    },
  },
}

async function listedOf(
  conflicts: readonly Conflict[],
  groupName: string,
  user: UserHandle,
): Promise<readonly ListedConflict[]> {
  const titles = await Promise.all(conflicts.map(async (one) => (await eventOf(one, user))?.content.title ?? ''))
  return conflicts.map((conflict, index) => ({ conflict, title: titles[index] ?? '', groupName }))
}

/** The event of a conflict; null when it is gone. */
async function eventOf({ groupId, eventId }: Conflict, user: UserHandle): Promise<EventView | null> {
  try {
    return await user.events.get(groupId, eventId)
  } catch (error) {
    if (isSyncError(error, 'invalid_input')) return null
    throw error
  }
}
