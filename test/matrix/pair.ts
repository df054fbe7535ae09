import type { Standing } from '../../src/engine/explain.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { UserHandle } from '../../src/engine/user.js'
import { type EventContent, type Field, neutralContent } from '../../src/model/content.js'
import { differingFields, sameField } from '../../src/model/equality.js'
import type { Failure } from '../../src/model/failure.js'
import type { RemoteId } from '../../src/model/ids.js'
import type { Run } from '../../src/model/run.js'
import type { CalendarProvider } from '../../src/providers/provider.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { openPlace, type Place, type Retouched, type Service } from './places.js'
import { type TellingValue, tellingValues } from './values.js'

/** What became of one telling value on its way from one calendar to another, and back. */
export interface Travel {
  readonly value: TellingValue
  /** The event in its own calendar; undefined where nobody can enter it there. */
  readonly source: EventContent | undefined
  /** The copy as calweave reads it. */
  readonly copy: EventContent | undefined
  /** The copy as another program reads it. */
  readonly shown: EventContent | undefined
  /** What the engine says of the copy. */
  readonly standing: Standing | undefined
  /** Single events that stand for the occurrences of a series. */
  readonly parts: number
  /** What the title (of values of titles: the location) is at the source after it was changed in the copy. */
  readonly cameBack: boolean
  /** Why it did not. */
  readonly refusal: Failure | undefined
  /** Whether the source is, but for that, what it was before there was a copy. */
  readonly isUntouched: boolean
  /** The fields in which the copy is not what it was, but for that. */
  readonly drifted: readonly Field[]
}

export interface PairOutcome {
  readonly travels: readonly Travel[]
  /** How many writes two more syncs made, once after the copies were there and once after the way back. */
  readonly needless: number
  readonly mails: readonly unknown[]
}

const mine = 'Changed in the copy'

/** Sends every telling value from one service to another and back. */
export async function travel(from: Service, to: Service): Promise<PairOutcome> {
  const clock = { now: Date.UTC(2026, 1, 27, 8) }
  const now = () => clock.now
  const [here, there] = [openPlace(from, now), openPlace(to, now)]
  const entered = tellingValues.map((value) => ({ value, id: tryToAdd(here, value) }))
  const user = await woven(here, there, now)
  const sync = async (): Promise<Run> => {
    clock.now += 3_600_000
    return user.groups.sync('group')
  }
  const sources = await contentsAt(here, here.provider)
  const raw = entered.map(({ id, value }) => (id === undefined ? '' : here.raw(id, touchedIn(value))))

  await settle(sync)
  const needless = wrote(await sync())
  const copies = await contentsAt(there, there.provider)
  const shown = await contentsAt(there, there.stranger)
  const events = await eventsOf(user)
  const placed = entered.map(({ id }) => placing(id, events))

  for (const [index, { value }] of entered.entries()) {
    const touched = placed[index]?.touched
    if (touched !== undefined) there.retouch(touched, touchedIn(value), mine)
  }
  await settle(sync)
  const needlessAgain = wrote(await sync())
  const sourcesAfter = await contentsAt(here, here.provider)
  const copiesAfter = await contentsAt(there, there.provider)
  const refused = await refusalsOf(user)

  const travels = entered.map(({ value, id }, index): Travel => {
    const { standing, parts = 0 } = placed[index] ?? {}
    const field = touchedIn(value)
    const [source, after] = id === undefined ? [] : [sources.get(id), sourcesAfter.get(id)]
    const copyId = standing?.remoteId
    const [copy, copyAfter] = copyId === undefined ? [] : [copies.get(copyId), copiesAfter.get(copyId)]
    // A changed occurrence of which nothing shows becomes one that differs when the series gets another title.
    const lost = slots(copy) < slots(source) ? 'overrides' : undefined
    return {
      ...{ value, standing, parts, copy },
      source: source && isSaid(value, source) ? source : undefined,
      shown: copyId && shown.get(copyId),
      cameBack: after !== undefined && (parts > 0 ? saysOnce(after, field) : after[field] === mine),
      refusal: id && refused.get(id),
      // A change of one occurrence is one more occurrence that is changed.
      isUntouched:
        parts > 0
          ? source !== undefined &&
            after !== undefined &&
            differing(source, after, field).every((one) => one === 'overrides')
          : id !== undefined && here.raw(id, field) === raw[index],
      drifted: copy && copyAfter ? differing(copy, copyAfter, field).filter((one) => one !== lost) : [],
    }
  })
  return { travels, needless: needless + needlessAgain, mails: [...here.mails, ...there.mails] }
}

/** Where the copy of an event stands, and which one a person changes: the copy itself, or a single event of a series. */
interface Placing {
  readonly standing: Standing | undefined
  readonly parts: number
  readonly touched: RemoteId | undefined
}

function placing(id: RemoteId | undefined, events: Awaited<ReturnType<typeof eventsOf>>): Placing {
  const event = events.find(({ origin, kin }) => origin.remoteId === id && kin === undefined)
  const standing = event?.explanation.calendars.find(({ calendarId }) => calendarId !== event.origin.calendarId)
  const parts = events.filter(({ kin }) => kin !== undefined && kin.eventId === event?.id)
  const touched = standing?.remoteId ?? parts.at(-1)?.explanation.calendars[0]?.remoteId
  return { standing, parts: parts.length, touched }
}

/** Whether just one occurrence says what was typed into the single event that stands for it. */
function saysOnce({ overrides }: EventContent, field: Retouched): boolean {
  return Object.values(overrides).filter((one) => one.kind === 'changed' && one.content[field] === mine).length === 1
}

function slots(content: EventContent | undefined): number {
  return Object.keys(content?.overrides ?? {}).length
}

/** The fields that differ beside this one. */
function differing(a: EventContent, b: EventContent, field: Retouched): readonly Field[] {
  return differingFields(blotted(a, field), blotted(b, field))
}

/** A content without one field, in the occurrences too: those that say nothing of their own follow their series. */
function blotted(content: EventContent, field: Retouched): EventContent {
  const overrides = Object.entries(content.overrides).map(([slot, override]) => [
    slot,
    override.kind === 'cancelled' ? override : { ...override, content: { ...override.content, [field]: '' } },
  ])
  return { ...content, [field]: '', overrides: Object.fromEntries(overrides) }
}

/** Which field is changed in the copy to see what comes back. */
function touchedIn({ field }: TellingValue): Retouched {
  return field === 'title' ? 'location' : 'title'
}

function tryToAdd(place: Place, value: TellingValue): RemoteId | undefined {
  try {
    return place.add(value)
  } catch {
    return undefined
  }
}

/** Whether the event says what it was entered to say, or something of the kind that only this service has. */
function isSaid({ field, content, native }: TellingValue, said: EventContent): boolean {
  if (sameField(field, said, content)) return true
  return (
    native !== undefined && field !== 'time' && !sameField(field, said, { ...said, [field]: neutralContent[field] })
  )
}

async function woven(here: Place, there: Place, now: () => number): Promise<UserHandle> {
  const places = [here, there]
  const engine = new SyncEngine({
    storage: memoryStorage(),
    providers: places.map(({ provider }) => provider),
    now,
    secret: 'a secret of this test',
    credentials: ({ provider }) => places.find((place) => place.provider.id === provider)?.access.credentials,
  })
  const user = engine.user('jane')
  const members: { calendarId: string }[] = []
  for (const { provider, access, calendar } of places) {
    await user.connections.add({ provider: provider.id, id: provider.id, settings: access.settings as never })
    const known = (await user.calendars.list()).filter((one) => one.provider === provider.id)
    const found = known.find(({ remoteId }) => calendar === '' || remoteId === calendar)
    const direction = provider.id === 'ics' ? { direction: 'read' as const } : {}
    const projection = { privateEvents: 'show', reminders: 'copy', attendees: 'carry' } as const
    members.push({
      calendarId: found?.id ?? '',
      ...direction,
      projection,
      series: { as: 'singles', aheadDays: 90, most: 2 },
    } as never)
  }
  await user.groups.create({ id: 'group', name: 'Mine', members })
  return user
}

async function settle(sync: () => Promise<Run>): Promise<void> {
  for (let round = 0; round < 8; round++) if (wrote(await sync()) === 0 && round > 0) return
  throw new Error('not settled after 8 syncs')
}

function wrote({ counts }: Run): number {
  return counts.created + counts.updated + counts.removed
}

async function contentsAt(place: Place, provider: CalendarProvider): Promise<ReadonlyMap<RemoteId, EventContent>> {
  const account = provider.open(place.access as never)
  const calendar = place.calendar || (await account.listCalendars())[0]?.id
  const { pages } = await account.changes(calendar as never, { known: async () => new Map(), async *held() {} })
  const found = new Map<RemoteId, EventContent>()
  for await (const { changes } of pages)
    for (const change of changes) if (change.type === 'upsert') found.set(change.event.id, change.event.content)
  return found
}

/** The events that are not in step, by their ids in their own calendar, and why. */
async function refusalsOf(user: UserHandle): Promise<ReadonlyMap<RemoteId, Failure>> {
  const { items } = await user.events.ofGroup('group', { limit: 1_000 })
  return new Map(items.flatMap(({ origin, failure }) => (failure ? [[origin.remoteId, failure] as const] : [])))
}

async function eventsOf(user: UserHandle) {
  const { items } = await user.events.ofGroup('group', { limit: 1_000 })
  return Promise.all(
    items.map(async (event) => ({ ...event, explanation: await user.events.explain('group', event.id) })),
  )
}
