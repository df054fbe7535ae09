import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../../src/errors.js'
import { Mirror } from '../../../src/testing/provider-mirror.js'
import { draft, weekly } from '../../../src/testing/provider-samples.js'
import { accountOf, monday, mondays, type Opened, opened } from './opened.js'

const runs = 60

/** What may stand in the place of any value. */
const wrong = fc.oneof(
  fc.constantFrom(null, '', '-', 0, -1, 1e300, true, [], {}, 'W/"', '\u0000', '2026-02-30T25:00:00', 'OID..2026-03-09'),
  fc.string({ maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
)

describe('whatever an answer says in the place of a value', () => {
  test('it is read, set aside or refused, and nothing of a calendar is in what is thrown', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(400), wrong, fc.nat(12), async (at, value, after) => {
        const { jane, microsoft, calendar } = filled()
        let count = 0
        const damaging: typeof fetch = async (input, init) => {
          const answer = await microsoft.fetch(input, init)
          const text = await answer.text()
          const { status, headers } = answer
          const isDamaged = count++ === after && text.startsWith('{')
          const body = isDamaged ? JSON.stringify(damaged(JSON.parse(text), at, value)) : text
          return new Response(status === 204 ? null : body, { status, headers })
        }
        const account = accountOf({ fetch: damaging }, { token: 'token-of-jane' }, { now: () => now, aheadDays: 60 })
        const never = async (): Promise<never> => {
          throw new Error('people act at their own screen here')
        }
        const mirror = new Mirror({
          account,
          calendar,
          person: { add: never, edit: never, remove: never },
          close: async () => undefined,
        })
        const attempts = [
          () => account.listCalendars(),
          () => mirror.pull(),
          () => mirror.pull(),
          () =>
            account.fetch(
              calendar,
              jane.all().map(({ id }) => id as never),
            ),
          () => account.create(calendar, draft('new', weekly())),
        ]
        for (const attempt of attempts) {
          try {
            await attempt()
          } catch (error) {
            if (!isSyncError(error)) throw error
            expect(error.message).not.toContain('Canary')
          }
        }
      }),
      { numRuns: runs, examples: [[271, null, 10]] },
    )
  })

  test('what is asked whether an event is still there, and answers with no list, does not say that it is gone', async () => {
    const { jane, microsoft, calendar } = filled()
    for (const value of [null, {}, [null], [{}], undefined]) {
      const damaging: typeof fetch = async (input, init) => {
        const answer = await microsoft.fetch(input, init)
        if (!String(input instanceof Request ? input.url : input).endsWith('$batch')) return answer
        const told = (await answer.json()) as { responses: { body?: { value?: unknown } }[] }
        for (const { body } of told.responses) if (body && 'value' in body) body.value = value
        return Response.json(told)
      }
      const account = accountOf({ fetch: damaging }, { token: 'token-of-jane' }, { now: () => now, aheadDays: 60 })
      const ids = jane.all().map(({ id }) => id as never)
      const fetched = account.fetch(calendar, ids)
      await expect(fetched, JSON.stringify(value)).rejects.toMatchObject({ code: 'invalid_response' })
    }
  })

  test('a listing that was damaged removes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(400), wrong, async (at, value) => {
        const { mirror, microsoft } = filled()
        await mirror.pull()
        const before = mirror.events.size
        const cursor = JSON.parse(mirror.cursor ?? '') as { readonly deltaLink: string }
        const answer = await microsoft.fetch(cursor.deltaLink, { headers: { authorization: 'Bearer token-of-jane' } })
        const page = damaged(await answer.json(), at, value)
        microsoft.fail({
          fault: { kind: 'status', code: 200, text: JSON.stringify(page) },
          method: 'calendarView.delta',
        })
        try {
          const { removed } = await mirror.pull()
          expect([removed, mirror.events.size]).toEqual([[], before])
        } catch (error) {
          if (!isSyncError(error)) throw error
        }
      }),
      { numRuns: runs / 2 },
    )
  })
})

const now = Date.UTC(2026, 1, 27, 8)

/** Events of every kind, told of by short listings. */
function filled(): Opened {
  const world = opened({ now: () => now }, { aheadDays: 60 })
  const { id = '' } = world.jane.create({ ...mondays, subject: 'Canary' })
  world.jane.editOccurrence(id, monday(1), { location: { displayName: 'Canary' } })
  world.jane.removeOccurrence(id, monday(2))
  const time = (hour: string) => ({ dateTime: `2026-03-04T${hour}:00:00`, timeZone: 'Europe/Berlin' })
  world.jane.create({ subject: 'Canary', start: time('09'), end: time('10') })
  return world
}

/** The n-th value of an answer is another one. */
function damaged(given: unknown, nth: number, value: unknown): unknown {
  let left = nth % Math.max(1, sizeOf(given))
  const walk = (part: unknown): unknown => {
    if (left-- === 0) return value
    if (Array.isArray(part)) return part.map(walk)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, walk(one)]))
  }
  return walk(given)
}

function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, one) => sum + sizeOf(one), 1)
}
