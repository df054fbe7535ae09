import { type EventContent, type Field, fields } from '../model/content.js'
import type { Cursor, RemoteId, Revision } from '../model/ids.js'
import type { ChangePage, EventDraft, Fetched, Pull, PullFrom, RemoteEvent } from '../providers/provider.js'
import { canonicalJson, check, checkSame } from './contract.js'
import type { ProviderFixture } from './provider-fixture.js'

/** What one pull taught. Events that were listed again as they are known do not count. */
export interface Lesson {
  readonly complete: boolean
  readonly pages: number
  readonly changed: readonly RemoteId[]
  readonly removed: readonly RemoteId[]
  readonly unreadable: readonly RemoteId[]
}

/**
 * Follows a calendar as an engine would: it keeps what it saw, goes on from its cursor, and takes what a complete
 * listing leaves out for removed. So the same expectation fits calendars with deltas and calendars without.
 */
export class Mirror {
  readonly events: Map<RemoteId, RemoteEvent> = new Map()
  cursor: Cursor | undefined
  readonly #fixture: ProviderFixture

  constructor(fixture: ProviderFixture) {
    this.#fixture = fixture
  }

  async pull(signal?: AbortSignal): Promise<Lesson> {
    const listing = await this.begin({ ...(this.cursor !== undefined && { cursor: this.cursor }) }, signal)
    const pages: ChangePage[] = []
    for await (const page of listing.pages) pages.push(page)
    return this.learn(listing.complete, pages)
  }

  /** Begins a listing without taking anything from it. */
  async begin(from: Pick<PullFrom, 'cursor' | 'resume'>, signal?: AbortSignal): Promise<Pull> {
    const { account, calendar } = this.#fixture
    return account.changes(calendar, this.from(from), signal === undefined ? {} : { signal })
  }

  from(from: Pick<PullFrom, 'cursor' | 'resume'>): PullFrom {
    const { events } = this
    const revisionOf = (id: RemoteId): Revision | undefined => events.get(id)?.revision
    return {
      ...from,
      async known(ids: readonly RemoteId[]): Promise<ReadonlyMap<RemoteId, Revision>> {
        return new Map(ids.flatMap((id) => [[id, revisionOf(id)] as const]).filter(hasRevision))
      },
      async *held(): AsyncGenerator<ReadonlyMap<RemoteId, Revision | undefined>> {
        yield new Map([...events.keys()].map((id) => [id, revisionOf(id)]))
      },
    }
  }

  /** Takes in the pages of one whole listing, and checks that they are what the interface promises. */
  learn(complete: boolean, pages: readonly ChangePage[]): Lesson {
    check(pages.length > 0, 'A listing has at least one page, also when nothing changed.')
    for (const page of pages.slice(0, -1)) check(page.cursor === undefined, 'Only the last page has a cursor.')
    check(pages.at(-1)?.cursor !== undefined, 'The last page has a cursor.')
    for (const page of pages) check(page.changes.length <= 500, 'A page holds at most about 500 changes.')
    const before = new Map(this.events)
    const seen = new Set<RemoteId>()
    const unreadable: RemoteId[] = []
    for (const change of pages.flatMap((page) => page.changes)) {
      if (change.type === 'upsert') this.events.set(change.event.id, change.event)
      if (change.type === 'removed') this.events.delete(change.id)
      if (change.type === 'unreadable') unreadable.push(change.id)
      if (change.type === 'unchanged') {
        check(this.events.has(change.id), 'Only an event that is known can be unchanged.')
        check(
          this.events.get(change.id)?.revision === change.revision,
          'Unchanged means: at the revision that is known.',
        )
      }
      if (change.type !== 'removed') seen.add(change.type === 'upsert' ? change.event.id : change.id)
    }
    if (complete) for (const id of this.events.keys()) if (!seen.has(id)) this.events.delete(id)
    this.cursor = pages.at(-1)?.cursor
    return {
      complete,
      pages: pages.length,
      changed: [...this.events.values()]
        .filter((event) => !isSame(event, before.get(event.id)))
        .map((event) => event.id),
      removed: [...before.keys()].filter((id) => !this.events.has(id)),
      unreadable,
    }
  }
}

/** Reads one event that must be there. */
export async function read(fixture: ProviderFixture, id: RemoteId): Promise<RemoteEvent> {
  const [found] = await fixture.account.fetch(fixture.calendar, [id])
  check(found?.type === 'found', `fetch finds an event that is there, not "${found?.type}".`)
  return found.event
}

/** What `fetch` says of an event: `found`, `gone` or `unreadable`. */
export async function stateOf(fixture: ProviderFixture, id: RemoteId): Promise<Fetched['type'] | undefined> {
  const [found] = await fixture.account.fetch(fixture.calendar, [id])
  return found?.type
}

/** Creates a copy and reads it back. */
export async function createAndRead(fixture: ProviderFixture, wanted: EventDraft): Promise<RemoteEvent> {
  const { id } = await fixture.account.create(fixture.calendar, wanted)
  return read(fixture, id)
}

/** Compares on the fields that the provider can hold, and as merges do: zones by name, lists of things as sets. */
export function checkContent(
  fixture: ProviderFixture,
  actual: EventContent,
  expected: EventContent,
  claim: string,
): void {
  const { cannotHold } = fixture.account.capabilities
  for (const field of fields) {
    if (cannotHold.includes(field)) continue
    checkSame(comparable(actual, field, cannotHold), comparable(expected, field, cannotHold), `${claim} (${field})`)
  }
}

const sets: ReadonlySet<Field> = new Set(['categories', 'attendees', 'reminders', 'conferences', 'attachments'])

function comparable(content: Partial<EventContent>, field: Field, cannotHold: readonly Field[]): unknown {
  const value = content[field]
  if (field === 'time') return withoutNotes(value)
  if (sets.has(field) && Array.isArray(value)) return value.map(canonicalJson).sort()
  if (field !== 'overrides') return value
  return Object.entries(content.overrides ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([slot, override]) => {
      if (override.kind === 'cancelled') return [slot, 'cancelled']
      const shown = fields.filter((name) => name in override.content && !cannotHold.includes(name))
      return [slot, shown.map((name) => [name, comparable(override.content, name, cannotHold)])]
    })
}

function withoutNotes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, part: unknown) => (key === 'originalZone' ? undefined : part)))
}

function isSame(event: RemoteEvent, before: RemoteEvent | undefined): boolean {
  if (before === undefined) return false
  return event.revision === before.revision && canonicalJson(event.content) === canonicalJson(before.content)
}

function hasRevision(entry: readonly [RemoteId, Revision | undefined]): entry is readonly [RemoteId, Revision] {
  return entry[1] !== undefined
}
