import type { ShapeName } from './shapes.js'

/** A query parameter. */
export interface Parameter {
  readonly type: 'string' | 'boolean' | 'integer' | 'date-time'
  readonly values?: readonly string[]
  readonly min?: number
  readonly max?: number
  readonly repeated?: true
  readonly required?: true
}

/** One method of the API: where it is, what it may be asked, and with which permission. */
export interface Method {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/calendar/v3/`. */
  readonly path: string
  readonly query?: Readonly<Record<string, Parameter>>
  readonly body?: ShapeName
  /** Any one of them is enough; without the common beginning of their addresses. */
  readonly scopes: readonly string[]
}

const text: Parameter = { type: 'string' }
const flag: Parameter = { type: 'boolean' }
const moment: Parameter = { type: 'date-time' }
const count: Parameter = { type: 'integer', min: 1 }
const version: Parameter = { type: 'integer', min: 0, max: 1 }
const many: Parameter = { type: 'string', repeated: true }
const leastRole: Parameter = { type: 'string', values: ['freeBusyReader', 'owner', 'reader', 'writer'] }
const order: Parameter = { type: 'string', values: ['startTime', 'updated'] }
const whom: Parameter = { type: 'string', values: ['all', 'externalOnly', 'none'] }
const types: Parameter = {
  type: 'string',
  values: ['birthday', 'default', 'focusTime', 'fromGmail', 'outOfOffice', 'workingLocation'],
  repeated: true,
}

const paging = { maxResults: count, pageToken: text }
const mails = { sendNotifications: flag, sendUpdates: whom }
const writing = { conferenceDataVersion: version, supportsAttachments: flag, eventLabelVersion: version }
const shown = { alwaysIncludeEmail: flag, maxAttendees: count }

const listing = {
  ...{ ...paging, ...shown, iCalUID: text, orderBy: order },
  ...{ privateExtendedProperty: many, sharedExtendedProperty: many, q: text, showDeleted: flag },
  ...{ showHiddenInvitations: flag, singleEvents: flag, syncToken: text, timeMax: moment, timeMin: moment },
  ...{ timeZone: text, updatedMin: moment, eventTypes: types },
}
const calendarListing = {
  ...{ ...paging, minAccessRole: leastRole, showDeleted: flag, showHidden: flag },
  ...{ syncToken: text },
}

const calendarsRead = [
  'calendar',
  'calendar.app.created',
  'calendar.calendars',
  'calendar.calendars.readonly',
  'calendar.readonly',
]
const calendarsWrite = ['calendar', 'calendar.app.created', 'calendar.calendars']
const listRead = ['calendar', 'calendar.calendarlist', 'calendar.calendarlist.readonly', 'calendar.readonly']
const listWrite = ['calendar', 'calendar.app.created', 'calendar.calendarlist']
const eventsWrite = ['calendar', 'calendar.app.created', 'calendar.events', 'calendar.events.owned']
const eventsRead = [
  ...eventsWrite,
  ...['calendar.events.freebusy', 'calendar.events.owned.readonly', 'calendar.events.public.readonly'],
  ...['calendar.events.readonly', 'calendar.readonly'],
]
const settingsRead = ['calendar', 'calendar.readonly', 'calendar.settings.readonly']
const stopping = [
  ...['calendar', 'calendar.acls', 'calendar.acls.readonly', 'calendar.app.created', 'calendar.calendarlist'],
  ...['calendar.calendarlist.readonly', 'calendar.events', 'calendar.events.freebusy', 'calendar.events.owned'],
  ...['calendar.events.owned.readonly', 'calendar.events.public.readonly', 'calendar.events.readonly'],
  ...['calendar.readonly', 'calendar.settings.readonly'],
]
const colorsRead = [
  ...['calendar', 'calendar.app.created', 'calendar.calendarlist', 'calendar.calendarlist.readonly'],
  ...['calendar.events.freebusy', 'calendar.events.owned', 'calendar.events.owned.readonly'],
  ...['calendar.events.public.readonly', 'calendar.readonly'],
]

const myList = 'users/me/calendarList'
const oneOfMyList = 'users/me/calendarList/{calendarId}'
const oneCalendar = 'calendars/{calendarId}'
const events = 'calendars/{calendarId}/events'
const oneEvent = 'calendars/{calendarId}/events/{eventId}'
const rgb = { colorRgbFormat: flag }

/** The methods that the fake has, under the names of the API description. */
export type GoogleMethod =
  | 'calendarList.list'
  | 'calendarList.get'
  | 'calendarList.insert'
  | 'calendarList.patch'
  | 'calendarList.update'
  | 'calendarList.delete'
  | 'calendarList.watch'
  | 'calendars.get'
  | 'calendars.insert'
  | 'calendars.patch'
  | 'calendars.update'
  | 'calendars.delete'
  | 'events.list'
  | 'events.get'
  | 'events.insert'
  | 'events.import'
  | 'events.patch'
  | 'events.update'
  | 'events.delete'
  | 'events.instances'
  | 'events.move'
  | 'events.watch'
  | 'channels.stop'
  | 'colors.get'
  | 'freebusy.query'
  | 'settings.list'
  | 'settings.get'

/** What each of them is. Methods that are not here are answered with 501. */
export const methods: Readonly<Record<GoogleMethod, Method>> = {
  'calendarList.list': {
    verb: 'GET',
    path: myList,
    scopes: listRead,
    query: { ...calendarListing, showOwnOrganizationOnly: flag },
  },
  'calendarList.get': { verb: 'GET', path: oneOfMyList, scopes: ['calendar.app.created', ...listRead] },
  'calendarList.insert': {
    verb: 'POST',
    path: myList,
    body: 'CalendarListEntry',
    query: rgb,
    scopes: ['calendar', 'calendar.calendarlist'],
  },
  'calendarList.patch': { verb: 'PATCH', path: oneOfMyList, body: 'CalendarListEntry', query: rgb, scopes: listWrite },
  'calendarList.update': { verb: 'PUT', path: oneOfMyList, body: 'CalendarListEntry', query: rgb, scopes: listWrite },
  'calendarList.delete': { verb: 'DELETE', path: oneOfMyList, scopes: listWrite },
  'calendarList.watch': {
    verb: 'POST',
    path: `${myList}/watch`,
    body: 'Channel',
    query: calendarListing,
    scopes: listRead,
  },
  'calendars.get': { verb: 'GET', path: oneCalendar, scopes: calendarsRead },
  'calendars.insert': { verb: 'POST', path: 'calendars', body: 'Calendar', scopes: calendarsWrite },
  'calendars.patch': { verb: 'PATCH', path: oneCalendar, body: 'Calendar', scopes: calendarsWrite },
  'calendars.update': { verb: 'PUT', path: oneCalendar, body: 'Calendar', scopes: calendarsWrite },
  'calendars.delete': { verb: 'DELETE', path: oneCalendar, scopes: calendarsWrite },
  'events.list': { verb: 'GET', path: events, query: listing, scopes: eventsRead },
  'events.get': { verb: 'GET', path: oneEvent, query: { ...shown, timeZone: text }, scopes: eventsRead },
  'events.insert': {
    verb: 'POST',
    path: events,
    body: 'Event',
    query: { ...mails, ...writing, maxAttendees: count },
    scopes: eventsWrite,
  },
  'events.import': { verb: 'POST', path: `${events}/import`, body: 'Event', query: writing, scopes: eventsWrite },
  'events.patch': {
    verb: 'PATCH',
    path: oneEvent,
    body: 'Event',
    query: { ...mails, ...writing, ...shown },
    scopes: eventsWrite,
  },
  'events.update': {
    verb: 'PUT',
    path: oneEvent,
    body: 'Event',
    query: { ...mails, ...writing, ...shown },
    scopes: eventsWrite,
  },
  'events.delete': { verb: 'DELETE', path: oneEvent, query: mails, scopes: eventsWrite },
  'events.instances': {
    ...{ verb: 'GET', path: `${oneEvent}/instances`, scopes: eventsRead },
    query: {
      ...paging,
      ...shown,
      originalStart: text,
      showDeleted: flag,
      timeMax: moment,
      timeMin: moment,
      timeZone: text,
    },
  },
  'events.move': {
    ...{ verb: 'POST', path: `${oneEvent}/move`, scopes: ['calendar', 'calendar.events', 'calendar.events.owned'] },
    query: { ...mails, destination: { type: 'string', required: true } },
  },
  'events.watch': { verb: 'POST', path: `${events}/watch`, body: 'Channel', query: listing, scopes: eventsRead },
  'channels.stop': { verb: 'POST', path: 'channels/stop', body: 'Channel', scopes: stopping },
  'colors.get': { verb: 'GET', path: 'colors', scopes: colorsRead },
  'freebusy.query': {
    ...{ verb: 'POST', path: 'freeBusy', body: 'FreeBusyRequest' },
    scopes: ['calendar', 'calendar.events.freebusy', 'calendar.freebusy', 'calendar.readonly'],
  },
  'settings.list': {
    verb: 'GET',
    path: 'users/me/settings',
    query: { ...paging, syncToken: text },
    scopes: settingsRead,
  },
  'settings.get': { verb: 'GET', path: 'users/me/settings/{setting}', scopes: settingsRead },
}

/** Parameters that every method takes. */
export const commonParameters: Readonly<Record<string, Parameter>> = {
  ...{ alt: { type: 'string', values: ['json'] }, fields: text, key: text, oauth_token: text, prettyPrint: flag },
  ...{ quotaUser: text, userIp: text },
}
