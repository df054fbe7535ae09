import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { UserId } from '../../src/model/ids.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Collection } from '../../src/storage/storage.js'
import { working } from '../support/working.js'
import { content, type World, world } from '../support/world.js'

const day = 86_400_000
const user = 'user_1' as UserId

async function counted(w: World, collection: Collection): Promise<number> {
  let count = 0
  let after: string | undefined
  do {
    const page = await w.storage.list(user, collection, { limit: 1_000, ...(after ? { after } : {}) })
    count += page.records.length
    after = page.next
  } while (after !== undefined)
  return count
}

const history = async (w: World) => ({
  runs: await counted(w, 'run'),
  journal: await counted(w, 'journal'),
  audit: await counted(w, 'audit'),
})

/** An event that is edited again and again on the first day. */
async function lived(w: World, edits = 5): Promise<string> {
  const id = w.calendar(0).add(content('Lunch'))
  await w.settle()
  for (let n = 0; n < edits; n++) {
    w.calendar(n % 2).edit(n % 2 === 0 ? id : w.event(1, 'Lunch').id, { location: `Room ${n}` })
    await w.settle()
  }
  return id
}

describe('old history', () => {
  test('is dropped by the upkeep: runs and journal after 90 days, the audit when it is told to', async () => {
    const { w, pass } = await working({ group: { schedule: 'manual' }, engine: { retention: { auditDays: 365 } } })
    await lived(w)
    await pass(0)
    const before = await history(w)
    expect(before.runs).toBeGreaterThan(4)
    expect(before.journal).toBeGreaterThan(4)
    await w.user.groups.change('group', { schedule: { every: 6 * 3_600_000 } })
    await pass(89 * day)
    await pass(day / 2)
    expect((await history(w)).journal).toBe(before.journal)
    for (let n = 0; n < 4; n++) await pass(day)
    const later = await history(w)
    expect([later.runs, later.journal]).toEqual([0, 0])
    expect(later.audit).toBeGreaterThanOrEqual(before.audit)
    expect(w.titles(1)).toEqual(['Lunch'])
    await pass(272 * day)
    for (let n = 0; n < 4; n++) await pass(day)
    expect((await history(w)).audit).toBeLessThan(before.audit)
    expect(await w.user.audit.verify()).toMatchObject({ isIntact: true, findings: [] })
  })

  test('of the days that are kept can still be undone', async () => {
    const w = await world({ engine: { retention: { runDays: 10, journalDays: 10, auditDays: 10 } } })
    await lived(w)
    w.clock.now += 8 * day
    w.calendar(0).edit(w.event(0, 'Lunch').id, { location: 'Park' })
    const run = await w.settle()
    w.clock.now += 5 * day
    const { runs, journal, isMore } = await w.user.dropOldHistory()
    expect([runs > 0, journal > 0, isMore]).toEqual([true, true, false])
    const [entry] = (await w.user.journal.list('group')).items
    expect(entry?.after.content.location).toBe('Park')
    await w.user.journal.undo('group', { runId: entry?.runId ?? run.id })
    await w.settle()
    for (const side of [0, 1]) expect(w.event(side, 'Lunch').content.location).toBe('Room 4')
    expect(await w.user.audit.verify()).toMatchObject({ isIntact: true })
  })

  test('stays of an event that waits for a person, until that is decided', async () => {
    const w = await world({ group: { strategies: [{ use: 'askAPerson' }] } })
    const other = w.calendar(0).add(content('Other'))
    await lived(w, 1)
    w.calendar(0).edit(other, { location: 'Hall' })
    await w.settle()
    w.calendar(0).edit(w.event(0, 'Lunch').id, { location: 'Park' })
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'Office' })
    await w.sync()
    const [open] = (await w.user.conflicts.listOpen('group')).items
    expect(open).toBeDefined()
    const before = await w.user.journal.ofEvent('group', open?.eventId ?? '')
    w.clock.now += 200 * day
    expect((await w.user.dropOldHistory()).journal).toBeGreaterThan(0)
    expect(before).not.toEqual([])
    expect((await w.user.journal.list('group')).items).toEqual(before)
    await w.user.conflicts.resolve(open?.id ?? '', { location: w.calendarIds[0] ?? '' })
    await w.settle()
    await w.user.dropOldHistory()
    expect((await w.user.journal.ofEvent('group', open?.eventId ?? '')).every(({ at }) => at > w.clock.now - day)).toBe(
      true,
    )
  })

  test('goes in slices, and all of it in the end', async () => {
    const w = await world()
    await lived(w, 1)
    const [entry] = (await w.storage.list(user, 'journal', { limit: 1 })).records
    const value = entry?.value as object
    for (let part = 0; part < 12; part++)
      await w.storage.commit(user, {
        changes: Array.from({ length: 900 }, (_, n) => ({
          ...({ op: 'put', collection: 'journal' } as const),
          id: `group/${String(1_000_000 + part * 900 + n).padStart(16, '0')}/${String(n).padStart(16, '0')}/gone`,
          value: { ...value, at: 1_000_000 + part * 900 + n, version: n, eventId: 'gone' } as never,
          keys: { event: 'group/gone', run: 'group/gone' },
        })),
      })
    const [first, second, third] = [
      await w.user.dropOldHistory(),
      await w.user.dropOldHistory(),
      await w.user.dropOldHistory(),
    ]
    expect([first, second, third].map(({ journal, isMore }) => [journal, isMore])).toEqual([
      [5_000, true],
      [5_000, true],
      [800, false],
    ])
    expect(await counted(w, 'journal')).toBeGreaterThan(0)
  })

  test('is kept where it is to be kept for ever', async () => {
    const w = await world({
      engine: { retention: { runDays: 'forever', journalDays: 'forever', auditDays: 'forever' } },
    })
    await lived(w)
    const before = await history(w)
    w.clock.now += 4_000 * day
    expect(await w.user.dropOldHistory()).toEqual({ runs: 0, journal: 0, audit: 0, isMore: false })
    expect(await history(w)).toEqual(before)
  })

  test('cannot be kept so that an undo finds half of what it needs', () => {
    const made = (retention: object) => () =>
      new SyncEngine({ storage: memoryStorage(), providers: [memoryProvider()], retention })
    expect(made({ journalDays: 30, auditDays: 10 })).toThrow(/at least as long as the journal/)
    expect(made({ journalDays: 'forever', auditDays: 400 })).toThrow(/at least as long as the journal/)
    expect(made({ journalDays: 'forever' })).not.toThrow()
    expect(made({ journalDays: 500 })).not.toThrow()
    expect(made({ journalDays: 0 })).toThrow(/options.retention.journalDays/)
    expect(made({ days: 3 })).toThrow(/options.retention/)
    expect(made({ journalDays: 400, auditDays: 400, runDays: 1 })).not.toThrow()
  })
})
