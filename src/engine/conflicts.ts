import * as z from 'zod'
import { isSyncError, SyncError } from '../errors.js'
import type { Conflict } from '../model/conflict.js'
import { digest } from '../model/hash.js'
import type { CalendarId, GroupId, UserId } from '../model/ids.js'
import type { AuditEntry } from '../model/run.js'
import type { Engine } from './engine.js'
import type { ListOptions, ListPage } from './history.js'
import { checked } from './input.js'
import { need, put, readPage, under } from './records.js'

/** The disagreements that wait for a person, and what became of the others. */
export class ConflictsHandle {
  readonly #engine: Engine
  readonly #user: UserId

  constructor(engine: Engine, user: UserId) {
    this.#engine = engine
    this.#user = user
  }

  /** Conflicts that wait for a person, oldest first; the ones that are decided and wait for the next sync left out. */
  async listOpen(groupId: string, { after, limit = 100 }: ListOptions = {}): Promise<ListPage<Conflict>> {
    const range = { index: 'open', ...under(groupId), limit, ...(after === undefined ? {} : { after }) }
    const page = await readPage(this.#engine.storage, this.#user, 'conflict', range)
    const items = page.items.map(({ value }) => value).filter(({ resolution }) => resolution === undefined)
    return page.next === undefined ? { items } : { items, next: page.next }
  }

  /** Every conflict that one event had, decided or not. */
  async ofEvent(groupId: string, eventId: string): Promise<readonly Conflict[]> {
    const from = `${groupId}/${eventId}`
    const range = { index: 'event', from, to: `${from}\u0001`, limit: 1_000 }
    const page = await readPage(this.#engine.storage, this.#user, 'conflict', range)
    return page.items.map(({ value }) => value)
  }

  /** @throws SyncError `invalid_input` when the user has no such conflict. */
  async get(conflictId: string): Promise<Conflict> {
    return (await need(this.#engine.storage, this.#user, 'conflict', conflictId)).value
  }

  /**
   * Decides an open conflict: which calendar's side each field takes. The next sync applies it. Should a side have
   * changed once more by then, the same calendar's newest value is taken.
   *
   * @param take - for every field of the conflict, the calendar whose side wins; `removal` for an event that one side
   * removed
   * @throws SyncError `invalid_input` when the conflict is not open, a field is missing, or a calendar is not a side.
   */
  async resolve(conflictId: string, take: Readonly<Record<string, string>>): Promise<void> {
    checked(chosenSides, take, 'take')
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#resolveOnce(conflictId, take)
        return
      } catch (error) {
        // A sync wrote at the same moment; what it found may have changed the conflict.
        if (!isSyncError(error, 'stale_version') || attempt === 5) throw error
      }
    }
  }

  async #resolveOnce(conflictId: string, take: Readonly<Record<string, string>>): Promise<void> {
    const { storage, now } = this.#engine
    const { value: conflict, version } = await need(storage, this.#user, 'conflict', conflictId)
    if (conflict.state !== 'open')
      throw new SyncError('invalid_input', 'This conflict is not open any more. Read it again to see how it ended.')
    for (const [field, sides] of sidesByField(conflict)) {
      const chosen = Object.hasOwn(take, field) ? take[field] : undefined
      if (chosen === undefined || !sides.has(chosen))
        throw new SyncError('invalid_input', `take.${field}: name one of the calendars on the sides of this field.`)
    }
    const id = `${conflict.groupId}/${conflict.eventId}`
    const { value: event, version: eventVersion } = await need(storage, this.#user, 'event', id)
    const at = now()
    const resolution = { take: take as Readonly<Record<string, CalendarId>>, by: this.#user, at }
    const entry: AuditEntry = {
      id: digest('audit', conflict.id, String(version)),
      at,
      groupId: conflict.groupId as GroupId,
      eventId: conflict.eventId,
      actor: { user: this.#user },
      action: 'resolved',
      calendarId: null,
      fields: conflict.items.flatMap(({ field }) => (field === 'removal' ? [] : [field])),
      before: null,
      after: null,
    }
    await storage.commit(this.#user, {
      changes: [
        put('conflict', { ...conflict, resolution }, version),
        put('event', { ...event, due: 0 }, eventVersion),
        put('audit', entry),
      ],
    })
  }
}

const chosenSides: z.ZodType<Readonly<Record<string, string>>> = z.record(z.string(), z.string())

/** Three calendars that disagree make several items of one field; any of them may win. */
function sidesByField({ items }: Conflict): ReadonlyMap<string, ReadonlySet<string>> {
  const byField = new Map<string, Set<string>>()
  for (const { field, sides } of items) {
    const known = byField.get(field) ?? new Set()
    for (const { calendarId } of sides) known.add(calendarId)
    byField.set(field, known)
  }
  return byField
}
