import { expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { UserHandle } from '../../src/engine/user.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content } from '../support/world.js'

async function lostDatabase(given: { projection?: { show: 'busy' } } = {}) {
  let now = Date.UTC(2026, 0, 5, 8)
  const provider = memoryProvider({ now: () => now })
  const [work, home] = ['work', 'home'].map((id) => provider.service.addCalendar({ id }))
  const weave = async (name: string): Promise<UserHandle> => {
    const options = { storage: memoryStorage(), providers: [provider], now: () => now, secret: 'kept' }
    const user = new SyncEngine(options).user('user')
    const { calendars } = await user.connections.add({ provider: 'memory', id: `account-${name}` })
    const members = calendars.map(({ id }) => ({ calendarId: id, ...given }))
    await user.groups.create({ id: name, name, members })
    return user
  }
  const settle = async (user: UserHandle, name: string) => {
    for (let run = 0; run < 3; run++) {
      now += 3_600_000
      await user.groups.sync(name)
    }
  }
  work?.add(content('Lunch'))
  await settle(await weave('first'), 'first')
  const again = await weave('second')
  await settle(again, 'second')
  const titles = [work, home].map((calendar) => calendar?.all().map(({ content: { title } }) => title))
  return { titles, home, again, settle }
}

test('copies are found again when the database is lost and groups and connections have new ids', async () => {
  const { titles, home, again, settle } = await lostDatabase()
  expect(titles).toEqual([['Lunch'], ['Lunch']])
  home?.edit(home.all()[0]?.id ?? '', { location: 'Café' })
  await settle(again, 'second')
  expect((await again.events.ofGroup('second')).items.map(({ content: { location } }) => location)).toEqual(['Café'])
})

test('a busy copy of a lost installation is never taken for a source', async () => {
  const { titles } = await lostDatabase({ projection: { show: 'busy' } })
  expect(titles[0]).toEqual(['Lunch'])
})
