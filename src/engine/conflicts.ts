import * as z from 'zod'
import { isSyncError, SyncError } from '../errors.js'
import { choicesOf, otherSides, withChoices } from '../merge/choice.js'
import { decide } from '../merge/decide.js'
import type { Action } from '../merge/plan.js'
import { eventBeside, revived, withProposal } from '../merge/replica.js'
import { ruleFrom, withRule } from '../merge/rules.js'
import type { AuditNote } from '../model/audit.js'
import type { Choice, Conflict, ConflictItem, ConflictStep, Resolution } from '../model/conflict.js'
import { mostRules } from '../model/conflict-rule.js'
import type { EventContent } from '../model/content.js'
import { digest } from '../model/hash.js'
import type { RunId, UserId } from '../model/ids.js'
import type { SyncedEvent } from '../model/synced-event.js'
import type { RecordChange } from '../storage/storage.js'
import { ChainWriter, noted } from './chain.js'
import { decideContext } from './decide-context.js'
import type { Engine } from './engine.js'
import { tellNow } from './health/reconciling.js'
import type { ListOptions, ListPage } from './history.js'
import { checked } from './input.js'
import { addStep, journaled } from './ledger.js'
import { mirrorOf, rowsOf, shownOf } from './mirror.js'
import { personOf, settingNote, settingsOf } from './notes.js'
import { need, put, readAll, readPage, under, type Versioned } from './records.js'
import { withContext } from './run.js'
import { targetsOf } from './targets.js'

/** What a person may choose for one field of a conflict. */
export interface ConflictOption {
  readonly field: ConflictItem['field']
  readonly choices: readonly Choice[]
}

/** What a choice would come to. */
export interface ConflictPreview {
  /** What the event would say. */
  readonly content: EventContent
  /** What would be written where. */
  readonly actions: readonly Action[]
  /** What would live on beside it, where both sides are kept. */
  readonly beside: readonly EventContent[]
  /** What would still be open. */
  readonly undecided: readonly ConflictItem[]
}

/** How a conflict is to be resolved. */
export interface ResolveOptions {
  /** Makes a rule of it, so that the same disagreement between the same calendars is settled by itself. @default false */
  readonly always?: boolean
}

/** How the conflicts of a group were settled. */
export interface ConflictStatistics {
  /** Fields that a strategy or a rule decided. */
  readonly automatic: number
  /** Fields that a person decided. */
  readonly byPerson: number
  /** Fields that wait. */
  readonly waiting: number
  /** Share of all fields that was decided without a person; 1 when there was none. */
  readonly automaticShare: number
}

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

  /** All conflicts of a group, decided or not, event by event. */
  async list(groupId: string, { after, limit = 100 }: ListOptions = {}): Promise<ListPage<Conflict>> {
    const range = { index: 'event', ...under(groupId), limit, ...(after === undefined ? {} : { after }) }
    const page = await readPage(this.#engine.storage, this.#user, 'conflict', range)
    const items = page.items.map(({ value }) => value)
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
    return (await this.#need(conflictId)).value
  }

  /** What may be chosen for every field of a conflict. */
  async options(conflictId: string): Promise<readonly ConflictOption[]> {
    const { value: conflict } = await this.#need(conflictId)
    return [...choicesOf(conflict)].map(([field, choices]) => ({ field, choices: [...choices] }))
  }

  /**
   * What a choice would come to, without deciding anything. Fields that `take` leaves out stay open.
   * @throws SyncError `invalid_input` as for {@link resolve}, `unavailable` while the group is being synced.
   */
  async preview(conflictId: string, take: Readonly<Record<string, string>>): Promise<ConflictPreview> {
    const { value: conflict } = await this.#need(conflictId)
    const chosen = this.#checkedChoice(conflict, take, false)
    const resolution = { take: chosen, by: this.#user, at: this.#engine.now() }
    const preview = await withContext(this.#engine, this.#user, conflict.groupId, {}, async (context) => {
      const item = await this.#event(conflict)
      const shown = shownOf(item.value, rowsOf(item.value, await mirrorOf([item], context)))
      const asked = {
        ...decideContext(item.value, item.version, await targetsOf(context), undefined, context),
        resolution,
      }
      const event = conflict.reopened ? proposed(item.value, conflict, resolution) : item.value
      const { event: decided, actions, spawned, items } = decide(event, shown, asked)
      const apart = conflict.reopened ? apartFrom(item.value, conflict, resolution) : []
      const left = conflict.reopened ? conflict.items.filter(({ field }) => chosen[field] === undefined) : []
      const undecided = [...items.filter(({ outcome }) => outcome === null), ...left]
      return {
        content: decided.content,
        actions,
        beside: [...spawned, ...apart].map(({ content }) => content),
        undecided,
      }
    })
    if (!preview) throw new SyncError('unavailable', 'This group is being synced right now. Ask again in a moment.')
    return preview
  }

  /**
   * Decides an open conflict, field by field: the calendar whose side wins, `both` (the other side lives on as an event
   * of its own) or `merge` (the lines of both descriptions). The next sync applies it. Should a side have changed once
   * more by then, the same calendar's newest value is taken.
   *
   * @param take - for every field of the conflict what becomes of it; `removal` for an event that one side removed
   * @throws SyncError `invalid_input` when the conflict is not open, a field is missing, or a choice is none of
   * {@link options}.
   */
  async resolve(
    conflictId: string,
    take: Readonly<Record<string, string>>,
    { always = false }: ResolveOptions = {},
  ): Promise<void> {
    await this.#insist(() => this.#resolveOnce(conflictId, take))
    if (always) await this.#insist(() => this.#addRules(conflictId))
    const { jobs } = this.#engine
    if (jobs.areOn) await jobs.afterwards(this.#user, [(await this.#need(conflictId)).value.groupId])
  }

  /**
   * Opens a conflict again that was decided, e.g. because a strategy took the wrong side. The event stays as it is, and in
   * step, until {@link resolve} is called; what is chosen then is merged with whatever was changed since.
   * @throws SyncError `invalid_input` when the conflict is not decided.
   */
  async reopen(conflictId: string): Promise<void> {
    await this.#insist(async () => {
      const { value: conflict, version } = await this.#need(conflictId)
      if (conflict.state !== 'resolved')
        throw new SyncError('invalid_input', 'Only a conflict that was decided can be opened again.')
      const { resolution: _old, ...rest } = conflict
      const history = addStep(conflict.history, this.#step('reopened'))
      const opened: Conflict = { ...rest, state: 'open', reopened: true, history }
      await this.#commit([
        put('conflict', opened, version),
        noted(this.#noteOf('reopened', conflict, version, this.#engine.now())),
      ])
      this.#tell('conflict.opened', conflict)
    })
    await tellNow(this.#engine, this.#user, (await this.get(conflictId)).groupId)
  }

  /** How the conflicts of a group were settled, over all its time. */
  async statistics(groupId: string): Promise<ConflictStatistics> {
    const counts = { automatic: 0, byPerson: 0, waiting: 0 }
    const range = { index: 'event', ...under(groupId) }
    for await (const page of readAll(this.#engine.storage, this.#user, 'conflict', range))
      for (const { value } of page)
        for (const { outcome, strategy } of value.items)
          if (outcome !== null) counts[strategy === 'person' ? 'byPerson' : 'automatic']++
          // Of an obsolete conflict nothing was decided: its sides agreed before anybody had to.
          else if (value.state === 'open') counts.waiting++
    const all = counts.automatic + counts.byPerson + counts.waiting
    return { ...counts, automaticShare: all === 0 ? 1 : counts.automatic / all }
  }

  async #resolveOnce(conflictId: string, take: Readonly<Record<string, string>>): Promise<void> {
    const { value: conflict, version } = await this.#need(conflictId)
    if (conflict.state !== 'open')
      throw new SyncError('invalid_input', 'This conflict is not open any more. Read it again to see how it ended.')
    const chosen = this.#checkedChoice(conflict, take, true)
    const { value: event, version: eventVersion } = await this.#event(conflict)
    const at = this.#engine.now()
    const resolution: Resolution = { take: chosen, by: this.#user, at }
    const history = addStep(conflict.history, { ...this.#step('chosen'), take: chosen })
    const waiting: Conflict = { ...conflict, resolution, history }
    const changes = conflict.reopened
      ? this.#decidedAnew(event, eventVersion, waiting, version)
      : [put('conflict', waiting, version), put('event', { ...event, due: 0 }, eventVersion)]
    await this.#commit([...changes, noted(this.#noteOf('resolved', conflict, version, at))])
    // What is parked is resolved by the sync that applies the choice.
    if (conflict.reopened) this.#tell('conflict.resolved', conflict)
    await tellNow(this.#engine, this.#user, conflict.groupId)
  }

  #tell(type: 'conflict.opened' | 'conflict.resolved', { groupId, eventId, id: conflictId }: Conflict): void {
    const at = { groupId, eventId, conflictId }
    this.#engine.tell(this.#user, type === 'conflict.opened' ? { type, ...at } : { type, ...at, by: 'person' })
  }

  /** A conflict that was opened again is over with the choice: the event takes it up like a change in a calendar. */
  #decidedAnew(event: SyncedEvent, eventVersion: number, conflict: Conflict, version: number): readonly RecordChange[] {
    const { reopened: _over, ...rest } = conflict
    const resolution = conflict.resolution as Resolution
    const items = conflict.items.map((item) => decidedBy(item, resolution.take[item.field]))
    const after = proposed(event, conflict, resolution)
    return [
      put('conflict', { ...rest, items, state: 'resolved' }, version),
      put('event', after, eventVersion),
      ...journaled(event, after, eventVersion, { runId: decidedIn(conflict, version), at: resolution.at }),
      ...apartFrom(event, conflict, resolution).map((one) => put('event', one, 0)),
    ]
  }

  async #addRules(conflictId: string): Promise<void> {
    const { value: conflict } = await this.#need(conflictId)
    const { value: group, version } = await need(this.#engine.storage, this.#user, 'group', conflict.groupId)
    const take = conflict.resolution?.take ?? {}
    const rules = conflict.items.reduce<typeof group.rules>((known, item) => {
      const choice = take[item.field]
      const isSide = choice && !['both', 'merge'].includes(choice) && !item.sides.some((s) => s.calendarId === choice)
      return choice && !isSide ? withRule(known, ruleFrom(item, choice, `Always for ${item.field}`)) : known
    }, group.rules)
    if (rules.length > mostRules)
      throw new SyncError(
        'invalid_input',
        `The conflict is settled, but a group has at most ${mostRules} rules: remove one before another is made.`,
      )
    const next = { ...group, rules }
    const told = { groupId: group.id, before: settingsOf(group), after: settingsOf(next) }
    await this.#commit([
      put('group', next, version),
      settingNote({ action: 'rules.added', ...told }, this.#user, this.#engine),
    ])
  }

  #checkedChoice(conflict: Conflict, take: Readonly<Record<string, string>>, isWhole: boolean): Resolution['take'] {
    checked(chosenSides, take, 'take')
    const chosen: [string, Choice][] = []
    for (const [field, choices] of choicesOf(conflict)) {
      const choice = Object.hasOwn(take, field) ? (take[field] as Choice) : undefined
      if (choice === undefined && !isWhole) continue
      if (choice === undefined || !choices.has(choice))
        throw new SyncError(
          'invalid_input',
          `take.${field}: name one of the calendars on the sides of this field, or another of its options.`,
        )
      chosen.push([field, choice])
    }
    return Object.fromEntries(chosen)
  }

  #noteOf(action: 'resolved' | 'reopened', conflict: Conflict, version: number, at: number): AuditNote {
    return {
      id: digest('audit', conflict.id, String(version)),
      chain: conflict.groupId,
      at,
      groupId: conflict.groupId,
      eventId: conflict.eventId,
      actor: personOf(this.#user, this.#engine.actorName),
      action,
      calendarId: null,
      fields: conflict.items.flatMap(({ field }) => (field === 'removal' ? [] : [field])),
      before: null,
      after: null,
    }
  }

  #step(what: ConflictStep['what']): ConflictStep {
    return { at: this.#engine.now(), what, by: this.#user }
  }

  #need(conflictId: string): Promise<Versioned<Conflict>> {
    return need(this.#engine.storage, this.#user, 'conflict', conflictId)
  }

  #event({ groupId, eventId }: Conflict): Promise<Versioned<SyncedEvent>> {
    return need(this.#engine.storage, this.#user, 'event', `${groupId}/${eventId}`)
  }

  #commit(changes: readonly RecordChange[]): Promise<void> {
    return new ChainWriter(this.#engine, this.#user).commit(changes)
  }

  /** Tries again when a sync wrote at the same moment; what it found may have changed the conflict. */
  async #insist(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (!isSyncError(error, 'stale_version') || attempt === 5) throw error
      }
    }
  }
}

/** The event as a conflict that was decided anew leaves it: the next sync takes that up like a change in a calendar. */
function proposed(event: SyncedEvent, { items }: Conflict, { take, by, at }: Resolution): SyncedEvent {
  if (event.state === 'parked')
    throw new SyncError('invalid_input', 'Another conflict of this event waits for a person. Resolve that one first.')
  const removal = items.find(({ field }) => field === 'removal')
  const isRemoved = removal?.sides.find(({ calendarId }) => calendarId === take['removal'])?.value === null
  if (isRemoved) return event.state === 'live' ? { ...event, state: 'removing', due: 0 } : event
  const isWantedBack = event.state !== 'live' && take['removal'] !== undefined
  const there = isWantedBack ? revived(event) : event
  // What became of an event that was removed since is another matter: it is not brought back by the choice of a title.
  if (there.state !== 'live') return event
  return { ...withProposal(there, (content) => withChoices(content, items, take), by, at), due: 0 }
}

/** The sides of a conflict that was decided anew that live on as events of their own. */
function apartFrom(
  event: SyncedEvent,
  { id, items, history }: Conflict,
  { take, at }: Resolution,
): readonly SyncedEvent[] {
  return otherSides(event.content, items, take).map(({ calendarId, content }) =>
    eventBeside(event, content, digest(id, calendarId, String(at), String(history.length))),
  )
}

/** Stands for a run in the journal, where a person decided between two runs. */
function decidedIn({ id }: Conflict, version: number): RunId {
  return digest('by hand', id, String(version)) as RunId
}

function decidedBy(item: ConflictItem, choice: Choice | undefined): ConflictItem {
  if (choice === undefined) return item
  if (choice === 'both') return { ...item, outcome: 'both', strategy: 'person' }
  if (choice === 'merge') return { ...item, winner: null, outcome: 'merged', strategy: 'person' }
  return { ...item, winner: choice, outcome: 'taken', strategy: 'person' }
}

const chosenSides: z.ZodType<Readonly<Record<string, string>>> = z.record(z.string(), z.string())
