import { describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../src/model/audit.js'
import { content, type World, world } from '../support/world.js'

const said = ({ action, settings = [] }: AuditEntry) => [action, ...settings].join(' ')

async function settingsIn(w: World): Promise<readonly AuditEntry[]> {
  return (await w.user.audit.listSettings()).items
}

describe('the audit of the settings', () => {
  test('tells of groups: who made, changed and ended one, and what was set', async () => {
    const w = await world()
    const support = w.engine.user('user_1', { actor: 'Ann of the support' })
    await support.groups.change('group', { name: 'Another' })
    await w.user.groups.remove('group', { copies: 'keep' })
    const entries = (await settingsIn(w)).filter(({ groupId }) => groupId === 'group')
    expect(entries.map(({ action }) => action)).toEqual(['group.created', 'group.changed', 'group.removed'])
    expect(entries.map(said)[1]).toBe('group.changed name')
    expect(entries[1]?.actor).toEqual({ user: 'user_1', name: 'Ann of the support' })
    expect(entries[2]?.actor).toEqual({ user: 'user_1' })
    expect(entries[1]?.before).toBe(entries[0]?.after)
    expect(entries[2]?.before).toBe(entries[1]?.after)
    expect(JSON.stringify(entries)).not.toContain('Another')
  })

  test('tells of connections, and never of what proves them', async () => {
    const w = await world()
    const [added] = await settingsIn(w)
    expect(added).toMatchObject({ action: 'connection.added', before: null, actor: { user: 'user_1' } })
    await w.user.connections.disconnect(added?.connectionId ?? '')
    const last = (await settingsIn(w)).at(-1)
    expect(last).toMatchObject({ action: 'connection.disconnected', connectionId: added?.connectionId })
  })

  test('a change that another worker was faster with is told once', async () => {
    const w = await world()
    const names = Array.from({ length: 6 }, (_, n) => `Name ${n}`)
    const results = await Promise.allSettled(names.map((name) => w.user.groups.change('group', { name })))
    const done = results.filter(({ status }) => status === 'fulfilled').length
    expect((await settingsIn(w)).filter(({ action }) => action === 'group.changed')).toHaveLength(done)
    expect((await w.user.audit.verify()).findings).toEqual([])
  })
})

describe('the audit of a group', () => {
  test('tells why a run began, and can be asked for one event or one run', async () => {
    const w = await world()
    const lunch = w.calendar(0).add(content('Lunch'))
    const first = await w.sync({ cause: 'schedule' })
    w.calendar(0).add(content('Dinner'))
    w.calendar(0).edit(lunch, { location: 'here' })
    const second = await w.sync({ cause: 'push' })
    const { items } = await w.user.audit.list('group')
    expect(items.map(({ cause, seq }) => [cause, seq])).toEqual([
      ['schedule', 1],
      ['push', 2],
      ['push', 3],
    ])
    expect((await w.user.audit.list('group', { runId: first.id })).items).toEqual(items.slice(0, 1))
    expect((await w.user.audit.list('group', { runId: second.id })).items).toHaveLength(2)
    const [entry] = items
    const ofLunch = (await w.user.audit.list('group', { eventId: entry?.eventId ?? '' })).items
    expect(ofLunch.map(({ action }) => action)).toEqual(['created', 'updated'])
  })

  test('keeps contents only where that was asked for', async () => {
    for (const auditValues of [false, true]) {
      const w = await world({ engine: { auditValues } })
      const id = w.calendar(0).add(content('Canary title'))
      await w.settle()
      w.calendar(0).edit(id, { location: 'Canary place' })
      await w.settle()
      const { items } = await w.user.audit.list('group')
      expect(JSON.stringify(items).includes('Canary')).toBe(auditValues)
      if (auditValues)
        expect(items[1]?.values).toMatchObject({ before: { location: '' }, after: { location: 'Canary place' } })
    }
  })

  test('a sync without news neither reads nor writes a chain', async () => {
    const w = await world()
    w.calendar(0).add(content('Lunch'))
    await w.settle()
    w.commits.length = 0
    await w.sync()
    await w.sync()
    const touched = w.commits.flatMap(({ changes }) => changes.map(({ collection }) => collection))
    expect(touched.filter((collection) => collection === 'chain' || collection === 'audit')).toEqual([])
  })
})
