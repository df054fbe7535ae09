// biome-ignore-all lint/suspicious/noThenProperty: "when ... then ..." is how people say a rule
import { describe, expect, test } from 'vitest'
import { ruleFrom, rulesStrategy, ruleVerdict, withRule } from '../../src/merge/rules.js'
import type { FieldConflict, Side } from '../../src/merge/strategy.js'
import { type ConflictRule, ConflictRulesSchema, type RuleCondition } from '../../src/model/conflict-rule.js'
import { completeContent, type EventContent } from '../../src/model/content.js'
import type { CalendarId, EventId, RemoteId, Uid, UserId } from '../../src/model/ids.js'

const [work, home, club] = ['work', 'home', 'club'] as unknown as readonly [CalendarId, CalendarId, CalendarId]
const noon = Date.UTC(2026, 2, 4, 12)

const side = (calendarId: CalendarId, changedAt: number | null = null, value: string = calendarId): Side => ({
  calendarId,
  value,
  changedAt,
  priority: 0,
  isOrigin: calendarId === work,
})

interface Given extends Partial<Pick<FieldConflict, 'field' | 'path' | 'sides'>> {
  readonly content?: Partial<EventContent>
}

/** A title that was changed in `work`, where the event was born, and one minute later at `home`. */
function conflict({ content, ...given }: Given = {}): FieldConflict {
  const time = { start: { kind: 'date', date: '2026-03-04' }, end: { kind: 'date', date: '2026-03-05' } } as const
  return {
    field: 'title',
    path: [],
    base: 'before',
    sides: [side(work, noon), side(home, noon + 60_000)],
    event: {
      id: 'e' as EventId,
      origin: {
        provider: 'memory',
        calendarId: work,
        calendarName: 'Work',
        remoteId: 'r' as RemoteId,
        uid: 'u' as Uid,
        firstSyncedAt: 0,
        initiatedBy: 'user' as UserId,
      },
      content: completeContent({ time, ...content }),
    },
    ...given,
  }
}

const rule = (when: RuleCondition, then: ConflictRule['then'], id = 'a'): ConflictRule => ({ id, name: id, when, then })
const always: RuleCondition = { all: [] }

describe('what a rule asks about a conflict', () => {
  const slot = '2026-03-04'
  const cases: readonly (readonly [condition: RuleCondition, given: Given, expected: boolean])[] = [
    [{ field: ['title', 'location'] }, {}, true],
    [{ field: ['location'] }, {}, false],
    [{ field: ['removal'] }, { field: 'removal' }, true],
    [{ field: ['title'] }, { field: 'overrides', path: [slot, 'title'] }, true],
    [{ field: ['attendees'] }, { field: 'overrides', path: [slot, 'attendees', 'a@example.com'] }, true],
    [{ field: ['overrides'] }, { field: 'overrides', path: [slot, 'title'] }, true],
    [{ field: ['time'] }, { field: 'overrides', path: [slot, 'title'] }, false],
    [{ field: ['title'] }, { field: 'overrides', path: [slot] }, false],
    [{ field: ['time'] }, { field: 'overrides', path: ['series'] }, true],
    [{ field: ['recurrence'] }, { field: 'overrides', path: ['series'] }, true],
    [{ field: ['overrides'] }, { field: 'attendees', path: ['overrides', 'x'] }, false],
    [{ changedBy: [club, home] }, {}, true],
    [{ changedBy: [club] }, {}, false],
    [{ both: [home, club, work] }, {}, true],
    [{ both: [home, club] }, {}, false],
    [{ sideIsOrigin: true }, {}, true],
    [{ sideIsOrigin: false }, {}, false],
    [{ sideIsOrigin: false }, { sides: [side(home), side(club)] }, true],
    [{ newerByMinutes: 1 }, {}, true],
    [{ newerByMinutes: 2 }, {}, false],
    [{ newerByMinutes: 1 }, { sides: [side(work, noon + 60_000), side(home, noon)] }, true],
    [{ newerByMinutes: 1 }, { sides: [side(work, noon), side(home, null)] }, false],
    [{ all: [{ field: ['title'] }, { category: ['Club'] }] }, { content: { categories: ['club'] } }, true],
    [{ all: [{ field: ['title'] }, { category: ['Club'] }] }, {}, false],
    [{ not: { origin: [work] } }, {}, false],
    [{ any: [{ changedBy: [club] }, { not: { hasAttendees: true } }] }, {}, true],
  ]

  test.each(cases)('%j, of %j: %s', (when, given, expected) => {
    expect(ruleVerdict([rule(when, { hold: true })], conflict(given)) !== undefined).toBe(expected)
  })
})

describe('what a rule does', () => {
  const close = [side(work, noon), side(home, noon + 1_999)] as const
  const unknown = [side(work, noon), side(home)] as const
  const strangers = [side(home, noon), side(club, noon)] as const
  const cases: readonly (readonly [then: ConflictRule['then'], given: Given, expected: unknown])[] = [
    [{ take: 'origin' }, {}, work],
    [{ take: 'origin' }, { sides: strangers }, undefined],
    [{ take: 'latest' }, {}, home],
    [{ take: 'earliest' }, {}, work],
    [{ take: 'latest' }, { sides: [side(work, noon + 60_000), side(home, noon)] }, work],
    [{ take: 'latest' }, { sides: close }, undefined],
    [{ take: 'earliest' }, { sides: close }, undefined],
    [{ take: 'latest' }, { sides: unknown }, undefined],
    [{ take: 'earliest' }, { sides: unknown }, undefined],
    [{ take: { calendar: home } }, {}, home],
    [{ take: { calendar: club } }, {}, undefined],
    [{ take: { firstOf: [club, home, work] } }, {}, home],
    [{ take: { firstOf: [club] } }, {}, undefined],
    [{ keep: 'both' }, {}, 'both'],
    [{ merge: 'text' }, {}, 'merge'],
    [{ hold: true }, {}, 'park'],
  ]

  test.each(cases)('%j, of %j: %s', (then, given, expected) => {
    expect(rulesStrategy([rule(always, then)])(conflict(given))).toBe(expected)
  })

  test('a side that was changed in 1970 is not one whose time is unknown', () => {
    const sides = [side(work, 0), side(home, noon)] as const
    expect(rulesStrategy([rule(always, { take: 'earliest' })])(conflict({ sides }))).toBe(work)
  })
})

describe('rules in a row', () => {
  const [titles, later, last] = [
    rule({ field: ['title'] }, { take: 'origin' }, 'titles'),
    rule({ newerByMinutes: 1 }, { take: 'latest' }, 'later'),
    rule(always, { hold: true }, 'last'),
  ]
  const rules = [titles, later, last] as const

  test('the first one that holds decides, and is named', () => {
    expect(ruleVerdict(rules, conflict())).toEqual({ rule: titles, verdict: work })
    expect(ruleVerdict(rules, conflict({ field: 'location' }))).toEqual({ rule: later, verdict: home })
    expect(ruleVerdict(rules, conflict({ field: 'location', sides: [side(work), side(home)] }))).toEqual({
      rule: last,
      verdict: 'park',
    })
  })

  test('one that holds and cannot decide leaves it to the next', () => {
    const sides = [side(home, noon), side(club, noon + 60_000)] as const
    expect(ruleVerdict(rules, conflict({ sides }))).toEqual({ rule: later, verdict: club })
  })

  test('none that decides leaves it to the next strategy', () => {
    expect(ruleVerdict([titles], conflict({ field: 'location' }))).toBeUndefined()
    expect(ruleVerdict([], conflict())).toBeUndefined()
    expect(rulesStrategy([])(conflict())).toBeUndefined()
  })
})

describe('"always do this"', () => {
  const item = (given: Given = {}) => {
    const { field, path, sides } = conflict(given)
    return { field, path, sides: sides.map(({ calendarId, value, changedAt }) => ({ calendarId, value, changedAt })) }
  }

  test('settles the next conflict of the same field between the same calendars alike', () => {
    const made = ruleFrom(item(), home, 'Titles from home')
    expect(ruleVerdict([made], conflict({ sides: [side(home), side(work)] }))).toEqual({ rule: made, verdict: home })
  })

  test('says nothing of another field, nor of other calendars', () => {
    const made = ruleFrom(item(), home, 'Titles from home')
    expect(ruleVerdict([made], conflict({ field: 'location' }))).toBeUndefined()
    expect(ruleVerdict([made], conflict({ sides: [side(home), side(club)] }))).toBeUndefined()
  })

  test('of the title of one occurrence is about titles, not about all that occurrences have', () => {
    const occurrence = { field: 'overrides', path: ['2026-03-04', 'title'] } as const
    const made = ruleFrom(item(occurrence), work, 'Titles from work')
    expect(ruleVerdict([made], conflict(occurrence))?.verdict).toBe(work)
    expect(ruleVerdict([made], conflict())?.verdict).toBe(work)
    expect(ruleVerdict([made], conflict({ field: 'overrides', path: ['2026-03-04', 'location'] }))).toBeUndefined()
  })

  test('of a moved series is not about every time that anybody moves', () => {
    const made = ruleFrom(item({ field: 'overrides', path: ['series'] }), work, 'Series from work')
    expect(ruleVerdict([made], conflict({ field: 'overrides', path: ['series'] }))?.verdict).toBe(work)
    expect(ruleVerdict([made], conflict({ field: 'time' }))).toBeUndefined()
  })

  test('makes rules that a group takes', () => {
    const all = (['title', 'removal', 'overrides'] as const).map((field) => ruleFrom(item({ field }), home, 'Mine'))
    expect(ConflictRulesSchema.parse(all)).toEqual(all)
  })

  test('said twice is one rule; another choice takes the place of the first, in front of all others', () => {
    const general = rule(always, { hold: true }, 'last')
    const first = withRule([general], ruleFrom(item(), home, 'Home'))
    const second = withRule(first, ruleFrom(item({ sides: [side(home), side(work)] }), work, 'Work'))
    expect(second.map(({ name }) => name)).toEqual(['Work', 'last'])
    expect(ConflictRulesSchema.safeParse(second).success).toBe(true)
  })

  test('of both texts, or of both events, is a rule as well', () => {
    const both = ruleFrom(item(), 'both', 'Both')
    const merge = ruleFrom(item({ field: 'description' }), 'merge', 'Merge')
    expect(ruleVerdict([both], conflict())?.verdict).toBe('both')
    expect(ruleVerdict([merge], conflict({ field: 'description' }))?.verdict).toBe('merge')
  })

  test('is refused in a group that has 200 rules, for a group of 201 could not be read any more', () => {
    const full = Array.from({ length: 200 }, (_, index) => rule({ field: ['url'] }, { hold: true }, `r${index}`))
    const made = ruleFrom(item(), home, 'Home')
    expect(() => withRule(full, made)).toThrow(/as many rules as it can have/)
    const replaced = withRule([...full.slice(1), made], made)
    expect(replaced).toHaveLength(200)
  })

  test('cannot be said of a calendar that is on neither side', () => {
    expect(() => ruleFrom(item(), club, 'Club')).toThrow(/sides of this conflict/)
  })
})
