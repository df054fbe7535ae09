import * as z from 'zod'
import {
  type AgendaEntry,
  type AuditEntry,
  AuditEntrySchema,
  type Conflict,
  ConflictSchema,
  type EventView,
  type Explanation,
  type JournalEntry,
  JournalEntrySchema,
  SyncError,
  type Undo,
} from '../../index.js'
import { itemsOf } from '../answers/basic.js'
import { type ShownCalendar, ShownCalendarSchema, shownCalendar } from '../answers/calendar.js'
import { AgendaEntrySchema, EventViewSchema, ExplanationSchema, UndoSchema } from '../answers/events.js'
import { idsText, instantText, type PageQuery, PageQuerySchema } from '../inputs.js'
import type { Items, Table } from '../route.js'

/** Which time of which calendars. */
export interface AgendaQuery {
  /** Milliseconds since 1970. */
  readonly from: number
  /** Milliseconds since 1970, exclusive. */
  readonly to: number
  /** IANA zone that floating times and whole days fall into. @default that of each calendar */
  readonly zone?: string
  /** @default all */
  readonly calendars?: readonly string[]
}

/** Everything that happens in a span of time, series expanded, in order of start. */
export interface Agenda extends Items<AgendaEntry> {
  /** The calendars that were asked for. */
  readonly calendars: readonly ShownCalendar[]
  /** There is more than an answer holds: ask for a shorter time. */
  readonly more: boolean
}

/** Everything that is known of what happened to an event. */
export interface EventHistory {
  /** What it said before and after each change, oldest first. */
  readonly journal: readonly JournalEntry[]
  readonly conflicts: readonly Conflict[]
  readonly audit: readonly AuditEntry[]
}

/** What to undo: everything that a run did, or the last change of an event. */
export type UndoBody =
  | { readonly runId: string; readonly isDryRun?: boolean }
  | { readonly eventId: string; readonly isDryRun?: boolean }

export interface EventRoutes {
  'GET /agenda': { readonly query: AgendaQuery; readonly answer: Agenda }
  'GET /groups/{groupId}/events': { readonly query: PageQuery; readonly answer: Items<EventView> }
  'GET /groups/{groupId}/events/{eventId}': { readonly answer: EventView }
  'GET /groups/{groupId}/events/{eventId}/explanation': { readonly answer: Explanation }
  'GET /groups/{groupId}/events/{eventId}/history': { readonly answer: EventHistory }
  'POST /groups/{groupId}/undo': { readonly body: UndoBody; readonly answer: Undo }
}

const undoBody: z.ZodType<UndoBody> = z.union(
  [
    z.strictObject({ runId: z.string().min(1).max(512), isDryRun: z.boolean().exactOptional() }),
    z.strictObject({ eventId: z.string().min(1).max(512), isDryRun: z.boolean().exactOptional() }),
  ],
  'name a run or an event: { runId } or { eventId }',
)

export const eventRoutes: Table<EventRoutes> = {
  'GET /agenda': {
    summary: 'What happens in a span of time in all calendars, each event with where it came from',
    query: z.strictObject({
      from: instantText,
      to: instantText,
      zone: z.string().min(1).max(128).exactOptional(),
      calendars: idsText.exactOptional(),
    }),
    answer: z.strictObject({
      items: z.array(AgendaEntrySchema),
      next: z.string().exactOptional(),
      calendars: z.array(ShownCalendarSchema),
      more: z.boolean(),
    }),
    async handle({ user, query, door }) {
      const { agendaDays, agendaEntries } = door.options.limits
      const { from, to, zone } = query
      if (from >= to) throw new SyncError('invalid_input', 'query.from: must be before query.to.')
      if (to - from > agendaDays * 86_400_000)
        throw new SyncError('invalid_input', `query.to: is more than ${agendaDays} days after query.from.`)
      const all = await user.calendars.list()
      const wanted = query.calendars ?? all.map(({ id }) => id)
      const calendars = wanted.map((id) => {
        const calendar = all.find((one) => one.id === id)
        if (calendar) return shownCalendar(calendar)
        throw new SyncError('invalid_input', 'query.calendars: there is no such calendar.', { reason: 'UNKNOWN_ID' })
      })
      const items = await user.events.agenda(wanted, { from, to, ...(zone === undefined ? {} : { zone }) })
      return { items: items.slice(0, agendaEntries), calendars, more: items.length > agendaEntries }
    },
  },
  'GET /groups/{groupId}/events': {
    summary: 'The events of a group, each with its origin and copies',
    query: PageQuerySchema,
    answer: itemsOf(EventViewSchema),
    async handle({ user, params, query }) {
      const { id } = await user.groups.get(params.groupId)
      return user.events.ofGroup(id, query)
    },
  },
  'GET /groups/{groupId}/events/{eventId}': {
    summary: 'One event of a group',
    answer: EventViewSchema,
    async handle({ user, params }) {
      return user.events.get(params.groupId, params.eventId)
    },
  },
  'GET /groups/{groupId}/events/{eventId}/explanation': {
    summary: 'Why an event is where it is and says what it says',
    answer: ExplanationSchema,
    async handle({ user, params }) {
      return user.events.explain(params.groupId, params.eventId)
    },
  },
  'GET /groups/{groupId}/events/{eventId}/history': {
    summary: 'What happened to an event',
    answer: z.strictObject({
      journal: z.array(JournalEntrySchema),
      conflicts: z.array(ConflictSchema),
      audit: z.array(AuditEntrySchema),
    }),
    async handle({ user, params }) {
      const { groupId, id: eventId } = await user.events.get(params.groupId, params.eventId)
      const [journal, conflicts, audit] = await Promise.all([
        user.journal.ofEvent(groupId, eventId),
        user.conflicts.ofEvent(groupId, eventId),
        user.audit.list(groupId, { eventId, limit: 1_000 }),
      ])
      return { journal, conflicts, audit: audit.items }
    },
  },
  'POST /groups/{groupId}/undo': {
    summary: 'Takes back what a run did, or the last change of an event',
    body: undoBody,
    answer: UndoSchema,
    async handle({ user, params, body }) {
      const { isDryRun = false, ...scope } = body
      return user.journal.undo(params.groupId, scope, { isDryRun })
    },
  },
}
