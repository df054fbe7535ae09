import { SyncError } from '../../errors.js'
import type { EventContent } from '../../model/content.js'
import type { RemoteId, Revision } from '../../model/ids.js'
import type { EventChange, EventDraft, RemoteEvent, Written } from '../provider.js'
import type { MemoryCalendar } from './calendar.js'
import { idOf, type LiveEvent, revisionOf, uidOf } from './stored-event.js'

/** Creates what an account drafts. */
export function create(calendar: MemoryCalendar, draft: EventDraft): Written {
  mustBeWritable(calendar)
  const { serverIds, remembersKeys } = calendar.behaviour
  const first = serverIds && remembersKeys ? calendar.madeUnder(draft.key) : undefined
  // A service that remembers keys answers a repeated create with the first event, as it is by now.
  if (first !== undefined) return { ...written(calendar, first), earlier: true }
  return written(calendar, serverIds ? createAnywhere(calendar, draft) : createAt(calendar, draft))
}

/** Changes the named fields on top of what is there; an unguarded service does not look at the revision. */
export function update(calendar: MemoryCalendar, change: EventChange): Written {
  const event = mustBeAt(calendar, change.current)
  if (event.poisoned) throw new SyncError('event_refused', 'This event cannot be read, so it cannot be changed either.')
  const patch = Object.fromEntries(
    change.fields.map((field) => [field, change.content[field]]),
  ) as Partial<EventContent>
  return written(calendar, calendar.change(event, patch, change.mark ?? event.mark))
}

export function remove(calendar: MemoryCalendar, current: RemoteEvent): void {
  calendar.erase(mustBeAt(calendar, current))
}

function createAt(calendar: MemoryCalendar, draft: EventDraft): LiveEvent {
  const id = idOf(draft.key)
  const there = calendar.log.get(id)
  if (there !== undefined && (there.content !== null || calendar.behaviour.reservesIds === true)) {
    throw new SyncError('already_exists', 'An event with this identity is there already. Read it before anything else.')
  }
  return calendar.insert({ id, uid: uidOf(draft.key), content: draft.content, mark: draft.mark, transaction: null })
}

function createAnywhere(calendar: MemoryCalendar, draft: EventDraft): LiveEvent {
  const transaction = calendar.behaviour.remembersKeys ? draft.key : null
  return calendar.insert({ ...calendar.newIdentity('s'), content: draft.content, mark: draft.mark, transaction })
}

function written(calendar: MemoryCalendar, event: LiveEvent): Written {
  const { returnsBody = true, returnsRevision = true, revisions = 'strong' } = calendar.behaviour
  return {
    id: event.id,
    ...(returnsRevision && revisions === 'strong' && { revision: revisionOf(event) }),
    ...(returnsBody && { shown: calendar.shown(event) }),
  }
}

function mustBeAt(
  calendar: MemoryCalendar,
  current: { readonly id: RemoteId; readonly revision?: Revision },
): LiveEvent {
  mustBeWritable(calendar)
  const event = calendar.log.live(current.id)
  if (event === undefined) throw new SyncError('not_found', 'The event is not in this calendar any more.')
  if (event.readOnly) throw new SyncError('forbidden', 'This event is read-only. Change it where it comes from.')
  const { guarded = true, revisions = 'strong' } = calendar.behaviour
  const isGuarded = guarded && revisions === 'strong' && current.revision !== undefined
  if (isGuarded && current.revision !== revisionOf(event)) {
    throw new SyncError('revision_mismatch', 'The event was changed in the meantime. Read it and decide again.')
  }
  return event
}

function mustBeWritable(calendar: MemoryCalendar): void {
  if (calendar.describe().access === 'write') return
  throw new SyncError('forbidden', 'The account may only read this calendar. Ask its owner for the right to write.')
}
