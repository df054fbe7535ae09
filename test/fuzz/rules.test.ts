// biome-ignore-all lint/suspicious/noThenProperty: "when ... then ..." is how people say a rule
import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checked } from '../../src/engine/input.js'
import { isSyncError } from '../../src/errors.js'
import { holds } from '../../src/mapping/condition.js'
import { ruleVerdict } from '../../src/merge/rules.js'
import type { FieldConflict } from '../../src/merge/strategy.js'
import { EventConditionSchema } from '../../src/model/condition.js'
import { type ConflictRule, ConflictRulesSchema } from '../../src/model/conflict-rule.js'
import type { EventContent } from '../../src/model/content.js'
import { Random } from '../../src/testing/sim/random.js'
import { eventContent } from '../support/arbitrary-content.js'
import { guarded } from './guarded.js'
import { calendars, corrupted, corruptions, randomCondition, randomConflict, randomRules } from './rule-cases.js'

/** How many cases each test tries; a failing one names its seed. */
const cases = Number(process.env['CALWEAVE_FUZZ'] ?? 2_000)
const timeout = 30_000 + 5 * cases
const limitMs = 5

const contents = fc
  .sample(eventContent({ wildText: true }), { numRuns: 150, seed: 1 })
  .concat(fc.sample(eventContent(), { numRuns: 150, seed: 2 }))
const guards = contents.map((content) => guarded(content))

/** Runs `each` for every seed; what goes wrong is told with its seed. */
function forSeeds(each: (random: Random) => void): void {
  for (let seed = 1; seed <= cases; seed++) {
    try {
      each(new Random(seed))
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
}

/** The answer of a question that takes less than the limit: one that a pause of the machine hit is asked again. */
function inTime<T>(ask: () => T): T {
  let slowest = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 5; attempt++) {
    const began = performance.now()
    const answer = ask()
    slowest = Math.min(slowest, performance.now() - began)
    if (slowest < limitMs) return answer
  }
  throw new Error(`took ${slowest.toFixed(1)} ms`)
}

/** What everybody inherits: nothing of it may be changed by whatever is read. */
function inherited(): readonly unknown[] {
  return [Object, Array, Function, String, Number, Map, Set, Promise].flatMap(({ prototype }) =>
    Reflect.ownKeys(prototype).flatMap((key) => {
      const { value, get, set } = Object.getOwnPropertyDescriptor(prototype, key) ?? {}
      return [key, value, get, set]
    }),
  )
}

describe(`${cases} random rule trees`, () => {
  test('decide every conflict, each time alike, in less than 5 ms, and read nothing but the event', { timeout }, () => {
    const before = inherited()
    const decided = new Set<unknown>()
    forSeeds((random) => {
      const given = randomRules(random)
      const rules = ConflictRulesSchema.parse(given) as readonly ConflictRule[]
      deepStrictEqual(rules, given)
      const at = random.below(contents.length)
      const plain = randomConflict(random, contents[at] as EventContent)
      const conflict: FieldConflict = guarded({
        ...plain,
        event: { ...plain.event, content: guards[at] as EventContent },
      })
      const found = inTime(() => ruleVerdict(rules, conflict))
      deepStrictEqual(ruleVerdict(structuredClone(rules), structuredClone(plain)), found)
      decided.add(found?.verdict)
    })
    expect(inherited()).toEqual(before)
    // All that a rule can say was said, so the cases reach every branch.
    expect(decided).toEqual(new Set([undefined, 'both', 'merge', 'park', ...calendars]))
  })

  test('answer for every event, each time alike, in less than 5 ms, and read nothing but the event', {
    timeout,
  }, () => {
    const answers = { yes: 0, no: 0 }
    forSeeds((random) => {
      const given = randomCondition(random)
      const condition = EventConditionSchema.parse(given)
      const at = random.below(contents.length)
      const origin = random.pick(calendars)
      const answer = inTime(() => holds(condition, { content: guards[at] as EventContent, origin }))
      deepStrictEqual(holds(condition, { content: structuredClone(contents[at] as EventContent), origin }), answer)
      answers[answer ? 'yes' : 'no']++
    })
    expect(answers.yes).toBeGreaterThan(cases / 20)
    expect(answers.no).toBeGreaterThan(cases / 20)
  })
})

describe(`${cases} broken rule lists`, () => {
  test('are refused with a path, and no other way: nothing thrown, polluted or told', { timeout }, () => {
    const before = inherited()
    const kinds = new Map<string, number>()
    forSeeds((random) => {
      const { kind, given } = corrupted(random)
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      const error = refusalOf(() => checked(ConflictRulesSchema, given, 'rules'))
      deepStrictEqual({ kind, refused: isSyncError(error, 'invalid_input') }, { kind, refused: true })
      const { message } = error as Error
      expect(message).toMatch(/^rules[^\s:]*: .+\.$/)
      expect(message.length).toBeLessThan(1_000)
      expect(message).not.toContain('canary')
    })
    expect(inherited()).toEqual(before)
    expect([...kinds.keys()].sort()).toEqual(Object.keys(corruptions).sort())
  })

  function refusalOf(act: () => unknown): unknown {
    try {
      act()
      return undefined
    } catch (error) {
      return error
    }
  }
})
