// biome-ignore-all lint/suspicious/noThenProperty: "when ... then ..." is how people say a rule
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { type EventCondition, EventConditionSchema } from '../../src/model/condition.js'
import { type ConflictRule, ConflictRuleSchema, ConflictRulesSchema } from '../../src/model/conflict-rule.js'

/** Where and why a schema refuses a value; nothing when it takes it. */
function refusal(schema: z.ZodType, given: unknown): string | undefined {
  const parsed = schema.safeParse(given)
  if (parsed.success) return undefined
  const [issue] = parsed.error.issues
  return `${issue?.path.join('.')}: ${issue?.message}`
}

const leaf = { allDay: true }

/** `leaf` inside of so many `all`s. */
function nested(levels: number): unknown {
  return levels === 0 ? leaf : { all: [nested(levels - 1)] }
}

const rule = (given: Partial<Record<keyof ConflictRule, unknown>> = {}) => ({
  id: 'a',
  name: 'A rule',
  when: { field: ['title'] },
  then: { take: 'origin' },
  ...given,
})

describe('a condition', () => {
  const whole: readonly EventCondition[] = [
    { all: [] },
    { any: [{ title: { contains: 'x' } }, { description: { startsWith: 'x' } }, { location: { equals: '' } }] },
    { not: { keyword: ['confidential', 'all hands'] } },
    { category: ['Work'] },
    { allDay: false },
    { recurring: true },
    { availability: ['busy', 'out_of_office'] },
    { visibility: ['private', 'confidential'] },
    { status: ['tentative'] },
    { organizer: {} },
    { organizer: { domain: ['example.com'] } },
    { attendee: { email: ['me@example.com'], status: ['declined'] } },
    { hasAttendees: false },
    { timeOfDay: { from: '18:00', to: '08:00', days: ['MO', 'SU'] } },
    { timeOfDay: { from: '00:00', to: '24:00', days: ['SA'] } },
    { durationMinutes: { atLeast: 15 } },
    { durationMinutes: { atLeast: 15, atMost: 15 } },
    { startsBefore: '2026-03-04' },
    { startsAfter: '2028-02-29' },
  ]

  test.each(whole.map((condition) => [JSON.stringify(condition), condition] as const))(
    '%s is taken as it is',
    (_, c) => {
      expect(EventConditionSchema.parse(c)).toEqual(c)
    },
  )

  const broken: readonly (readonly [name: string, given: unknown, refused: RegExp])[] = [
    ['nothing', undefined, /^: Invalid input: expected object/],
    ['a text', 'allDay', /^: Invalid input: expected object/],
    ['a list', [leaf], /^: Invalid input: expected object/],
    ['no question', {}, /^: must have exactly one of the keys all, any, not, title/],
    ['two questions in one', { any: [leaf, { allDay: true, recurring: true }] }, /^any\.1: must have exactly one/],
    ['a key that is not known', { all: [{ titel: { contains: 'x' } }] }, /^all\.0: Unrecognized key: "titel"/],
    ['an unknown key beside a known one', { allDay: true, evil: 1 }, /^: Unrecognized key: "evil"/],
    [
      'a value of the wrong kind, deep inside',
      { all: [{ not: { any: [{ allDay: 'yes' }] } }] },
      /^all\.0\.not\.any\.0\.allDay: /,
    ],
    ['a list that is none', { all: leaf }, /^all: Invalid input: expected array/],
    ['a list without a single entry', { keyword: [] }, /^keyword: /],
    ['a text longer than 500 characters', { title: { contains: 'x'.repeat(501) } }, /^title\.contains: /],
    ['nothing to look for', { title: { contains: '' } }, /^title\.contains: /],
    [
      'two ways to look at a text',
      { title: { contains: 'a', equals: 'b' } },
      /^title: must have exactly one of the keys contains/,
    ],
    ['a pattern', { title: { matches: '(a+)+$' } }, /^title: Unrecognized key: "matches"/],
    ['more than 200 entries', { keyword: Array(201).fill('x') }, /^keyword: more than 200 entries/],
    [
      'a time of day that there is none of',
      { timeOfDay: { from: '24:00', to: '08:00' } },
      /^timeOfDay\.from: must be a time like/,
    ],
    [
      'an empty range of the day',
      { timeOfDay: { from: '08:00', to: '08:00' } },
      /^timeOfDay: from and to are the same/,
    ],
    [
      'a weekday of another spelling',
      { timeOfDay: { from: '08:00', to: '09:00', days: ['Mon'] } },
      /^timeOfDay\.days\.0: /,
    ],
    ['a duration without bounds', { durationMinutes: {} }, /^durationMinutes: needs atLeast or atMost/],
    [
      'a duration that contradicts itself',
      { durationMinutes: { atLeast: 60, atMost: 30 } },
      /^durationMinutes: atLeast is more/,
    ],
    ['a duration that is no number', { durationMinutes: { atLeast: Number.NaN } }, /^durationMinutes\.atLeast: /],
    ['a date that the calendar has not', { startsBefore: '2026-02-30' }, /^startsBefore: must be a date/],
    ['an answer that there is none of', { attendee: { status: ['maybe'] } }, /^attendee\.status\.0: /],
    ['a calendar id with control characters', { origin: ['a\nb'] }, /^origin\.0: must not hold control/],
    ['undefined for a question', { allDay: undefined }, /^allDay: /],
  ]

  test.each(broken)('refuses %s, and says where', (_, given, refused) => {
    expect(refusal(EventConditionSchema, given)).toMatch(refused)
  })

  test('is at most 10 levels deep', () => {
    expect(refusal(EventConditionSchema, nested(9))).toBeUndefined()
    expect(refusal(EventConditionSchema, nested(10))).toBe(
      `${'all.0.'.repeat(10).slice(0, -1)}: nested deeper than 10 conditions`,
    )
  })

  test('has at most 200 parts', () => {
    const wide = (count: number) => ({ any: Array.from({ length: count }, () => ({ not: leaf })) })
    expect(refusal(EventConditionSchema, wide(99))).toBeUndefined()
    expect(refusal(EventConditionSchema, wide(100))).toBe(': more than 200 conditions in all')
  })

  test('that is nested 100,000 levels deep is refused and not walked to its end', () => {
    let deep: unknown = leaf
    for (let level = 0; level < 100_000; level++) deep = { not: deep }
    expect(refusal(EventConditionSchema, deep)).toMatch(/: nested deeper than 24 levels$/)
  })

  test('has room for the deepest question at the deepest level', () => {
    let deepest: unknown = { attendee: { status: ['declined'] } }
    for (let level = 1; level < 10; level++) deepest = { any: [deepest] }
    expect(refusal(EventConditionSchema, deepest)).toBeUndefined()
    expect(refusal(ConflictRulesSchema, [rule({ when: deepest })])).toBeUndefined()
  })

  test('that doubles on every level is refused by its size, not unfolded', () => {
    let bomb: unknown = leaf
    for (let level = 0; level < 9; level++) bomb = { all: Array(200).fill(bomb) }
    const began = performance.now()
    expect(refusal(EventConditionSchema, bomb)).toMatch(/: more than 2500 values in all$/)
    expect(performance.now() - began).toBeLessThan(500)
  })

  test('that holds itself is refused, and the place is named', () => {
    const own: { all: unknown[] } = { all: [leaf] }
    own.all.push({ not: own })
    expect(refusal(EventConditionSchema, own)).toBe('all.1.not: refers to itself')
  })

  test('that stands in two places of one condition is no circle', () => {
    expect(refusal(EventConditionSchema, { any: [leaf, { not: leaf }] })).toBeUndefined()
  })

  test.each(['__proto__', 'constructor', 'prototype'])('with a key %s is refused, wherever it stands', (key) => {
    const given = (text: string) => JSON.parse(text.replaceAll('KEY', key)) as unknown
    expect(refusal(EventConditionSchema, given('{"KEY":{"allDay":true}}'))).toBe(`${key}: this key is not allowed`)
    expect(refusal(EventConditionSchema, given('{"all":[{"title":{"contains":"x","KEY":{"polluted":1}}}]}'))).toBe(
      `all.0.title.${key}: this key is not allowed`,
    )
    expect('polluted' in {}).toBe(false)
  })

  test('whose getters or proxy traps throw is refused like any other', () => {
    const boom = () => {
      throw new RangeError('boom')
    }
    expect(
      refusal(EventConditionSchema, { all: [Object.defineProperty({}, 'not', { get: boom, enumerable: true })] }),
    ).toBe('all.0.not: cannot be read')
    expect(refusal(EventConditionSchema, { not: new Proxy({}, { ownKeys: boom }) })).toBe('not: cannot be read')
  })

  test('is a copy: what the host changes afterwards changes nothing', () => {
    const given = { keyword: ['a'] }
    const parsed = EventConditionSchema.parse(given)
    given.keyword.push('b')
    expect(parsed).toEqual({ keyword: ['a'] })
  })

  test('is read once: a getter cannot show one value to the check and another one later', () => {
    let times = 0
    const given = {
      get allDay() {
        times++
        return times === 1 ? true : 'evil'
      },
    }
    expect(EventConditionSchema.parse(given)).toEqual({ allDay: true })
  })

  test.each([new Map([['email', ['me@example.com']]]), new Date(0), new Set(['email']), /me@example.com/])(
    'is plain data: %o is not "any organizer" because it has no keys',
    (organizer) => {
      expect(refusal(EventConditionSchema, { not: { organizer } })).toBe('not.organizer: must be a plain object')
    },
  )

  test('with a key of a megabyte is refused without repeating it', () => {
    expect(refusal(EventConditionSchema, { not: { ['x'.repeat(1_000_000)]: true } })).toBe(
      'not: a key is longer than 128 characters',
    )
  })

  test('inherits nothing: what stands on a prototype is no part of it', () => {
    expect(refusal(EventConditionSchema, Object.create({ allDay: true }))).toMatch(/^: must have exactly one/)
  })
})

describe('a rule', () => {
  const actions: readonly ConflictRule['then'][] = [
    { take: 'origin' },
    { take: 'latest' },
    { take: 'earliest' },
    { take: { calendar: 'work' as never } },
    { take: { firstOf: ['work' as never, 'home' as never] } },
    { keep: 'both' },
    { merge: 'text' },
    { hold: true },
  ]

  test.each(actions.map((then) => [JSON.stringify(then), then] as const))('may say %s', (_, then) => {
    const given = rule({ then })
    expect(ConflictRuleSchema.parse(given)).toEqual(given)
  })

  test('may ask about the conflict and about the event', () => {
    const when = {
      all: [
        { field: ['title', 'removal'] },
        { not: { changedBy: ['work'] } },
        { both: ['home', 'club'] },
        { sideIsOrigin: true },
        { newerByMinutes: 5 },
        { any: [{ hasAttendees: true }, { title: { contains: 'x' } }] },
      ],
    }
    expect(ConflictRuleSchema.parse(rule({ when })).when).toEqual(when)
  })

  test('cannot ask a filter what only a conflict can answer', () => {
    expect(refusal(EventConditionSchema, { sideIsOrigin: true })).toMatch(/^: Unrecognized key: "sideIsOrigin"/)
  })

  const broken: readonly (readonly [name: string, given: unknown, refused: RegExp])[] = [
    ['without a name', rule({ name: '' }), /^name: /],
    ['with an id of other characters', rule({ id: 'a b' }), /^id: must be 1 to 128/],
    [
      'about a field that there is none of',
      rule({ when: { any: [{ field: ['titel'] }] } }),
      /^when\.any\.0\.field\.0: must be the name/,
    ],
    ['that takes what there is none of', rule({ then: { take: 'newest' } }), /^then\.take: must be origin, latest/],
    [
      'that takes two things',
      rule({ then: { take: { calendar: 'a', firstOf: ['b'] } } }),
      /^then\.take: must have exactly one/,
    ],
    [
      'that does two things',
      rule({ then: { take: 'origin', hold: true } }),
      /^then: must have exactly one of the keys take/,
    ],
    ['that does nothing', rule({ then: {} }), /^then: must have exactly one of the keys take/],
    ['that brings code', rule({ then: () => 'park' }), /^then: Invalid input: expected object/],
    ['that holds and does not', rule({ then: { hold: false } }), /^then\.hold: /],
    ['with more than it may have', rule({ priority: 1 } as never), /^: Unrecognized key: "priority"/],
    [
      'with __proto__',
      JSON.parse('{"id":"a","name":"x","when":{"all":[]},"then":{"__proto__":{"hold":true}}}'),
      /^then\.__proto__: this key/,
    ],
  ]

  test.each(broken)('%s is refused, and the path is named', (_, given, refused) => {
    expect(refusal(ConflictRuleSchema, given)).toMatch(refused)
    expect(refusal(ConflictRulesSchema, [rule({ id: 'first' }), given])).toMatch(
      new RegExp(refused.source.replace('^', refused.source.startsWith('^:') ? '^1' : '^1\\.')),
    )
  })

  test('that asks about itself is refused', () => {
    const own = rule()
    own.when = { all: [{ not: own }] }
    expect(refusal(ConflictRulesSchema, [own])).toBe('0.when.all.0.not: refers to itself')
  })
})

describe('the rules of a group', () => {
  const always = { all: [] }

  test('are at most 200', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => rule({ id: `r${index}` }))
    expect(refusal(ConflictRulesSchema, many(200))).toBeUndefined()
    expect(refusal(ConflictRulesSchema, many(201))).toBe(': more than 200 entries')
  })

  test('are refused when two have one id', () => {
    expect(refusal(ConflictRulesSchema, [rule(), rule({ id: 'b' }), rule()])).toBe('2.id: another rule has this id')
  })

  test.each([
    { any: [] },
    { not: always },
    { all: [{ field: ['title'] }, { any: [] }] },
    { any: [{ not: { all: [always] } }] },
  ])('are refused when one can never hold: %j', (when) => {
    expect(refusal(ConflictRulesSchema, [rule(), rule({ id: 'b', when })])).toBe('1.when: can never hold')
  })

  test.each([{ hold: true }, { keep: 'both' }])('are refused behind one that decides every conflict: %j', (then) => {
    const last = rule({ id: 'last', when: { not: { any: [] } }, then })
    expect(refusal(ConflictRulesSchema, [rule(), last])).toBeUndefined()
    expect(refusal(ConflictRulesSchema, [last, rule()])).toBe(
      '1: is never reached: the rule at 0 decides every conflict',
    )
  })

  test('may stand behind one that always holds and cannot always decide', () => {
    const latest = rule({ id: 'latest', when: always, then: { take: 'latest' } })
    expect(refusal(ConflictRulesSchema, [latest, rule({ when: always })])).toBeUndefined()
  })
})
