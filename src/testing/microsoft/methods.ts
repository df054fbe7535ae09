import type { QueryOption } from './query.js'
import type { ShapeName } from './shapes.js'

/** One method of the API: where it is, what it may be asked, and with which permission. */
export interface Method {
  readonly verb: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the mailbox (`/me/` or `/users/{id}/`), or below the API itself where it begins with a slash. */
  readonly paths: readonly string[]
  readonly query?: readonly QueryOption[]
  readonly body?: ShapeName
  /** Any one of them is enough. */
  readonly scopes: readonly string[]
}

/** The methods that the fake has. */
export type MicrosoftMethod =
  | 'me.get'
  | 'mailboxSettings.get'
  | 'timeZones.list'
  | 'exchangeIds.translate'
  | 'calendarGroups.list'
  | 'calendars.list'
  | 'calendars.create'
  | 'calendars.get'
  | 'calendars.update'
  | 'calendars.delete'
  | 'events.list'
  | 'events.create'
  | 'events.get'
  | 'events.update'
  | 'events.delete'
  | 'events.instances'
  | 'events.accept'
  | 'events.tentativelyAccept'
  | 'events.decline'
  | 'events.cancel'
  | 'events.permanentDelete'
  | 'extensions.get'
  | 'extensions.create'
  | 'extensions.update'
  | 'extensions.delete'
  | 'calendarView.list'
  | 'calendarView.delta'
  | 'eventsDelta.list'
  | 'subscriptions.list'
  | 'subscriptions.create'
  | 'subscriptions.get'
  | 'subscriptions.update'
  | 'subscriptions.delete'
  | 'subscriptions.reauthorize'

const read = ['Calendars.Read', 'Calendars.ReadWrite']
const write = ['Calendars.ReadWrite']
const settings = ['MailboxSettings.Read', 'MailboxSettings.ReadWrite']
const listing: readonly QueryOption[] = ['$select', '$expand', '$filter', '$orderby', '$top', '$skip', '$count']
const single: readonly QueryOption[] = ['$select', '$expand']
const window: readonly QueryOption[] = ['startDateTime', 'endDateTime']
const inCalendar = (path: string) => [path, `calendar/${path}`, `calendars/{calendarId}/${path}`]
const below = (path: string) => inCalendar(`events/{eventId}${path}`)

/** What each of them is. Methods that are not here are answered with 501. */
export const methods: Readonly<Record<MicrosoftMethod, Method>> = {
  'me.get': { verb: 'GET', paths: [''], query: ['$select'], scopes: ['User.Read'] },
  'mailboxSettings.get': { verb: 'GET', paths: ['mailboxSettings', 'mailboxSettings/timeZone'], scopes: settings },
  'timeZones.list': {
    verb: 'GET',
    paths: [
      'outlook/supportedTimeZones',
      "outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'{standard}')",
    ],
    scopes: ['User.Read', ...settings],
  },
  'exchangeIds.translate': {
    verb: 'POST',
    paths: ['translateExchangeIds'],
    body: 'translation',
    scopes: ['User.Read', ...read],
  },
  'calendarGroups.list': { verb: 'GET', paths: ['calendarGroups'], query: ['$select', '$top', '$skip'], scopes: read },
  'calendars.list': {
    verb: 'GET',
    paths: ['calendars', 'calendarGroups/{groupId}/calendars'],
    query: ['$select', '$top', '$skip', '$count'],
    scopes: read,
  },
  'calendars.create': {
    verb: 'POST',
    paths: ['calendars', 'calendarGroups/{groupId}/calendars'],
    body: 'calendar',
    scopes: write,
  },
  'calendars.get': { verb: 'GET', paths: ['calendar', 'calendars/{calendarId}'], query: ['$select'], scopes: read },
  'calendars.update': {
    verb: 'PATCH',
    paths: ['calendar', 'calendars/{calendarId}'],
    body: 'calendar',
    scopes: write,
  },
  'calendars.delete': { verb: 'DELETE', paths: ['calendars/{calendarId}'], scopes: write },
  'events.list': { verb: 'GET', paths: inCalendar('events'), query: listing, scopes: read },
  'events.create': { verb: 'POST', paths: inCalendar('events'), body: 'event', scopes: write },
  'events.get': { verb: 'GET', paths: below(''), query: single, scopes: read },
  'events.update': { verb: 'PATCH', paths: below(''), body: 'event', scopes: write },
  'events.delete': { verb: 'DELETE', paths: below(''), scopes: write },
  'events.instances': { verb: 'GET', paths: below('/instances'), query: [...listing, ...window], scopes: read },
  'events.accept': { verb: 'POST', paths: below('/accept'), body: 'answer', scopes: write },
  'events.tentativelyAccept': { verb: 'POST', paths: below('/tentativelyAccept'), body: 'answer', scopes: write },
  'events.decline': { verb: 'POST', paths: below('/decline'), body: 'answer', scopes: write },
  'events.cancel': { verb: 'POST', paths: below('/cancel'), body: 'comment', scopes: write },
  'events.permanentDelete': { verb: 'POST', paths: below('/permanentDelete'), scopes: write },
  'extensions.get': { verb: 'GET', paths: below('/extensions/{extensionId}'), scopes: read },
  'extensions.create': { verb: 'POST', paths: below('/extensions'), body: 'extension', scopes: write },
  'extensions.update': {
    verb: 'PATCH',
    paths: below('/extensions/{extensionId}'),
    body: 'extension',
    scopes: write,
  },
  'extensions.delete': { verb: 'DELETE', paths: below('/extensions/{extensionId}'), scopes: write },
  'calendarView.list': { verb: 'GET', paths: inCalendar('calendarView'), query: [...listing, ...window], scopes: read },
  'calendarView.delta': {
    verb: 'GET',
    paths: inCalendar('calendarView/delta'),
    query: [...window, '$deltatoken', '$skiptoken'],
    scopes: read,
  },
  // Takes a window as well: without one it exists in the beta version only.
  'eventsDelta.list': {
    verb: 'GET',
    paths: inCalendar('events/delta'),
    query: [...window, '$deltatoken', '$skiptoken'],
    scopes: read,
  },
  'subscriptions.list': { verb: 'GET', paths: ['/subscriptions'], scopes: read },
  'subscriptions.create': { verb: 'POST', paths: ['/subscriptions'], body: 'subscription', scopes: read },
  'subscriptions.get': { verb: 'GET', paths: ['/subscriptions/{subscriptionId}'], scopes: read },
  'subscriptions.update': {
    verb: 'PATCH',
    paths: ['/subscriptions/{subscriptionId}'],
    body: 'subscription',
    scopes: read,
  },
  'subscriptions.delete': { verb: 'DELETE', paths: ['/subscriptions/{subscriptionId}'], scopes: read },
  'subscriptions.reauthorize': { verb: 'POST', paths: ['/subscriptions/{subscriptionId}/reauthorize'], scopes: read },
}
