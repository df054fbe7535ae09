import { afterAll, beforeAll, describe, test } from 'vitest'
import { providerContract } from '../../src/testing/provider-contract.js'
import { contractFixture } from '../providers/caldav/contract-fixture.js'
import {
  type RealServer,
  type ServerName,
  serverNames,
  startServers,
  startTimeoutMs,
  stopServers,
} from './real-server.js'

/** What a server does to events that no client can prevent. These cases must fail; if one does not, take it off here. */
const deviations: Readonly<Record<ServerName, readonly string[]>> = {
  radicale: [],
  // Xandikos loses the backslash before a comma inside of a category: one becomes two.
  xandikos: [
    'gives back a created copy as it was written: categories with commas',
    'writes over any other event: categories with commas',
  ],
  sabre: [],
  davical: [],
  sogo: [],
  // Cyrus takes an escaped comma inside of a category for the end of it.
  cyrus: [
    'gives back a created copy as it was written: categories with commas',
    'writes over any other event: categories with commas',
  ],
}

let servers: readonly RealServer[] = []

beforeAll(async () => {
  servers = await startServers(serverNames)
}, startTimeoutMs)
afterAll(() => stopServers(servers))

describe.each(serverNames)('the contract of providers at %s', (name) => {
  let server: RealServer
  let calendars = 0

  beforeAll(() => {
    server = servers.find((one) => one.name === name) as RealServer
  })

  for (const one of providerContract) {
    test(one.name, { fails: deviations[name].includes(one.name) }, (context) =>
      one.run(
        async () => {
          const url = await server.makeCalendar(`contract-${++calendars}`)
          // The guests of the cases are at example.com, and none of the servers can send mail.
          // Removed afterwards, because Cyrus wants every UID once per user, and cases use the same ones again.
          const close = async (): Promise<void> => void (await server.request('DELETE', url))
          return contractFixture({
            account: server.open({ scheduling: 'allow' }),
            url,
            authorization: server.authorization,
            close,
            many: 12,
          })
        },
        (reason) => context.skip(reason),
      ),
    )
  }
})
