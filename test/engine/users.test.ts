import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'
import { content } from '../support/world.js'

/** Two users who happen to choose the same ids for everything. */
async function twins() {
  const clock = { now: Date.UTC(2026, 0, 5, 8) }
  const provider = memoryProvider({ now: () => clock.now })
  const asked = new Set<string>()
  const inner = memoryStorage()
  const watching = <K extends keyof Storage>(name: K) =>
    ((...args: unknown[]) => {
      if (typeof args[0] === 'string') asked.add(args[0])
      return (inner[name] as (...all: unknown[]) => unknown).apply(inner, args)
    }) as Storage[K]
  const storage: Storage = {
    get: watching('get'),
    getMany: watching('getMany'),
    list: watching('list'),
    commit: watching('commit'),
    claim: watching('claim'),
    release: watching('release'),
    users: watching('users'),
    close: watching('close'),
  }
  const credentials: string[] = []
  const engine = new SyncEngine({
    storage,
    providers: [provider],
    now: () => clock.now,
    credentials: (connection) => {
      credentials.push(`${connection.userId} ${connection.id}`)
      return undefined
    },
  })
  const users = []
  for (const name of ['ada', 'jo']) {
    provider.service.addCalendar({ id: 'work' }, name)
    provider.service.addCalendar({ id: 'home' }, name)
    const user = engine.user(name)
    const { calendars } = await user.connections.add({
      provider: 'memory',
      id: 'account',
      settings: { account: name },
    })
    await user.groups.create({ id: 'group', name, members: calendars.map(({ id }) => ({ calendarId: id })) })
    users.push(user)
  }
  const [ada, jo] = users as [(typeof users)[0], (typeof users)[0]]
  return { clock, provider, asked, credentials, ada, jo }
}

describe('two users with the same ids', () => {
  test('never see, move or remove anything of each other', async () => {
    const { clock, provider, ada, jo } = await twins()
    const titles = (account: string, calendar: string) =>
      provider.service
        .calendar(calendar, account)
        .all()
        .map(({ content: { title } }) => title)
    provider.service.calendar('work', 'ada').add(content('Of Ada'), { uid: 'same@example.com' })
    provider.service.calendar('work', 'jo').add(content('Of Jo'), { uid: 'same@example.com' })
    for (const user of [ada, jo, ada, jo]) {
      clock.now += 60_000
      await user.groups.sync('group')
    }
    expect([titles('ada', 'home'), titles('jo', 'home')]).toEqual([['Of Ada'], ['Of Jo']])
    const [mine, theirs] = await Promise.all([ada, jo].map((user) => user.events.ofGroup('group')))
    expect(mine?.items.map(({ content: { title }, origin }) => [title, origin.initiatedBy])).toEqual([
      ['Of Ada', 'ada'],
    ])
    expect(theirs?.items.map(({ content: { title } }) => title)).toEqual(['Of Jo'])
    const [calendar] = await jo.calendars.list()
    await expect(ada.calendars.get(calendar?.id ?? '')).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(ada.events.get('group', theirs?.items[0]?.id ?? '')).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(ada.events.agenda([calendar?.id ?? ''], { from: 0, to: 1 })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await expect(
      ada.groups.create({
        name: 'x',
        members: [{ calendarId: calendar?.id ?? '' }, { calendarId: calendar?.id ?? '' }],
      }),
    ).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('a sync of one asks for records and credentials of that one only', async () => {
    const { asked, credentials, ada } = await twins()
    asked.clear()
    credentials.length = 0
    await ada.groups.sync('group')
    await ada.groups.plan('group')
    await ada.runs.list('group')
    expect([...asked]).toEqual(['ada'])
    expect(credentials.filter((entry) => !entry.startsWith('ada'))).toEqual([])
  })

  test('a failed sign-in of one does not close the account of the other', async () => {
    const { provider, ada, jo } = await twins()
    await Promise.all([ada.groups.sync('group'), jo.groups.sync('group')])
    provider.setGate(async ({ account }) => (account === 'ada' ? { code: 'auth_expired' } : 'ok'))
    const [broken, fine] = [await ada.groups.sync('group'), await jo.groups.sync('group')]
    expect(broken.failures).toHaveLength(2)
    expect(fine.failures).toEqual([])
  })
})
