import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { content, type World, world } from '../support/world.js'

/** Runs with so many milliseconds between them, two of them by different workers at the same moment where it is 0. */
async function withRuns(gaps: readonly number[]): Promise<World> {
  const w = await world()
  for (const [nth, gap] of gaps.entries()) {
    w.clock.now += gap
    w.calendar(0).add(content(`Lunch ${nth}`))
    await w.worker().groups.sync('group')
  }
  return w
}

async function paged<T>(read: (after?: string) => Promise<{ readonly items: readonly T[]; readonly next?: string }>) {
  const found: T[] = []
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const page = await read(after)
    found.push(...page.items)
    after = page.next
  }
  return found
}

describe('a list from its newest end', () => {
  test('holds what the list from the oldest end holds, in pages of any size, whatever lies between', async () => {
    const gap = fc.constantFrom(0, 1, 60_000, 3_600_000, 86_400_000, 40 * 86_400_000)
    await fc.assert(
      fc.asyncProperty(fc.array(gap, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), async (gaps, limit) => {
        const w = await withRuns(gaps)
        const at = (after?: string) => ({ limit, newestFirst: true, ...(after === undefined ? {} : { after }) })
        const { runs, audit } = w.user
        const oldest = (await runs.list('group')).items
        expect(await paged((after) => runs.list('group', at(after)))).toEqual([...oldest].reverse())
        const entries = (await audit.list('group')).items
        expect(await paged((after) => audit.list('group', at(after)))).toEqual([...entries].reverse())
        const settings = (await audit.listSettings()).items
        expect(await paged((after) => audit.listSettings(at(after)))).toEqual([...settings].reverse())
        for (const run of oldest) expect(await runs.get('group', run.id)).toEqual(run)
      }),
      { numRuns: 25 },
    )
  })

  test('refuses a place that it never gave', async () => {
    const w = await withRuns([0])
    for (const after of ['', 'x', '1', '../0000000000000001', `${'0'.repeat(16)}${'x'.repeat(600)}`])
      await expect(w.user.runs.list('group', { after, newestFirst: true })).rejects.toMatchObject({
        code: 'invalid_input',
      })
  })
})

test('a run that left no record, and one of another group, are not there', async () => {
  const w = await withRuns([0])
  const quiet = await w.settle()
  for (const [group, run] of [
    ['group', quiet.id],
    ['group', 'none'],
    ['other', (await w.user.runs.list('group')).items[0]?.id ?? ''],
  ] as const)
    await expect(w.user.runs.get(group, run)).rejects.toMatchObject({ code: 'invalid_input', reason: 'UNKNOWN_ID' })
})

test('the journal tells what one run changed', async () => {
  const w = await withRuns([0])
  w.calendar(0).edit(w.event(0, 'Lunch 0').id, { location: 'Park' })
  const run = await w.sync()
  const entries = await w.user.journal.ofRun('group', run.id)
  expect(entries.map(({ runId, after }) => [runId, after.content.location])).toEqual([[run.id, 'Park']])
  expect(await w.user.journal.ofRun('group', 'none')).toEqual([])
})

test('an engine tells what it was given', async () => {
  const { engine } = await world({ engine: { analytics: {} } })
  expect(engine.features).toEqual({
    providers: ['memory'],
    signIns: [],
    keepsCredentials: false,
    runsByItself: false,
    counts: true,
  })
})
