import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordBehaviours, recordedBehaviours } from './behaviours.js'
import { type Behaviour, observe } from './probes.js'
import { type RealServer, serverNames, startServers, startTimeoutMs, stopServers } from './real-server.js'

/** Set to take over what is seen, instead of comparing it with what was. */
const records = process.env['CALWEAVE_RECORD'] === '1'

describe('what the servers do', () => {
  let servers: readonly RealServer[] = []
  const seen: Partial<Record<string, Behaviour>> = {}

  beforeAll(async () => {
    servers = await startServers(serverNames)
  }, startTimeoutMs)
  afterAll(async () => {
    await stopServers(servers)
    if (records) recordBehaviours(seen as Record<string, Behaviour>)
  })

  test.each(serverNames)('%s does what is written down of it', async (name) => {
    const server = servers.find((one) => one.name === name) as RealServer
    const behaviour = await observe(server)
    seen[name] = behaviour
    if (!records) expect(behaviour).toEqual(recordedBehaviours()[name])
  })
})
