import * as z from 'zod'
import {
  type CalendarStatus,
  type EventView,
  FailureSchema,
  type RemoteExplanation,
  type UnreadableEvent,
} from '../../index.js'
import { id, itemsOf } from '../answers/basic.js'
import { type ShownCalendar, ShownCalendarSchema, shownCalendar } from '../answers/calendar.js'
import { EventViewSchema, RemoteExplanationSchema } from '../answers/events.js'
import { CalendarStatusSchema } from '../answers/health.js'
import { someId } from '../inputs.js'
import type { Items, Table } from '../route.js'

/** How an event of a calendar stands in one group. */
export interface Woven {
  readonly groupId: string
  readonly groupName: string
  readonly explanation: RemoteExplanation
  /** Where it is part of the group. */
  readonly event?: EventView
}

export interface CalendarRoutes {
  'GET /calendars': { readonly answer: Items<ShownCalendar> }
  'GET /calendars/{calendarId}': { readonly answer: ShownCalendar }
  'GET /calendars/{calendarId}/status': { readonly answer: CalendarStatus }
  'GET /calendars/{calendarId}/unreadable': { readonly answer: Items<UnreadableEvent> }
  'GET /calendars/{calendarId}/woven': { readonly query: { readonly remoteId: string }; readonly answer: Items<Woven> }
}

const unreadable: z.ZodType<UnreadableEvent> = z.strictObject({
  remoteId: id<UnreadableEvent['remoteId']>(),
  failure: FailureSchema,
})

const woven: z.ZodType<Woven> = z.strictObject({
  groupId: z.string(),
  groupName: z.string(),
  explanation: RemoteExplanationSchema,
  event: EventViewSchema.exactOptional(),
})

export const calendarRoutes: Table<CalendarRoutes> = {
  'GET /calendars': {
    summary: 'The calendars of all accounts',
    answer: itemsOf(ShownCalendarSchema),
    async handle({ user }) {
      return { items: (await user.calendars.list()).map(shownCalendar) }
    },
  },
  'GET /calendars/{calendarId}': {
    summary: 'One calendar',
    answer: ShownCalendarSchema,
    async handle({ user, params }) {
      return shownCalendar(await user.calendars.get(params.calendarId))
    },
  },
  'GET /calendars/{calendarId}/status': {
    summary: 'How a calendar is, and why',
    answer: CalendarStatusSchema,
    async handle({ user, params }) {
      return user.status.calendar(params.calendarId)
    },
  },
  'GET /calendars/{calendarId}/unreadable': {
    summary: 'The events of a calendar that cannot be read, and why',
    answer: itemsOf(unreadable),
    async handle({ user, params }) {
      const { id: calendarId } = await user.calendars.get(params.calendarId)
      return { items: await user.calendars.unreadable(calendarId) }
    },
  },
  'GET /calendars/{calendarId}/woven': {
    summary: 'In which groups an event of a calendar is, and why not in the others',
    query: z.strictObject({ remoteId: someId }),
    answer: itemsOf(woven),
    async handle({ user, params, query }) {
      const { id: calendarId } = await user.calendars.get(params.calendarId)
      const groups = (await user.groups.list()).filter(({ members }) =>
        members.some((member) => member.calendarId === calendarId),
      )
      const items: Woven[] = []
      for (const { id: groupId, name: groupName } of groups) {
        const explanation = await user.events.explainRemote(groupId, calendarId, query.remoteId)
        const { eventId } = explanation
        const event = eventId === undefined ? undefined : await user.events.get(groupId, eventId)
        items.push({ groupId, groupName, explanation, ...(event ? { event } : {}) })
      }
      return { items }
    },
  },
}
