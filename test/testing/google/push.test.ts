import { describe, expect, test } from 'vitest'
import type { FakeGoogleOptions } from '../../../src/testing/google/index.js'
import { ask as askAs, events, hour, stage } from './api.js'

const watch = `${events}/watch`
const channel = { id: 'channel-1', type: 'web_hook', address: 'https://host.example.com/push', token: 'secret' }

interface Message {
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
}

/** A Google whose messages arrive here. */
function withMail(options: FakeGoogleOptions = {}, answers: readonly number[] = []) {
  const messages: Message[] = []
  const left = [...answers]
  const deliver: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    messages.push({ address: request.url, headers: Object.fromEntries(request.headers) })
    return new Response(null, { status: left.shift() ?? 200 })
  }
  const states = () => messages.map(({ headers }) => headers['x-goog-resource-state'])
  return { ...stage({ deliver, ...options }), messages, states }
}

describe('a channel', () => {
  test('is told at once that it is open, even before the answer', async () => {
    const { ask, messages } = withMail()
    const { body } = await ask('POST', watch, { body: channel })
    expect(body).toEqual({
      ...{ kind: 'api#channel', id: 'channel-1', token: 'secret', resourceId: expect.any(String) },
      resourceUri: 'https://www.googleapis.com/calendar/v3/calendars/jane%40example.com/events?alt=json',
      expiration: String(Date.UTC(2026, 0, 8, 12)),
    })
    expect(messages).toEqual([
      {
        address: channel.address,
        headers: {
          'x-goog-channel-id': 'channel-1',
          'x-goog-channel-token': 'secret',
          'x-goog-channel-expiration': 'Thu, 08 Jan 2026 12:00:00 GMT',
          'x-goog-message-number': '1',
          'x-goog-resource-id': Reflect.get(body, 'resourceId'),
          'x-goog-resource-state': 'sync',
          'x-goog-resource-uri': Reflect.get(body, 'resourceUri'),
          'user-agent': expect.stringContaining('APIs-Google'),
        },
      },
    ])
  })

  test('hears of every change, with numbers that grow, and not what changed', async () => {
    const { ask, google, jane, messages, states } = withMail()
    await ask('POST', watch, { body: channel })
    await ask('POST', events, { body: hour() })
    jane.calendar().create(hour())
    await ask('POST', events, { body: { summary: 'refused' } })
    await google.settled()
    expect(states()).toEqual(['sync', 'exists', 'exists'])
    const numbers = messages.map(({ headers }) => Number(headers['x-goog-message-number']))
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    expect(new Set(numbers).size).toBe(3)
  })

  test('ends with its time, or when who opened it closes it', async () => {
    let now = Date.UTC(2026, 0, 1)
    const { ask, google, states } = withMail({ now: () => now })
    const { body } = await ask('POST', watch, { body: { ...channel, params: { ttl: '60' } } })
    const bob = google.addAccount({ email: 'bob@example.com' })
    const both = { id: 'channel-1', resourceId: Reflect.get(body, 'resourceId') as string }
    const stop = 'channels/stop'
    expect(await askAs(google, bob.token ?? '', 'POST', stop, { body: both })).toMatchObject({ status: 404 })
    expect(await ask('POST', stop, { body: { ...both, resourceId: 'other' } })).toMatchObject({ status: 404 })
    now += 60_000
    expect(google.channels()).toEqual([])
    await ask('POST', events, { body: hour() })
    await google.settled()
    expect(states()).toEqual(['sync'])
    await ask('POST', watch, { body: { ...channel, id: 'channel-2', expiration: String(now + 1_000) } })
    expect(google.channels()).toMatchObject([
      { id: 'channel-2', calendarId: 'jane@example.com', expiration: now + 1_000 },
    ])
    const second = { id: 'channel-2', resourceId: google.channels()[0]?.resourceId }
    expect((await ask('POST', stop, { body: second })).status).toBe(204)
    expect(google.channels()).toEqual([])
  })

  test.each([
    ['an address without TLS', { address: 'http://host.example.com/push' }],
    ['no address', { address: undefined }],
    ['no id', { id: undefined }],
    ['an id that is too long', { id: 'x'.repeat(65) }],
    ['a type that is none', { type: 'pager' }],
    ['a token that is too long', { token: 'x'.repeat(257) }],
    ['an end in the past', { expiration: '1' }],
  ])('is refused: %s', async (_what, change) => {
    const { ask, google } = withMail()
    expect(await ask('POST', watch, { body: { ...channel, ...change } })).toMatchObject({ status: 400 })
    expect(google.channels()).toEqual([])
  })

  test('has a name that nobody else has', async () => {
    const { ask } = withMail()
    await ask('POST', watch, { body: channel })
    expect(await ask('POST', watch, { body: channel })).toMatchObject({ status: 400, reason: 'channelIdNotUnique' })
  })

  test('of the list of calendars hears of new ones', async () => {
    const { ask, google, jane, states } = withMail()
    await ask('POST', 'users/me/calendarList/watch', { body: channel })
    jane.addCalendar({ summary: 'Team' })
    jane.calendar().create(hour())
    await google.settled()
    expect(states()).toEqual(['sync', 'exists'])
  })
})

describe('messages', () => {
  test('get lost, or come twice', async () => {
    const { ask, google, states } = withMail()
    await ask('POST', watch, { body: channel })
    google.options.pushes = 'lost'
    await ask('POST', events, { body: hour() })
    google.options.pushes = 'doubled'
    await ask('POST', events, { body: hour() })
    await google.settled()
    expect(states()).toEqual(['sync', 'exists', 'exists'])
  })

  test('are tried again after an error that passes, and not after another', async () => {
    const { ask, messages } = withMail({}, [503, 500, 200])
    await ask('POST', watch, { body: channel })
    expect(messages).toHaveLength(3)
    const other = withMail({}, [404])
    await other.ask('POST', watch, { body: channel })
    expect(other.messages).toHaveLength(1)
  })
})
