import { expect, test } from 'vitest'
import { type AccountAccess, type CalendarProvider, SyncEngine } from '../../src/index.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'

test('a provider is told which account it opens and for whom, the same at every worker, and no name of anybody', async () => {
  const storage = memoryStorage()
  const opened: AccountAccess[] = []
  const memory = memoryProvider({ calendars: [{ id: 'home' }] })
  const provider: CalendarProvider = {
    id: memory.id,
    open(access) {
      opened.push(access)
      return memory.open(access)
    },
  }
  const worker = () => new SyncEngine({ storage, providers: [provider], secret: 'test' })
  const engine = worker()
  await engine.user('jane@example.com').connections.add({ provider: memory.id, id: 'first' })
  await engine.user('jane@example.com').connections.add({ provider: memory.id, id: 'second' })
  await engine.user('joe@example.com').connections.add({ provider: memory.id, id: 'first' })
  const [first, second, joes] = opened.splice(0)
  expect(first?.tenant).toBe(second?.tenant)
  expect(first?.tenant).not.toBe(joes?.tenant)
  expect(new Set([first?.account, second?.account, joes?.account]).size).toBe(3)
  expect(JSON.stringify([first, second, joes])).not.toMatch(/jane|joe/)

  await worker().user('jane@example.com').connections.refresh('first')
  expect(opened[0]).toMatchObject({ account: first?.account, tenant: first?.tenant })
})
