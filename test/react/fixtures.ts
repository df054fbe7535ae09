import type { AnswerOf } from '../../src/client/index.js'
import type { CalendarId, Conflict, EventContent, SyncGroup } from '../../src/index.js'
import { completeContent } from '../../src/index.js'

/** What a page may have to show: two calendars of two accounts, woven together. */

const id = (text: string) => text as never

export const work: CalendarId = 'work' as CalendarId
export const home: CalendarId = 'home' as CalendarId

export const calendars: AnswerOf<'GET /calendars'> = {
  items: [
    calendar('work', 'Work', 'acme', 'account-1', 'write'),
    calendar('home', 'Home', 'other', 'account-2', 'write'),
    calendar('holidays', 'Holidays', 'other', 'account-2', 'read'),
  ],
}

export const connections: AnswerOf<'GET /connections'> = {
  items: [connection('account-1', 'acme', 'mara@example.com'), connection('account-2', 'other', 'mara@example.net')],
}

export const session: AnswerOf<'GET /session'> = {
  userId: 'mara',
  isOperator: false,
  offers: [
    { id: 'acme', provider: 'acme', name: 'Acme', way: 'oauth', modes: ['write', 'read'], fields: [] },
    {
      ...{ id: 'other', provider: 'other', name: 'Other', way: 'password', modes: ['write'] },
      help: 'Make an app password first.',
      helpUrl: 'https://example.com/help',
      fields: [
        { name: 'username', label: 'User name', kind: 'text' },
        { name: 'password', label: 'Password', kind: 'secret' },
      ],
    },
  ],
  maySignIn: true,
  runsByItself: true,
  counts: true,
  publishesFeeds: false,
  header: { name: 'x-calweave', value: '1' },
  now: 0,
}

export const content: EventContent = completeContent({
  title: 'Design review',
  location: 'Room 4',
  time: {
    start: { kind: 'timed', local: '2026-03-04T13:00:00', zone: 'Europe/Berlin' },
    end: { kind: 'timed', local: '2026-03-04T14:00:00', zone: 'Europe/Berlin' },
  },
})

export const group: SyncGroup = {
  id: id('group-1'),
  userId: id('mara'),
  name: 'All',
  members: [work, home].map((calendarId, priority) => ({
    calendarId,
    direction: 'both',
    priority,
    projection: {
      ...{ show: 'everything', busyTitle: 'Busy', privateEvents: 'busy', reminders: 'none' },
      ...{ attendees: 'omit', text: 'asWritten', fields: {} },
    },
    strategies: [],
    leaving: 'remove',
    series: { as: 'singles', aheadDays: 366, most: 100 },
  })),
  rules: [],
  fieldStrategies: {},
  strategies: [{ use: 'lastModifiedWins' }],
  removal: 'editWins',
  removalGuard: { count: 5, share: 0.2 },
  creationGuard: { count: 500 },
  baseline: 'done',
  recentRemovals: {},
  heldRemovals: {},
  heldCreations: {},
  createdAt: 0,
}

export const conflict: Conflict = {
  id: id('conflict-1'),
  groupId: id('group-1'),
  eventId: id('event-1'),
  state: 'open',
  items: [
    {
      ...{ field: 'title', path: [], kind: 'both_changed', base: 'Design review' },
      sides: [side(work, 'Design review: settings'), side(home, 'Review')],
      ...{ winner: null, outcome: null, strategy: null },
    },
    {
      ...{ field: 'location', path: [], kind: 'both_changed', base: 'Room 4' },
      sides: [side(work, 'Room 4'), side(home, 'Room 7')],
      ...{ winner: null, outcome: null, strategy: null },
    },
  ],
  createdAt: 0,
  runId: id('run-1'),
  history: [{ at: 0, what: 'opened', by: id('run-1') }],
}

export const toDecide: AnswerOf<'GET /conflicts/{conflictId}'> = {
  conflict,
  title: 'Design review',
  groupName: 'All',
  options: [
    { field: 'title', choices: [work, home, 'both'] },
    { field: 'location', choices: [work, home, 'both'] },
  ],
  event: null,
}

function side(calendarId: CalendarId, value: string) {
  return { calendarId, value, changedAt: 1_000 }
}

function calendar(name: string, shown: string, provider: string, connectionId: string, access: 'read' | 'write') {
  return {
    ...{ id: id(name), userId: id('mara'), connectionId: id(connectionId), provider, remoteId: id(name) },
    ...{ name: shown, access, zone: null, color: null },
  }
}

function connection(connectionId: string, provider: string, name: string) {
  return { id: id(connectionId), userId: id('mara'), provider, name, settings: {}, createdAt: 0 }
}
