import { afterAll, beforeAll, describe, test } from 'vitest'
import { providerContract } from '../../src/testing/provider-contract.js'
import { contractFixture } from '../providers/caldav/contract-fixture.js'
import { type RealServer, type ServerName, serverNames, startServer } from './real-server.js'

/** What a server does to events that no client can prevent. These cases must fail; if one does not, take it off here. */
const deviations: Readonly<Record<ServerName, readonly string[]>> = {
  radicale: [],
  // Cyrus takes an escaped comma inside of a category for the end of it.
  cyrus: [
    'gives back a created copy as it was written: categories with commas',
    'writes over any other event: categories with commas',
  ],
}

describe.each(serverNames)('the contract of providers at %s', (name) => {
  let server: RealServer
  let calendars = 0

  beforeAll(async () => {
    server = await startServer(name)
  })
  afterAll(async () => {
    await server?.stop()
  })

  for (const one of providerContract) {
    test(one.name, { fails: deviations[name].includes(one.name) }, (context) =>
      one.run(
        async () => {
          const url = await server.makeCalendar(`contract-${++calendars}`)
          // Removed afterwards, because Cyrus wants every UID once per user, and cases use the same ones again.
          const close = async (): Promise<void> => void (await server.request('DELETE', url))
          return contractFixture({ account: server.open(), url, authorization: server.authorization, close })
        },
        (reason) => context.skip(reason),
      ),
    )
  }
})
