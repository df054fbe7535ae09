// biome-ignore-all lint/suspicious/noThenProperty: "when ... then ..." is how people say a rule
import type { FieldConflict, Side } from '../../src/merge/strategy.js'
import type { Condition, EventCondition, EventLeaf, TextMatch } from '../../src/model/condition.js'
import type { ConflictLeaf, ConflictRule } from '../../src/model/conflict-rule.js'
import { type EventContent, type Field, fields } from '../../src/model/content.js'
import type { CalendarId, EventId, RemoteId, Uid, UserId } from '../../src/model/ids.js'
import { weekdays } from '../../src/model/rule.js'
import { addDays } from '../../src/model/time.js'
import type { Random } from '../../src/testing/sim/random.js'

export const calendars = ['work', 'home', 'club', 'toString'] as unknown as readonly CalendarId[]

/** One to four rules that a group takes. */
export function randomRules(random: Random): readonly ConflictRule[] {
  const count = 1 + random.below(4)
  return Array.from(
    { length: count },
    (_, index): ConflictRule => ({
      id: `rule-${index}`,
      name: `Rule ${index}`,
      // A condition that never holds, and one that always holds before another rule, is refused: no such part is made.
      when: tree(random, (from) => (from.chance(0.6) ? conflictLeaf(from) : eventLeaf(from)), budgetOf(random), 10),
      then: action(random),
    }),
  )
}

/** A condition that a filter takes. */
export function randomCondition(random: Random): EventCondition {
  return tree(random, eventLeaf, budgetOf(random), 10)
}

/** A conflict of two calendars about some field of this event. */
export function randomConflict(random: Random, content: EventContent): FieldConflict {
  const origin = random.pick(calendars)
  const first = random.below(calendars.length)
  const second = (first + 1 + random.below(calendars.length - 1)) % calendars.length
  const side = (at: number): Side => ({
    calendarId: calendars[at] as CalendarId,
    value: random.pick([null, 'text', 7, ['list'], { a: 1 }]),
    changedAt: random.chance(0.2) ? null : random.below(10) * 45_000 + random.below(2_500),
    priority: random.below(3),
    isOrigin: calendars[at] === origin,
  })
  return {
    field: random.pick([...fields, 'removal'] as const),
    path: random.pick([
      [],
      ['series'],
      ['2026-03-04'],
      ['2026-03-04', 'title'],
      ['2026-03-04', '__proto__'],
      ['a@example.com'],
    ]),
    base: null,
    sides: [side(first), side(second)],
    event: {
      id: 'event' as EventId,
      origin: {
        provider: 'memory',
        calendarId: origin,
        calendarName: 'Work',
        remoteId: 'remote' as RemoteId,
        uid: 'uid' as Uid,
        firstSyncedAt: 0,
        initiatedBy: 'user' as UserId,
      },
      content,
    },
  }
}

/** Mostly small trees, now and then one as large as they may be. */
function budgetOf(random: Random): { left: number } {
  return { left: random.chance(0.02) ? 190 : 1 + random.below(12) }
}

function tree<Leaf>(
  random: Random,
  leaf: (random: Random) => Leaf,
  budget: { left: number },
  levels: number,
): Condition<Leaf> {
  budget.left--
  if (levels === 1 || budget.left <= 0 || random.chance(0.25)) return leaf(random)
  if (random.chance(0.25)) return { not: tree(random, leaf, budget, levels - 1) }
  const parts: Condition<Leaf>[] = [tree(random, leaf, budget, levels - 1)]
  while (budget.left > 0 && random.chance(0.7)) parts.push(tree(random, leaf, budget, levels - 1))
  return random.chance(0.5) ? { all: parts } : { any: parts }
}

const words = [
  'a',
  'e',
  'Line',
  'stand-up',
  'PLAN',
  'zahnarzt',
  'ß',
  '🎉',
  '\u0301',
  '\ud800',
  '(a+)+$',
  '__proto__',
  '\\',
  '会議',
]
const mails = ['ada@example.com', 'JO@example.org', 'pat.o+x@example.net', 'nobody@example.invalid']
const domains = ['example.com', 'EXAMPLE.ORG', 'constructor']

function some<T>(random: Random, items: readonly T[]): readonly T[] {
  const length = random.chance(0.01) ? 200 : 1 + random.below(3)
  return Array.from({ length }, () => random.pick(items))
}

function text(random: Random): TextMatch {
  const word = random.chance(0.02) ? random.pick(words).repeat(30) : random.pick(words)
  return random.pick([{ contains: word }, { startsWith: word }, { equals: random.pick([word, '']) }])
}

function eventLeaf(random: Random): EventLeaf {
  const clock = () => `${String(random.below(24)).padStart(2, '0')}:${random.pick(['00', '15', '30', '45'])}`
  const date = addDays('2000-01-01', random.below(14_600))
  const people = {
    ...(random.chance(0.5) ? { email: some(random, mails) } : {}),
    ...(random.chance(0.5) ? { domain: some(random, domains) } : {}),
  }
  const minutes = random.below(600)
  const makers: readonly (() => EventLeaf)[] = [
    () => ({ title: text(random) }),
    () => ({ description: text(random) }),
    () => ({ location: text(random) }),
    () => ({ keyword: some(random, words) }),
    () => ({ category: some(random, ['work', 'a,b', 'REISE', 'other']) }),
    () => ({ allDay: random.chance(0.5) }),
    () => ({ recurring: random.chance(0.5) }),
    () => ({ availability: some(random, ['busy', 'free', 'tentative', 'out_of_office', 'working_elsewhere']) }),
    () => ({ visibility: some(random, ['default', 'public', 'private', 'confidential']) }),
    () => ({ status: some(random, ['confirmed', 'tentative', 'cancelled']) }),
    () => ({ organizer: people }),
    () => ({ attendee: random.chance(0.5) ? people : { ...people, status: some(random, ['accepted', 'declined']) } }),
    () => ({ hasAttendees: random.chance(0.5) }),
    () => ({
      timeOfDay: { from: clock(), to: '24:00', ...(random.chance(0.5) ? { days: some(random, weekdays) } : {}) },
    }),
    () => ({ timeOfDay: { from: '18:05', to: clock() } }),
    () => ({ durationMinutes: { atLeast: minutes, ...(random.chance(0.5) ? { atMost: minutes + 500 } : {}) } }),
    () => ({ startsBefore: date }),
    () => ({ startsAfter: date }),
    () => ({ origin: some(random, calendars) }),
  ]
  return random.pick(makers)()
}

function conflictLeaf(random: Random): ConflictLeaf {
  const names: readonly (Field | 'removal')[] = [...fields, 'removal']
  const makers: readonly (() => ConflictLeaf)[] = [
    () => ({ field: some(random, names) }),
    () => ({ changedBy: some(random, calendars) }),
    () => ({ both: some(random, calendars) }),
    () => ({ sideIsOrigin: random.chance(0.5) }),
    () => ({ newerByMinutes: 1 + random.below(5) }),
  ]
  return random.pick(makers)()
}

function action(random: Random): ConflictRule['then'] {
  return random.pick<ConflictRule['then']>([
    { take: 'origin' },
    { take: 'latest' },
    { take: 'earliest' },
    { take: { calendar: random.pick(calendars) } },
    { take: { firstOf: some(random, calendars) } },
    { keep: 'both' },
    { merge: 'text' },
    { hold: true },
  ])
}

/** The ways in which {@link corrupted} breaks rules. */
export const corruptions: Readonly<Record<string, (random: Random, rules: Node) => unknown>> = {
  'not a list': (random) =>
    random.pick([undefined, null, 7, 'rules', { length: 1, 0: {} }, () => [], new Map(), new Date(0)]),
  'a value of another kind': (random, rules) => replaceOne(random, rules, () => random.pick(strangers)()),
  'an unknown key': (random, rules) =>
    changeOne(random, rules, (node) => set(node, random.pick(unknownKeys), 'canary')),
  'a key that reaches for a prototype': (random, rules) =>
    changeOne(random, rules, (node) =>
      set(node, random.pick(['__proto__', 'constructor', 'prototype']), { canary: true }),
    ),
  'a key that is missing': (random, rules) =>
    changeOne(random, rules, (node) => delete node[random.pick(Object.keys(node))], isRule),
  'a key that is far too long': (random, rules) =>
    changeOne(random, rules, (node) => set(node, 'x'.repeat(100_000), 1)),
  'itself in itself': (random, rules) => {
    const above = random.pick(conditionsIn(rules))
    for (const key of Object.keys(above)) delete above[key]
    return set(above, random.pick(['all', 'any']), [{ allDay: true }, above]) && rules
  },
  'far too deep': (random, rules) => {
    let deep: unknown = { allDay: true }
    for (let level = 0; level < 300; level++) deep = random.chance(0.5) ? { not: deep } : { any: [deep] }
    return changeOne(random, rules, (node) => set(node, 'when', deep), isRule)
  },
  'far too wide': (random, rules) =>
    changeOne(
      random,
      rules,
      (node) => set(node, 'when', { any: Array(201 + random.below(5_000)).fill({ allDay: true }) }),
      isRule,
    ),
  'doubled on every level': (random, rules) => {
    let bomb: unknown = { allDay: true }
    for (let level = 0; level < 8; level++) bomb = { all: Array(20 + random.below(50)).fill(bomb) }
    return changeOne(random, rules, (node) => set(node, 'when', bomb), isRule)
  },
  'a getter or a trap that throws': (random, rules) => replaceOne(random, rules, () => random.pick(throwers)()),
  'two of one id': (random, rules) => {
    const list = rules as unknown as Node[]
    list.push({ ...random.pick(list) })
    return list
  },
  'one that can never hold': (random, rules) =>
    changeOne(random, rules, (node) => set(node, 'when', random.pick([{ any: [] }, { not: { all: [] } }])), isRule),
  'one that is never reached': (_, rules) => [
    { id: 'first', name: 'x', when: { not: { any: [] } }, then: { hold: true } },
    ...(rules as unknown as Node[]),
  ],
}

/** A list of rules that must be refused, and what is wrong with it. */
export function corrupted(random: Random): { readonly kind: string; readonly given: unknown } {
  const kind = random.pick(Object.keys(corruptions))
  const rules = structuredClone(randomRules(random)) as unknown as Node
  return { kind, given: corruptions[kind]?.(random, rules) }
}

type Node = Record<string, unknown>

const unknownKeys = ['title ', 'toString', 'hasOwnProperty', '$where', 'matches', '0', 'Title', 'length']

const strangers: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => -1,
  () => 10n,
  () => Symbol('canary'),
  () => () => 'canary',
  () => new Date(0),
  () => new Map([['all', []]]),
  () => /canary/,
  () => ({}),
  () => ({ evil: { evil: 'canary' } }),
  () => [['canary']],
  () => `canary\n${'x'.repeat(200_000)}`,
]

const boom = () => {
  throw new RangeError('canary')
}

const throwers: readonly (() => unknown)[] = [
  () => Object.defineProperty({}, 'all', { get: boom, enumerable: true }),
  () => new Proxy({}, { ownKeys: boom }),
  () => new Proxy([], { get: boom }),
  () => new Proxy({}, { getPrototypeOf: boom, get: boom, has: boom, ownKeys: boom }),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
]

/** Every object in a value, lists left out. */
function objectsIn(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(objectsIn)
  return Array.isArray(value) ? below : [value as Node, ...below]
}

function isRule(node: Node): boolean {
  return 'when' in node
}

function conditionsIn(rules: Node): Node[] {
  return objectsIn(rules)
    .filter(isRule)
    .map(({ when }) => when as Node)
}

function changeOne(
  random: Random,
  rules: Node,
  change: (node: Node) => unknown,
  isOne: (node: Node) => boolean = () => true,
): Node {
  change(random.pick(objectsIn(rules).filter(isOne)))
  return rules
}

function replaceOne(random: Random, rules: Node, make: () => unknown): Node {
  const places = objectsIn(rules).flatMap((node) => Object.keys(node).map((key) => ({ node, key })))
  // An empty match is any organizer, any attendee: there nearly nothing says something.
  const { node, key } = random.pick(places.filter(({ key }) => key !== 'organizer' && key !== 'attendee'))
  node[key] = make()
  return rules
}

/** An own key, also where an assignment would reach the prototype. */
function set(node: Node, key: string, value: unknown): Node {
  return Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true })
}
