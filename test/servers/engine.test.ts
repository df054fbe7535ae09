import { afterAll, beforeAll, describe, test } from 'vitest'
import { scenarios } from '../engine/caldav-scenarios.js'
import { DavWorld, type Place } from '../engine/caldav-world.js'
import { type RealServer, type ServerName, startServer } from './real-server.js'

const pairs: readonly (readonly [ServerName, ServerName])[] = [
  ['radicale', 'radicale'],
  ['cyrus', 'cyrus'],
  ['radicale', 'cyrus'],
]

describe.each(pairs)('a calendar at %s and one at %s', (here, there) => {
  const servers: RealServer[] = []
  let calendars = 0

  beforeAll(async () => {
    for (const name of new Set([here, there])) servers.push(await startServer(name))
  })
  afterAll(async () => {
    for (const server of servers) await server.stop()
  })

  async function place(name: ServerName): Promise<Place> {
    const server = servers.find((one) => one.name === name)
    if (!server) throw new Error(`${name} is not running`)
    const url = await server.makeCalendar(`engine-${++calendars}`)
    const destroy = async (): Promise<void> => {
      const answer = await server.request('DELETE', url)
      if (!answer.ok) throw new Error(`${name} does not remove the calendar: ${answer.status}`)
    }
    return { url, username: 'jane', password: 'secret', quietRequests: 1, destroy }
  }

  for (const scenario of scenarios)
    test(scenario.name, async () => scenario.run(await new DavWorld([await place(here), await place(there)]).start()))
})
