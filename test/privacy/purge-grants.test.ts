import { afterEach, beforeEach, expect, test } from 'vitest'
import { stage } from '../auth/fixtures.js'
import { type OidcServer, oidcServer } from '../auth/oidc-server.js'

let server: OidcServer
beforeEach(async () => {
  server = await oidcServer()
})
afterEach(() => server.close())

const revocations = () => server.requests.filter((line) => line === 'POST /token/revocation').length

test('the grants of a user who is forgotten are revoked, and their tokens are used by nobody any more', async () => {
  const on = stage(server)
  await on.signIn()
  const other = on.worker()
  const calendars = await other.calendars.list()
  expect(await on.user.purge({ copies: 'keep' })).toEqual({ notRevoked: [], notCleaned: [] })
  expect(revocations()).toBe(1)
  expect(await other.connections.list()).toEqual([])
  await expect(other.connections.refresh('account')).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(other.calendars.get(calendars[0]?.id ?? '')).rejects.toMatchObject({ code: 'invalid_input' })
})

test('a grant that could not be revoked is told of, by the name that the person knows', async () => {
  const on = stage(server)
  await on.signIn()
  const [connection] = await on.user.connections.list()
  server.gate = async (_, response) => {
    response.writeHead(503).end()
    return true
  }
  expect((await on.user.purge({ copies: 'keep' })).notRevoked).toEqual([connection?.name])
  expect(await on.user.connections.list()).toEqual([])
})
