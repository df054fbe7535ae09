import { changeListEntry, deleteListEntry, getListEntry, insertListEntry, listCalendars } from './calendar-list.js'
import { changeCalendar, deleteCalendar, getCalendar, insertCalendar } from './calendars.js'
import { type Answer, type Call, nothing, ok } from './call.js'
import { getColors } from './colors.js'
import { listEvents, listInstances, viewOf } from './event-list.js'
import { importEvent, moveEvent } from './event-transfers.js'
import { eventView } from './event-view.js'
import { deleteEvent, insertEvent, patchEvent, updateEvent, type WriteOptions } from './event-writes.js'
import { queryFreeBusy } from './free-busy.js'
import type { SendUpdates } from './mail.js'
import type { GoogleMethod } from './methods.js'
import { Refusal } from './refusals.js'
import type { GoogleEvent } from './resources.js'
import { standing, targetOf } from './series.js'
import { getSetting, listSettings } from './settings.js'
import { calendarOf, type Place } from './world.js'

type Handler = (call: Call) => Answer

/** What each method does. */
export const handlers: Readonly<Record<GoogleMethod, Handler>> = {
  'calendarList.list': listCalendars,
  'calendarList.get': getListEntry,
  'calendarList.insert': insertListEntry,
  'calendarList.patch': changeListEntry,
  'calendarList.update': changeListEntry,
  'calendarList.delete': deleteListEntry,
  'calendarList.watch': ({ world, account, body }) => ok(world.watches.watch(account, undefined, body)),
  'calendars.get': getCalendar,
  'calendars.insert': insertCalendar,
  'calendars.patch': changeCalendar,
  'calendars.update': changeCalendar,
  'calendars.delete': deleteCalendar,
  'events.list': listEvents,
  'events.instances': listInstances,
  'events.get': (call) => {
    const calendar = calendarOf(call.world, call.account, call.path['calendarId'] ?? '')
    const target = targetOf(calendar, call.path['eventId'] ?? '')
    if (!target) throw new Refusal('notFound')
    return ok(eventView(calendar, call.account, standing(calendar, target.event), viewOf(call)))
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
  'events.import': (call) => shown(call, importEvent(placeOf(call), bodyOf(call), optionsOf(call)).id),
  'events.move': (call) => {
    const { world, account, query, path } = call
    const to = calendarOf(world, account, query.text('destination') ?? '', 'writerWithoutPrivateAccess')
    const moved = moveEvent(placeOf(call), path['eventId'] ?? '', to, optionsOf(call))
    return ok(eventView(to, account, moved, viewOf(call)))
  },
  'events.watch': ({ world, account, path, body }) =>
    ok(world.watches.watch(account, calendarOf(world, account, path['calendarId'] ?? ''), body)),
  'channels.stop': ({ world, account, body }) => {
    world.watches.stop(account, body)
    return nothing
  },
  'colors.get': getColors,
  'freebusy.query': queryFreeBusy,
  'settings.list': listSettings,
  'settings.get': getSetting,
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
    eventLabelVersion: query.number('eventLabelVersion') ?? 0,
    ifMatch,
  }
}

function shown(call: Call, id: string): Answer {
  const place = placeOf(call)
  const event = targetOf(place.calendar, id)?.event
  if (!event) throw new Refusal('notFound')
  return ok(eventView(place.calendar, call.account, event, viewOf(call)))
}
