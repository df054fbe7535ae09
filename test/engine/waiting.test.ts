import { expect, test } from 'vitest'
import { Accounts } from '../../src/engine/accounts.js'
import { renewingAccount } from '../../src/engine/renewing-account.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { SyncError } from '../../src/errors.js'
import type { ConnectionId, UserId } from '../../src/model/ids.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, world } from '../support/world.js'

test('a service that asks for a wait of years is asked again within the hour', async () => {
  const w = await world()
  await w.settle()
  w.calendar(0).add(content('Lunch'))
  w.fault = ({ calendar }) => (calendar === 'cal-b' ? { code: 'rate_limited', retryAfterMs: 1e14 } : undefined)
  await w.sync()
  w.fault = undefined
  w.clock.now += 3_700_000
  await w.sync()
  expect(w.titles(1)).toEqual(['Lunch'])
})

test('credentials that were renewed and refused are not tried a second time', async () => {
  const provider = memoryProvider()
  for (const id of ['a', 'b']) provider.service.addCalendar({ id })
  const tried: unknown[] = []
  let token = 'first'
  let isRefused = false
  const signedIn = {
    id: 'memory',
    open: (access: Parameters<typeof provider.open>[0]) => {
      const account = provider.open(access)
      const refuse = async () => {
        tried.push(access.credentials)
        throw new SyncError('auth_expired', 'Sign in again.')
      }
      return { ...account, listCalendars: () => (isRefused ? refuse() : account.listCalendars()) }
    },
  }
  const storage = memoryStorage()
  const user = new SyncEngine({ storage, providers: [signedIn], credentials: () => token }).user('user')
  await user.connections.add({ provider: 'memory', id: 'account' })
  const accounts = new Accounts(storage, [signedIn], () => token)
  const account = await accounts.open('user' as UserId, 'account' as ConnectionId)
  isRefused = true
  token = 'second'
  for (let call = 0; call < 2; call++) await expect(account.listCalendars()).rejects.toThrow('Sign in again.')
  expect(tried).toEqual(['first', 'second', 'second'])
})

test('an account is renewed once for a call that was refused, and the renewed one is kept', async () => {
  const provider = memoryProvider({ calendars: [{ id: 'a' }] })
  const good = provider.open({ settings: {}, credentials: undefined })
  const refused = { ...good, listCalendars: () => Promise.reject(new SyncError('auth_expired', 'Sign in again.')) }
  let renewals = 0
  const account = renewingAccount(refused, async () => {
    renewals++
    return good
  })
  expect((await account.listCalendars()).length).toBe(1)
  expect((await account.listCalendars()).length).toBe(1)
  expect(renewals).toBe(1)
})
