import { describe, expect, test } from 'vitest'
import { icloudProvider } from '../../../src/providers/icloud/index.js'
import type { CalendarProvider } from '../../../src/providers/provider.js'
import type { FakeIcloudAccount } from '../../../src/testing/icloud/fake-account.js'
import { type FakeIcloud, type FakeIcloudOptions, fakeIcloud } from '../../../src/testing/icloud/fake-icloud.js'
import { scenarios } from '../../engine/caldav-scenarios.js'
import { single, weekly, withLine } from '../../engine/caldav-texts.js'
import { DavWorld, type Place } from '../../engine/caldav-world.js'
import { serve } from '../../support/serve.js'

/**
 * Two Apple Accounts. The engine comes in through the preset, at Apple's own host names; the people use the same fake as
 * a server at an address of this machine.
 */
class AppleWorld extends DavWorld {
  readonly icloud: FakeIcloud

  constructor(icloud: FakeIcloud, places: readonly [Place, Place]) {
    super(places)
    this.icloud = icloud
  }

  override provider(): CalendarProvider {
    const provider = icloudProvider({
      // Looked up late: the world asks for its provider before it knows its own fields.
      fetch: (input, init) => this.icloud.fetch(input, init),
      now: () => this.clock.now,
      onRequest: (request) => void this.requests.push(request),
    })
    // The world gives every account a web address and calls the provider by the name of its protocol.
    return { id: 'caldav', open: ({ credentials }) => provider.open({ settings: {}, credentials }) }
  }
}

describe('two calendars at iCloud', () => {
  for (const scenario of scenarios)
    test(scenario.name, () => withWorld({}, async (world) => scenario.run(await world.start())))

  test.each(['misdirected', 'redirect', 'not_found', 'unauthorized'] as const)(
    'an account that Apple moves is synced on, nothing twice, where its old host says %s',
    (whenMoved) =>
      withWorld({ whenMoved }, async (world, accounts) => {
        await world.start()
        await world.add(0, single('Lunch'))
        await world.add(1, weekly('Stand-up'))
        await world.settle()
        for (const account of accounts) account.move(107)
        await world.edit(0, 'Lunch', (text) => withLine(text, 'LOCATION', 'Canteen'))
        await world.remove(1, 'Stand-up')
        await world.settle()
        for (const side of [0, 1] as const) {
          expect(await world.titles(side)).toEqual(['Lunch'])
          expect((await world.event(side, 'Lunch')).content.location).toBe('Canteen')
        }
      }),
  )
})

async function withWorld(
  options: FakeIcloudOptions,
  run: (world: AppleWorld, accounts: readonly FakeIcloudAccount[]) => Promise<void>,
): Promise<void> {
  const icloud = fakeIcloud(options)
  const server = await serve(icloud.handle)
  const accounts = ['jane@example.com', 'joe@example.com'].map((username) => {
    const account = icloud.addAccount({ username, calendars: ['home'] })
    account.addCalendar('holidays', 'reminders')
    return account
  })
  const [here, there] = accounts.map((account) => ({
    url: new URL(account.path('home'), server.url).href,
    username: account.username,
    password: account.password ?? '',
    quietRequests: 1,
    destroy: async () => account.removeCalendar('home'),
  }))
  try {
    if (here && there) await run(new AppleWorld(icloud, [here, there]), accounts)
  } finally {
    await server.close()
  }
}
