import { http } from 'msw'
import { setupServer } from 'msw/node'
import { expect, test } from 'vitest'
import { fakeMicrosoft } from '../../../src/testing/microsoft/index.js'
import { hour } from './api.js'

test('a host that tests with msw hands every request to the fake', async () => {
  const microsoft = fakeMicrosoft()
  const jane = microsoft.addAccount()
  jane.calendar().create(hour())
  const server = setupServer(http.all('https://graph.microsoft.com/*', ({ request }) => microsoft.handle(request)))
  server.listen()
  try {
    const address = 'https://graph.microsoft.com/v1.0/me/events?$select=subject'
    const good = await fetch(address, { headers: { authorization: `Bearer ${jane.token}` } })
    expect(await good.json()).toMatchObject({ value: [{ subject: 'Lunch' }] })
    expect((await fetch(address, { headers: { authorization: 'Bearer stolen' } })).status).toBe(401)
  } finally {
    server.close()
  }
})
