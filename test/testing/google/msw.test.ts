import { http } from 'msw'
import { setupServer } from 'msw/node'
import { expect, test } from 'vitest'
import { fakeGoogle } from '../../../src/testing/google/index.js'

test('a host that tests with msw hands every request to the fake', async () => {
  const google = fakeGoogle()
  const jane = google.addAccount()
  jane.calendar().create({ summary: 'Lunch', start: { date: '2026-01-05' }, end: { date: '2026-01-06' } })
  const server = setupServer(http.all('https://www.googleapis.com/*', ({ request }) => google.handle(request)))
  server.listen()
  try {
    const address = 'https://www.googleapis.com/calendar/v3/calendars/primary/events?fields=items(summary,start)'
    const good = await fetch(address, { headers: { authorization: `Bearer ${jane.token}` } })
    expect(await good.json()).toEqual({ items: [{ summary: 'Lunch', start: { date: '2026-01-05' } }] })
    const stranger = await fetch(address, { headers: { authorization: 'Bearer stolen' } })
    expect([stranger.status, (await stranger.json()) as unknown]).toMatchObject([401, { error: { code: 401 } }])
  } finally {
    server.close()
  }
})
