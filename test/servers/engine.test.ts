import { afterAll, beforeAll, describe, test } from 'vitest'
import { scenarios } from '../engine/caldav-scenarios.js'
import { DavWorld, type Place } from '../engine/caldav-world.js'
import {
  type RealServer,
  type ServerName,
  serverNames,
  startServers,
  startTimeoutMs,
  stopServers,
} from './real-server.js'

const pairs: readonly (readonly [ServerName, ServerName])[] = [
  // Xandikos asks nobody for a password, so it stands where none turns wrong.
  ['xandikos', 'davical'],
  ['radicale', 'cyrus'],
  // Both calendars are of one user, who may have every UID once.
  ['cyrus', 'cyrus'],
  ['sabre', 'sogo'],
]

let servers: readonly RealServer[] = []

beforeAll(async () => {
  servers = await startServers(serverNames)
}, startTimeoutMs)
afterAll(() => stopServers(servers))

describe.each(pairs)('a calendar at %s and one at %s', (here, there) => {
  let calendars = 0

  async function place(name: ServerName): Promise<Place> {
    const server = servers.find((one) => one.name === name)
    if (!server) throw new Error(`${name} is not running`)
    const url = await server.makeCalendar(`engine-${here}-${there}-${++calendars}`)
    const destroy = async (): Promise<void> => {
      const answer = await server.request('DELETE', url)
      if (!answer.ok) throw new Error(`${name} does not remove the calendar: ${answer.status}`)
    }
    const repeatsForMs = name === 'sogo' ? 1_100 : 0
    return { url, username: 'jane', password: 'secret', quietRequests: 1, repeatsForMs, destroy }
  }

  for (const scenario of scenarios)
    test(scenario.name, async () => scenario.run(await new DavWorld([await place(here), await place(there)]).start()))
})
