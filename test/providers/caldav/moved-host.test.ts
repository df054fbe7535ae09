import { expect, test } from 'vitest'
import type { RemoteCalendarId } from '../../../src/model/ids.js'
import { caldavProvider } from '../../../src/providers/caldav/index.js'
import { startCaldavStub } from '../../support/caldav-stub.js'
import { ics, Mirror } from './fixtures.js'

test.each([
  ['by path', undefined],
  ['with its new name', 'https://new.example.com'],
])(
  'a server that one day sends every request on to another host, and names its events %s: ids stay, so nothing looks new or removed',
  async (_how, named) => {
    const stub = await startCaldavStub({ username: 'jane', password: 'secret' })
    let hasMoved = false
    const account = caldavProvider({
      fetch: async (input, init) => {
        const request = new Request(input, init)
        const url = new URL(request.url)
        if (hasMoved && url.host === 'old.example.com')
          return new Response('', { status: 308, headers: { location: `https://new.example.com${url.pathname}` } })
        const body = request.method === 'GET' ? {} : { body: await request.text() }
        const answer = await fetch(new URL(url.pathname, stub.url), {
          method: request.method,
          headers: request.headers,
          ...body,
        })
        const text = await answer.text()
        const shown = hasMoved && named ? text.replaceAll('<d:href>/', `<d:href>${named}/`) : text
        return new Response(shown, { status: answer.status, headers: answer.headers })
      },
    }).open({
      settings: { url: 'https://old.example.com/' },
      credentials: { username: 'jane', password: 'secret' },
    })
    try {
      stub.put('work', 'one.ics', ics('one@example.com', 'One'))
      const mirror = new Mirror(account, stub.calendar('work') as RemoteCalendarId)
      await mirror.pull()
      const before = [...mirror.held]
      hasMoved = true
      expect(await mirror.pull()).toEqual([])
      stub.put('work', 'one.ics', ics('one@example.com', 'Uno'))
      stub.put('work', 'two.ics', ics('two@example.com', 'Two'))
      await mirror.pull()
      expect([...mirror.held.keys()].sort()).toEqual([before[0]?.[0], '/calendars/jane/work/two.ics'])
      mirror.cursor = undefined
      await mirror.pull()
      expect([...mirror.events.values()].map(({ id, content }) => `${id} ${content.title}`).sort()).toEqual([
        '/calendars/jane/work/one.ics Uno',
        '/calendars/jane/work/two.ics Two',
      ])
    } finally {
      await stub.close()
    }
  },
)
