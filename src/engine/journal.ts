import * as z from 'zod'
import { isSyncError } from '../errors.js'
import { merge } from '../merge/merge.js'
import { revived, withProposal } from '../merge/replica.js'
import type { AuditEntry, AuditNote } from '../model/audit.js'
import type { EventContent, Field } from '../model/content.js'
import { differingFields } from '../model/equality.js'
import { digest } from '../model/hash.js'
import type { CalendarId, EventId, GroupId, RunId, UserId } from '../model/ids.js'
import { type EventState, isOver, type JournalEntry } from '../model/journal.js'
import type { Replica, SyncedEvent } from '../model/synced-event.js'
import { ChainWriter, noted } from './chain.js'
import type { Engine } from './engine.js'
import type { ListOptions, ListPage } from './history.js'
import { checked } from './input.js'
import { journaled } from './ledger.js'
import { personOf } from './notes.js'
import { exactly, find, need, put, readAll, readPage, under, unknownId } from './records.js'

/** How to undo. */
export interface UndoOptions {
  /** Only tells what would be done. @default false */
  readonly isDryRun?: boolean
}

/** What to undo: everything that a run did, or the last thing that happened to an event. */
export type UndoScope = { readonly runId: string } | { readonly eventId: string }

/** What an undo does to one event. */
export interface UndoneEvent {
  readonly eventId: EventId
  readonly title: string
  /** Fields that go back to what they were. */
  readonly restored: readonly Field[]
  /** Fields that were changed once more since, and are left as they are. */
  readonly skipped: readonly Field[]
  /** The event was removed, and comes back. */
  readonly revived: boolean
  /** The event had come back, and is removed again. */
  readonly removed: boolean
  /** Calendars whose copy was made then, and is taken away again. */
  readonly withdrawn: readonly CalendarId[]
}

/** What an undo does. The next sync carries it out. */
export interface Undo {
  readonly events: readonly UndoneEvent[]
}

/** What every event said before and after each sync that changed it, and the way back. */
export class JournalHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  /** Every change of what an event says, oldest first. */
  async list(groupId: string, { after, limit = 100 }: ListOptions = {}): Promise<ListPage<JournalEntry>> {
    const range = { ...under(groupId), limit, ...(after === undefined ? {} : { after }) }
    const page = await readPage(this.#engine.storage, this.#user, 'journal', range)
    const items = page.items.map(({ value }) => value)
    return page.next === undefined ? { items } : { items, next: page.next }
  }

  /** The changes of one event, oldest first. */
  async ofEvent(groupId: string, eventId: string): Promise<readonly JournalEntry[]> {
    return this.#entries('event', `${groupId}/${eventId}`)
  }

  /** What one run changed, oldest first. */
  async ofRun(groupId: string, runId: string): Promise<readonly JournalEntry[]> {
    return this.#entries('run', `${groupId}/${runId}`)
  }

  /**
   * Takes back what a run did, or the last change of an event: contents go back to what they were, removed events come
   * back, copies that were made then are taken away. What was changed once more since is left as it is, and is told. The
   * next sync brings it to all calendars, merged with whatever people change until then. An undo can be undone.
   *
   * @returns what will be done; with `isDryRun` nothing is
   * @throws SyncError `invalid_input` when there is no such run or event in the journal.
   */
  async undo(groupId: string, scope: UndoScope, { isDryRun = false }: UndoOptions = {}): Promise<Undo> {
    checked(undoScope, scope, 'scope')
    const { value: group } = await need(this.#engine.storage, this.#user, 'group', groupId)
    const spans = await this.#spans(group.id, scope)
    const undone: UndoneEvent[] = []
    for (const [eventId, span] of spans) {
      const one = await this.#undoEvent(group.id, eventId, span, isDryRun)
      if (one) undone.push(one)
    }
    if (!isDryRun) await this.#engine.jobs.afterwards(this.#user, [group.id])
    return { events: undone }
  }

  /** By event: the state before and after, and the copies that were made. */
  async #spans(groupId: GroupId, scope: UndoScope): Promise<ReadonlyMap<EventId, Span>> {
    const isRun = 'runId' in scope
    const entries = isRun
      ? await this.#entries('run', `${groupId}/${scope.runId}`)
      : (await this.#entries('event', `${groupId}/${scope.eventId}`)).slice(-1)
    const spans = new Map<EventId, Span>()
    for (const { eventId, before, after } of entries)
      spans.set(eventId, { before: spans.get(eventId)?.before ?? before, after, created: [] })
    // Of a single event the last change of what it says is meant, and not that it was copied.
    for (const { eventId, calendarId } of isRun ? await this.#created(groupId, scope.runId) : []) {
      if (eventId === null) continue
      const known = spans.get(eventId) ?? { created: [] }
      if (calendarId) spans.set(eventId, { ...known, created: [...known.created, calendarId] })
    }
    if (spans.size === 0) throw unknownId('The journal knows of nothing that could be undone there.')
    return spans
  }

  async #undoEvent(
    groupId: GroupId,
    eventId: EventId,
    span: Span,
    isDryRun: boolean,
  ): Promise<UndoneEvent | undefined> {
    for (let attempt = 1; ; attempt++) {
      const found = await find(this.#engine.storage, this.#user, 'event', `${groupId}/${eventId}`)
      if (!found) return undefined
      const { value: before, version } = found
      const at = this.#engine.now()
      const { event, report } = undoneOf(before, span, this.#user, at)
      if (isDryRun || event === before) return report
      const runId = digest('undo', eventId, String(version)) as RunId
      const changes = [
        put('event', event, version),
        ...journaled(before, event, version, { runId, at }),
        noted(this.#noteOf(event, runId, report.restored, at)),
      ]
      try {
        await new ChainWriter(this.#engine, this.#user).commit(changes)
        return report
      } catch (error) {
        // A sync wrote at the same moment: what it made of the event is looked at once more.
        if (!isSyncError(error, 'stale_version') || attempt === 5) throw error
      }
    }
  }

  #noteOf({ groupId, id: eventId }: SyncedEvent, runId: RunId, fields: readonly Field[], at: number): AuditNote {
    const actor = personOf(this.#user, this.#engine.actorName)
    const none = { calendarId: null, before: null, after: null }
    return {
      id: digest('audit', runId),
      chain: groupId,
      at,
      groupId,
      eventId,
      actor,
      action: 'undone',
      fields,
      ...none,
    }
  }

  async #entries(index: 'run' | 'event', key: string): Promise<readonly JournalEntry[]> {
    const found: JournalEntry[] = []
    const range = { index, ...exactly(key) }
    for await (const page of readAll(this.#engine.storage, this.#user, 'journal', range))
      found.push(...page.map(({ value }) => value))
    return found.sort((a, b) => a.at - b.at || a.version - b.version)
  }

  async #created(groupId: GroupId, runId: string): Promise<readonly AuditEntry[]> {
    const found: AuditEntry[] = []
    const range = { index: 'run', ...exactly(`${groupId}/${runId}`) }
    for await (const page of readAll(this.#engine.storage, this.#user, 'audit', range))
      found.push(...page.map(({ value }) => value).filter(({ action }) => action === 'created'))
    return found
  }
}

interface Span {
  readonly before?: EventState
  readonly after?: EventState
  readonly created: readonly CalendarId[]
}

/** The event with the undo prepared, and what that comes to. */
function undoneOf(
  event: SyncedEvent,
  span: Span,
  by: UserId,
  at: number,
): { readonly event: SyncedEvent; readonly report: UndoneEvent } {
  const change = lifeAndDeath(event, span)
  const isThere = change === 'revived' || (change === undefined && !isOver(event.state))
  const { content, skipped } = contentBefore(event, span, isThere)
  const withdrawn = isThere && !change ? span.created.filter((id) => isOurCopy(event.replicas[id])) : []
  const restored = differingFields(wantedOf(event), content)
  const report = {
    eventId: event.id,
    title: content.title,
    restored,
    skipped,
    revived: change === 'revived',
    removed: change === 'removed',
    withdrawn,
  }
  if (restored.length === 0 && !change && withdrawn.length === 0) return { event, report }
  const there: SyncedEvent =
    change === 'revived' ? revived(event) : change === 'removed' ? { ...event, state: 'removing' } : event
  const taken = withdrawn.map((id) => [id, { ...(event.replicas[id] as Replica), withdrawn: true as const }])
  const marked = { ...there, replicas: { ...there.replicas, ...Object.fromEntries(taken) }, due: 0 }
  return { event: restored.length === 0 ? marked : withProposal(marked, () => content, by, at), report }
}

/** Whether the event comes back or goes: only where nobody has seen to that since. */
function lifeAndDeath(event: SyncedEvent, { before, after }: Span): 'revived' | 'removed' | undefined {
  if (!before || !after || isOver(before.state) === isOver(after.state)) return undefined
  if (isOver(after.state)) return isOver(event.state) ? 'revived' : undefined
  return event.state === 'live' ? 'removed' : undefined
}

/** What the event should say again. Of what was changed once more since, the newer value stays. */
function contentBefore(
  event: SyncedEvent,
  { before, after }: Span,
  isThere: boolean,
): { readonly content: EventContent; readonly skipped: readonly Field[] } {
  const wanted = wantedOf(event)
  if (!before || !after) return { content: wanted, skipped: [] }
  // An event that was removed since is not brought back by its old title.
  if (!isThere) return { content: wanted, skipped: differingFields(before.content, after.content) }
  const skipped = new Set<Field>()
  const content = merge(after.content, wanted, before.content, ({ field }) => {
    skipped.add(field)
    return 'ours'
  })
  return { content, skipped: [...skipped] }
}

/** What it says, or is about to say by what a person wanted since the last sync. */
function wantedOf({ content, proposal }: SyncedEvent): EventContent {
  return proposal?.content ?? content
}

function isOurCopy(replica: Replica | undefined): boolean {
  return replica?.status === 'live' && !replica.native
}

const undoScope: z.ZodType<unknown> = z.union(
  [z.strictObject({ runId: z.string().min(1).max(512) }), z.strictObject({ eventId: z.string().min(1).max(512) })],
  'name a run or an event: { runId } or { eventId }',
)
