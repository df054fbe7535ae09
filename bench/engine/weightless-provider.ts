import { SyncError } from '../../src/errors.js'
import { readObject } from '../../src/ical/read.js'
import type {
  CalendarProvider,
  ChangePage,
  Cursor,
  EventContent,
  Fetched,
  ProviderAccount,
  RemoteCalendarId,
  RemoteEvent,
  RemoteId,
  Revision,
  Uid,
} from '../../src/index.js'
import { eventText } from '../events.js'

/** What was asked of a {@link weightlessProvider}, by method. */
export type Calls = Record<string, number>

/**
 * A calendar with any number of events that are worked out when they are asked for, and one that confirms every write
 * and forgets it. Neither takes memory or time worth speaking of, so that what is measured is the engine.
 */
export function weightlessProvider(events: number, calls: () => Calls): CalendarProvider {
  const count = (method: string): void => {
    const current = calls()
    current[method] = (current[method] ?? 0) + 1
  }
  const event = eventMaker()
  const account: ProviderAccount = {
    capabilities: { guardedWrites: true, cannotHold: [], concurrentWrites: 4 },
    async listCalendars() {
      return ['from', 'to'].map((id) => ({
        id: id as RemoteCalendarId,
        name: id,
        access: 'write',
        zone: 'UTC',
        color: null,
      }))
    },
    async changes(calendar, { cursor }) {
      count('changes')
      const size = cursor === undefined && calendar === 'from' ? events : 0
      return { complete: cursor === undefined, pages: pagesOf(size, event) }
    },
    async fetch(_calendar, ids): Promise<readonly Fetched[]> {
      count('fetch')
      return ids.map((id) => ({ type: 'found', event: event(Number(id)) }))
    },
    idFor: (_calendar, key) => key as string as RemoteId,
    async create(_calendar, { key, content, mark }) {
      count('create')
      const id = key as string as RemoteId
      const shown: RemoteEvent = { id, uid: `${key}@copy` as Uid, revision: one, content, stamps, mark, key }
      return { id, revision: one, shown }
    },
    update: () => Promise.reject(unexpected()),
    remove: () => Promise.reject(unexpected()),
  }
  return { id: 'weightless', open: () => account }
}

const one = '1' as Revision
const stamps = { created: null, updated: '2026-01-02T08:00:00Z', sequence: 0 } as const

function unexpected(): SyncError {
  return new SyncError('unsupported', 'Nothing was edited, so nothing but creates was expected. Look at the engine.')
}

async function* pagesOf(size: number, event: (n: number) => RemoteEvent): AsyncGenerator<ChangePage> {
  for (let start = 0; start < size; start += pageSize) {
    const length = Math.min(pageSize, size - start)
    yield { changes: Array.from({ length }, (_, index) => ({ type: 'upsert', event: event(start + index) })) }
  }
  yield { changes: [], cursor: 'end' as Cursor }
}

const pageSize = 200

/** A few hundred contents, each with a title of its own for every event. */
function eventMaker(): (n: number) => RemoteEvent {
  const contents = Array.from({ length: 500 }, (_, n) => contentOf(n))
  return (n) => {
    const content = contents[n % contents.length] as EventContent
    const own = { ...content, title: `${content.title} no ${n}` }
    return {
      id: String(n) as RemoteId,
      uid: `event-${n}@bench.example.com` as Uid,
      revision: one,
      content: own,
      stamps,
    }
  }
}

function contentOf(n: number): EventContent {
  const unit = readObject(eventText(n))
  if (!unit.ok) throw unit.error
  return unit.content
}
