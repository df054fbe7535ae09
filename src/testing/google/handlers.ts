import { changeListEntry, deleteListEntry, getListEntry, insertListEntry, listCalendars } from './calendar-list.js'
import { type Answer, type Call, nothing, ok } from './call.js'
import { listEvents, listInstances, viewOf } from './event-list.js'
import { eventView } from './event-view.js'
import { deleteEvent, insertEvent, patchEvent, updateEvent, type WriteOptions } from './event-writes.js'
import type { SendUpdates } from './mail.js'
import type { GoogleMethod } from './methods.js'
import { Refusal } from './refusals.js'
import type { GoogleEvent } from './resources.js'
import { targetOf } from './series.js'
import { calendarOf, type Place } from './world.js'

type Handler = (call: Call) => Answer

/** What each method does. */
export const handlers: Readonly<Partial<Record<GoogleMethod, Handler>>> = {
  'calendarList.list': listCalendars,
  'calendarList.get': getListEntry,
  'calendarList.insert': insertListEntry,
  'calendarList.patch': changeListEntry,
  'calendarList.update': changeListEntry,
  'calendarList.delete': deleteListEntry,
  'events.list': listEvents,
  'events.instances': listInstances,
  'events.get': (call) => {
    const calendar = calendarOf(call.world, call.account, call.path['calendarId'] ?? '')
    const target = targetOf(calendar, call.path['eventId'] ?? '')
    if (!target) throw new Refusal('notFound')
    const master = calendar.find(target.event.data.recurringEventId ?? '')
    const isGone = master?.data.status === 'cancelled'
    const event = isGone ? { ...target.event, data: { ...target.event.data, status: 'cancelled' } } : target.event
    return ok(eventView(calendar, call.account, event, viewOf(call)))
  },
  'events.insert': (call) => shown(call, insertEvent(placeOf(call), bodyOf(call), optionsOf(call)).id),
  'events.patch': (call) =>
    shown(call, patchEvent(placeOf(call), call.path['eventId'] ?? '', bodyOf(call), optionsOf(call)).id),
  'events.update': (call) =>
    shown(call, updateEvent(placeOf(call), call.path['eventId'] ?? '', bodyOf(call), optionsOf(call)).id),
  'events.delete': (call) => {
    deleteEvent(placeOf(call), call.path['eventId'] ?? '', optionsOf(call))
    return nothing
  },
}

function placeOf({ world, account, path }: Call): Place {
  return {
    world,
    account,
    calendar: calendarOf(world, account, path['calendarId'] ?? '', 'writerWithoutPrivateAccess'),
  }
}

function bodyOf({ body }: Call): GoogleEvent {
  return body as GoogleEvent
}

function optionsOf({ query, ifMatch }: Call): WriteOptions {
  const all = query.flag('sendNotifications')
  return {
    sendUpdates: (query.text('sendUpdates') as SendUpdates | undefined) ?? (all ? 'all' : 'none'),
    conferenceDataVersion: query.number('conferenceDataVersion') ?? 0,
    supportsAttachments: query.flag('supportsAttachments'),
    ifMatch,
  }
}

function shown(call: Call, id: string): Answer {
  const place = placeOf(call)
  const event = targetOf(place.calendar, id)?.event
  if (!event) throw new Refusal('notFound')
  return ok(eventView(place.calendar, call.account, event, viewOf(call)))
}
