import type { EventContent, Override } from '../../model/content.js'
import type { MemoryBehaviour, MemoryService } from '../../providers/memory/index.js'
import type { SimCalendar } from './calendar.js'
import { googleBehaviour } from './google/behaviour.js'
import type { GoogleService } from './google/service.js'
import { microsoftBehaviour } from './microsoft/behaviour.js'
import type { MicrosoftService } from './microsoft/service.js'
import type { Random } from './random.js'
import { startOf } from './words.js'

/**
 * What a calendar is to its group: `full` gives and takes everything; `readOnly` may not be written and `source` must not
 * be; `target` is only written to; `busy` is told times and nothing else.
 */
export type Role = 'full' | 'readOnly' | 'source' | 'target' | 'busy'

/** A calendar and how it behaves. */
export interface Place {
  readonly calendar: SimCalendar
  /** The id of the provider that serves it. */
  readonly provider: 'memory' | 'google' | 'microsoft'
  /** What its service makes of what it is given, in the words of the provider in memory. */
  readonly behaviour: MemoryBehaviour
  readonly account: string
  readonly role: Role
  /** What is special about it, for the coverage and for the story. */
  readonly traits: readonly string[]
}

/** The calendars of a schedule, and how they are woven together. */
export interface Scenery {
  readonly places: readonly Place[]
  /** Calendars of the same accounts that are in no group. */
  readonly outside: readonly Place[]
  readonly groups: readonly Group[]
  /** People like series: where one is written in many requests, those are what goes wrong. */
  readonly leansToSeries: boolean
  /** Who moves a series moves its changed occurrences as well: some calendar lets none stand on the day of another one. */
  readonly movesAlong: boolean
}

/** Whether a calendar keeps no places, said or not: a person does not see those that an event has elsewhere. */
export function hidesPlaces({ behaviour }: Place): boolean {
  return behaviour.cannotHold?.includes('location') === true || behaviour.normalize === placeless
}

/** Whether a calendar has room for a field. */
export function holds({ behaviour }: Place, field: keyof EventContent): boolean {
  return behaviour.cannotHold?.includes(field as never) !== true
}

/** Whether a calendar keeps texts letter by letter. */
export function keepsTexts({ behaviour, provider }: Place): boolean {
  return provider !== 'memory' || behaviour.normalize === undefined
}

/** Whether a calendar spells texts in a way that another one undoes. */
export function contradicts({ behaviour }: Place): boolean {
  return behaviour.normalize === shouted || behaviour.normalize === whispered
}

/** Calendars that are woven together. */
export interface Group {
  readonly id: string
  readonly places: readonly Place[]
}

/**
 * Draws calendars of differing kinds. The first two of a group give and take everything, or there would be little to
 * weave; calendars of one account are of one kind, as they are with any service.
 */
export function drawScenery(services: Services, random: Random): Scenery {
  const count = random.pick([2, 3, 3, 3, 4, 4, 5])
  const contradict = random.chance(0.15)
  const kinds = Array.from({ length: count }, (_, index) => drawKind(random, contradict ? index : undefined))
  const accounts = kinds.map((_, index) => (index > 0 && random.chance(0.25) ? index - 1 : index))
  const atGoogle = services.google ? drawHomes(accounts, random) : nowhere
  const left = accounts.filter((home) => !atGoogle.has(home))
  const atMicrosoft = services.microsoft && left.length > 0 ? drawHomes(left, random) : nowhere
  const draft = { services, random, atGoogle, atMicrosoft }
  const places = kinds.map((_, index) => {
    const home = accounts[index] as number
    const role =
      index < 2 || random.chance(0.6) ? 'full' : random.pick(['readOnly', 'source', 'target', 'busy'] as const)
    return place(draft, `cal-${index}`, home, kinds[home] as Kind, role)
  })
  const outside = accounts
    .filter((home, index) => home === index && random.chance(0.5))
    .map((home) => place(draft, `outside-${home}`, home, kinds[home] as Kind, 'full'))
  return {
    ...{ places, outside, groups: drawGroups(places, random) },
    leansToSeries: atGoogle.size + atMicrosoft.size > 0,
    movesAlong: atMicrosoft.size > 0,
  }
}

const nowhere: ReadonlySet<number> = new Set()

/** Where calendars can be; without `google`, none is there, nor without `microsoft`. */
export interface Services {
  readonly memory: MemoryService
  readonly google: GoogleService | undefined
  readonly microsoft: MicrosoftService | undefined
}

/** One or two accounts, by the first of their calendars. */
function drawHomes(accounts: readonly number[], random: Random): ReadonlySet<number> {
  const homes = [...new Set(accounts)]
  return new Set([random.pick(homes), ...(random.chance(0.4) ? [random.pick(homes)] : [])])
}

/** Mostly one group over all calendars; else two groups that share one calendar. */
function drawGroups(places: readonly Place[], random: Random): Scenery['groups'] {
  if (places.length < 3 || !random.chance(0.15)) return [{ id: 'group', places }]
  const cut = 2 + random.below(places.length - 2)
  return [
    { id: 'group', places: places.slice(0, cut) },
    { id: 'other', places: [places[random.below(2)] as Place, ...places.slice(cut)] },
  ]
}

interface Draft {
  readonly services: Services
  readonly random: Random
  readonly atGoogle: ReadonlySet<number>
  readonly atMicrosoft: ReadonlySet<number>
}

function place(
  { services: { memory, google, microsoft }, random, atGoogle, atMicrosoft }: Draft,
  id: string,
  home: number,
  { behaviour, traits }: Kind,
  role: Role,
): Place {
  const account = `account-${home}`
  const access = role === 'readOnly' ? 'read' : 'write'
  if (google && atGoogle.has(home)) {
    const calendar = google.addCalendar(id, account, access)
    return { calendar, provider: 'google', behaviour: googleBehaviour, account, role, traits: google.traits }
  }
  if (microsoft && atMicrosoft.has(home)) {
    const calendar = microsoft.addCalendar(id, account, access)
    const { traits } = microsoft
    return { calendar, provider: 'microsoft', behaviour: microsoftBehaviour, account, role, traits }
  }
  const calendar = memory.addCalendar({ id, behaviour, access }, account)
  if (traits.includes('flaky lists'))
    calendar.behave({
      spuriousRemovals: () => calendar.all().flatMap((event) => (random.chance(0.03) ? event.id : [])),
    })
  return { calendar, provider: 'memory', behaviour, account, role, traits }
}

interface Kind {
  readonly behaviour: MemoryBehaviour
  readonly traits: readonly string[]
}

/**
 * One kind of calendar service. A service that chooses ids and does not remember under which key it made an event is not
 * among them: two creates with one key must make one event, or no engine could repeat a create.
 */
function drawKind(random: Random, contradicts: number | undefined): Kind {
  const traits: string[] = []
  const has = (trait: string, probability: number): boolean => {
    const drawn = random.chance(probability)
    if (drawn) traits.push(trait)
    return drawn
  }
  const behaviour: MemoryBehaviour = {
    returnsBody: has('returns body', 0.5),
    returnsRevision: !has('returns no revision', 0.2),
    deltas: !has('no deltas', 0.15),
    skipsUnchanged: has('skips unchanged', 0.5),
    ...(has('no revisions', 0.12) ? { revisions: 'none' as const } : {}),
    ...(has('guards ignored', 0.06) ? { guarded: false } : {}),
    ...(has('server ids', 0.2) ? { serverIds: true, remembersKeys: true } : {}),
    ...(has('reserved ids', 0.25) ? { reservesIds: true } : {}),
    ...(has('holds no location', 0.15) ? { cannotHold: ['location' as const] } : {}),
    ...(has('flaky lists', 0.3)
      ? { lagging: () => (random.chance(0.1) ? 1 + random.below(2) : 0), lyingLists: () => random.chance(0.1) }
      : {}),
    ...(has('laggy lists', 0.08) ? { lagging: () => (random.chance(0.3) ? 1 + random.below(3) : 0) } : {}),
    ...(has('repeats pages', 0.1) ? { repeats: () => random.chance(0.3) } : {}),
    ...(has('window', 0.1) ? { window: isInWindow } : {}),
    ...(has('skewed clock', 0.15) ? { clockSkewMs: random.pick([-86_400_000, -3_600_000, 60_000, 86_400_000]) } : {}),
  }
  const sleepy = has('sleepy revisions', 0.03)
    ? { skipsUnchanged: false, sleepyRevisions: () => random.chance(0.3) }
    : {}
  return { behaviour: { ...behaviour, ...sleepy, ...drawManners(random, contradicts, traits) }, traits }
}

function drawManners(random: Random, contradicts: number | undefined, traits: string[]): MemoryBehaviour {
  if (contradicts !== undefined) {
    traits.push(contradicts % 2 === 0 ? 'shouts' : 'whispers')
    return { normalize: contradicts % 2 === 0 ? shouted : whispered }
  }
  if (random.chance(0.04)) {
    traits.push('drops places and does not say so')
    return { normalize: placeless }
  }
  if (!random.chance(0.3)) return {}
  traits.push('trims')
  return { normalize: trimmed }
}

/** A service that trims what it is given. */
function trimmed(content: EventContent): EventContent {
  return { ...content, title: content.title.trim().slice(0, 60), description: content.description.toLowerCase().trim() }
}

/** A service that has no room for places, and an adapter that does not know. */
function placeless(content: EventContent): EventContent {
  const overrides = Object.entries(content.overrides).map(([slot, own]): [string, Override] => [
    slot,
    own.kind === 'cancelled' ? own : { kind: 'changed', content: { ...own.content, location: '' } },
  ])
  return { ...content, location: '', overrides: Object.fromEntries(overrides) }
}

/** Two services that undo what the other one makes of a text. */
function shouted(content: EventContent): EventContent {
  const description = content.description === '' || content.description.endsWith('.') ? '' : '.'
  return { ...content, title: content.title.toUpperCase(), description: content.description + description }
}

function whispered(content: EventContent): EventContent {
  return { ...content, title: content.title.toLowerCase(), description: content.description.replace(/\.$/, '') }
}

/** Every seventh minute is out of sight. */
function isInWindow(content: EventContent): boolean {
  return Number(/\d\d(?=:00$)|\d\d$/.exec(startOf(content))?.[0] ?? 0) % 7 !== 3
}
