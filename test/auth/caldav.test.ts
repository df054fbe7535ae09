import { expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { startCaldavStub } from '../support/caldav-stub.js'
import { content } from '../support/world.js'
import { session, testClient, testVault } from './fixtures.js'
import { oidcServer } from './oidc-server.js'

test('a CalDAV server that wants OAuth is synced by it, with a new token when the old one has run out', async () => {
  const server = await oidcServer()
  const refused = new Set<string>([''])
  const shown: string[] = []
  const dav = await startCaldavStub({
    fault: ({ headers }) => {
      const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
      shown.push(token)
      return refused.has(token) ? { status: 401 } : undefined
    },
  })
  const clock = { now: Date.now() }
  const memory = memoryProvider({ now: () => clock.now, calendars: [{ id: 'home' }] })
  const user = new SyncEngine({
    storage: memoryStorage(),
    providers: [memory, caldavProvider({ allowedHosts: [new URL(dav.url).host] })],
    now: () => clock.now,
    auth: { vault: testVault(), oauth: { davhost: testClient(server, { handsOver: 'token' }) } },
  }).user('ada')
  const asked = { provider: 'caldav', client: 'davhost', id: 'work', settings: { url: dav.url }, session }
  const { url } = await user.connections.signIn(asked)
  const work = await user.connections.completeSignIn(await server.browse(url), { session })
  const home = await user.connections.add({ provider: 'memory' })
  const members = [...work.calendars, ...home.calendars].map(({ id }) => ({ calendarId: id }))
  await user.groups.create({ id: 'group', name: 'g', members })
  memory.service.calendar('home').add(content('Lunch'))
  expect((await user.groups.sync('group')).failures).toEqual([])

  const [old = ''] = shown
  refused.add(old)
  shown.length = 0
  clock.now += 3_600_000
  memory.service.calendar('home').add(content('Dentist'))
  expect(await user.groups.sync('group')).toMatchObject({ failures: [], counts: { created: 1 } })
  expect(server.count('refresh_token')).toBe(1)
  expect([...new Set(shown)]).toHaveLength(2)
  expect(shown.filter((token) => token === old)).toHaveLength(1)
  await dav.close()
  await server.close()
})
