import { describe, expect, test } from 'vitest'
import type { FakeMicrosoftOptions } from '../../../src/testing/microsoft/index.js'
import { daily, hour, stage } from './api.js'

const inWeek = '2026-01-08T11:00:00Z'
const wanted = {
  changeType: 'created,updated,deleted',
  notificationUrl: 'https://host.example.com/push?user=1',
  lifecycleNotificationUrl: 'https://host.example.com/lifecycle',
  resource: '/me/events',
  expirationDateTime: inWeek,
  clientState: 'secret',
}

interface Notification {
  readonly changeType?: string
  readonly lifecycleEvent?: string
  readonly clientState?: string
  readonly resourceData?: { readonly id: string }
}

/** A Graph whose notifications arrive here. Whoever listens gives back what it is asked to, unless `answers` says else. */
function withPost(options: FakeMicrosoftOptions = {}, answers: ((token: string) => Response) | undefined = undefined) {
  const got: { readonly path: string; readonly value: readonly Notification[] }[] = []
  const asked: string[] = []
  const deliver: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    const token = url.searchParams.get('validationToken')
    if (token !== null) {
      asked.push(request.url)
      return answers ? answers(token) : new Response(token, { headers: { 'content-type': 'text/plain' } })
    }
    got.push({ path: url.pathname, ...((await request.json()) as { readonly value: readonly Notification[] }) })
    return new Response(null, { status: 202 })
  }
  const set = stage({ deliver, ...options })
  const subscribe = (change: object = {}) => set.ask('POST', 'subscriptions', { body: { ...wanted, ...change } })
  const kinds = async () => {
    await set.microsoft.settled()
    return got.splice(0).flatMap(({ value }) => value.map((one) => one.changeType ?? one.lifecycleEvent))
  }
  return { ...set, got, asked, subscribe, kinds }
}

describe('a subscription', () => {
  test('begins when both addresses gave back a token, which comes encoded', async () => {
    const { subscribe, asked, microsoft } = withPost()
    const { status, body } = await subscribe()
    expect(status).toBe(201)
    expect(body).toMatchObject({
      clientState: 'secret',
      resource: '/me/events',
      expirationDateTime: '2026-01-08T11:00:00.000Z',
    })
    expect(asked.map((url) => url.replace(/validationToken=.*/, ''))).toEqual([
      ...['https://host.example.com/push?user=1&', 'https://host.example.com/lifecycle?'],
    ])
    expect(asked[0]).toContain('Validation%3A%20Testing')
    expect(microsoft.subscriptions()).toMatchObject([{ id: body.id, calendarId: undefined, isImmutable: true }])
  })

  test.each<[string, (token: string) => Response]>([
    ['the token as it stands in the address', (token) => new Response(encodeURIComponent(token), { headers: plain })],
    ['the token as JSON', (token) => Response.json(token)],
    ['the token without its type', (token) => new Response(new TextEncoder().encode(token))],
    ['nothing', () => new Response(null, { status: 200, headers: plain })],
    ['an error', (token) => new Response(token, { status: 500, headers: plain })],
  ])('does not begin where the address gives back %s', async (_what, answers) => {
    const { subscribe, microsoft } = withPost({}, answers)
    expect(await subscribe()).toMatchObject({ status: 400, code: 'ValidationError' })
    expect(microsoft.subscriptions()).toEqual([])
  })

  test.each([
    ['an address without TLS', { notificationUrl: 'http://host.example.com/push' }],
    ['no address', { notificationUrl: undefined }],
    ['a kind of change that is none', { changeType: 'moved' }],
    ['a resource that is none', { resource: '/me/messages' }],
    ['more than a week', { expirationDateTime: '2026-01-08T13:00:00Z' }],
    ['an end in the past', { expirationDateTime: '2025-01-01T00:00:00Z' }],
    ['a state that is too long', { clientState: 'x'.repeat(129) }],
    ['something unknown', { secret: 'x' }],
  ])('is refused with %s', async (_what, change) => {
    expect((await withPost().subscribe(change)).status).toBe(400)
  })

  test('lives three quarters of an hour at least, is renewed, and ends', async () => {
    let now = Date.UTC(2026, 0, 1, 12)
    const { ask, subscribe, microsoft } = withPost({ now: () => now })
    const { body } = await subscribe({ expirationDateTime: '2026-01-01T12:01:00Z' })
    const path = `subscriptions/${body.id}`
    expect(microsoft.subscriptions()[0]?.expiration).toBe(now + 45 * 60_000)
    expect((await ask('PATCH', path, { body: { expirationDateTime: inWeek } })).status).toBe(200)
    expect((await ask('PATCH', path, { body: { lifecycleNotificationUrl: 'https://x.example.com' } })).status).toBe(400)
    now = Date.parse(inWeek)
    expect(microsoft.subscriptions()).toEqual([])
    expect((await ask('PATCH', path, { body: { expirationDateTime: '2026-01-09T00:00:00Z' } })).status).toBe(404)
    const { body: other } = await subscribe({ expirationDateTime: '2026-01-09T00:00:00Z' })
    expect((await ask('GET', `subscriptions/${other.id}`)).status).toBe(200)
    expect((await ask('GET', 'subscriptions')).body.value).toHaveLength(1)
    expect((await ask('DELETE', `subscriptions/${other.id}`)).status).toBe(204)
    expect((await ask('DELETE', `subscriptions/${other.id}`)).status).toBe(404)
  })
})

describe('notifications', () => {
  test('say what kind of change, of which event by the id of its form, and the secret', async () => {
    const { subscribe, jane, microsoft, got } = withPost()
    await subscribe()
    const { id } = jane.calendar().create(hour())
    await microsoft.settled()
    expect(got).toEqual([
      {
        path: '/push',
        value: [
          {
            subscriptionId: microsoft.subscriptions()[0]?.id,
            subscriptionExpirationDateTime: '2026-01-08T11:00:00.000Z',
            clientState: 'secret',
            tenantId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            changeType: 'created',
            resource: `Users/${jane.userId}/Events/${id}`,
            resourceData: {
              '@odata.type': '#Microsoft.Graph.Event',
              '@odata.id': `Users/${jane.userId}/Events/${id}`,
              '@odata.etag': expect.any(String),
              id,
            },
          },
        ],
      },
    ])
  })

  test('come for every change, whoever made it, of the calendar that was asked for', async () => {
    const { ask, subscribe, jane, kinds } = withPost()
    const team = jane.addCalendar({ name: 'Team' })
    expect((await subscribe({ resource: `/me/calendars/${team}/events` })).status).toBe(201)
    jane.calendar().create(hour())
    expect(await kinds()).toEqual([])
    const { body } = await ask('POST', `me/calendars/${team}/events`, { body: daily() })
    jane.calendar(team).editOccurrence(body.id ?? '', '2026-01-06', { subject: 'Other' })
    jane.calendar(team).removeOccurrence(body.id ?? '', '2026-01-07')
    expect(await kinds()).toEqual(['created', 'updated', 'updated'])
    jane.calendar().move(body.id ?? '', jane.calendar().id)
    expect(await kinds()).toEqual(['deleted'])
  })

  test('of a move within a mailbox are an end and a beginning', async () => {
    const { subscribe, jane, kinds } = withPost()
    const team = jane.addCalendar({ name: 'Team' })
    const { id = '' } = jane.calendar().create(hour())
    await subscribe({ changeType: 'created,deleted' })
    jane.calendar().edit(id, { subject: 'Other' })
    jane.calendar().move(id, team)
    expect(await kinds()).toEqual(['deleted', 'created'])
  })

  test('get lost, come twice, or tell of one new event three times', async () => {
    const { subscribe, jane, microsoft, kinds } = withPost()
    await subscribe()
    const create = (notifications: NonNullable<FakeMicrosoftOptions['notifications']>) => {
      microsoft.options.notifications = notifications
      jane.calendar().create(hour())
      return kinds()
    }
    expect(await create('lost')).toEqual([])
    expect(await create('doubled')).toEqual(['created', 'created'])
    expect(await create('noisy')).toEqual(['created', 'updated', 'updated'])
  })

  test('of the life of a subscription: quiet until it is authorized anew, missed ones, the end', async () => {
    const { ask, subscribe, jane, microsoft, kinds, got } = withPost()
    const { body } = await subscribe()
    const id = body.id ?? ''
    microsoft.lifecycle(id, 'missed')
    await microsoft.settled()
    expect(got[0]?.path).toBe('/lifecycle')
    expect(await kinds()).toEqual(['missed'])
    microsoft.lifecycle(id, 'reauthorizationRequired')
    jane.calendar().create(hour())
    expect(await kinds()).toEqual(['reauthorizationRequired'])
    expect((await ask('POST', `subscriptions/${id}/reauthorize`)).status).toBe(204)
    jane.calendar().create(hour())
    expect(await kinds()).toEqual(['created'])
    microsoft.lifecycle(id, 'subscriptionRemoved')
    jane.calendar().create(hour())
    expect(await kinds()).toEqual(['subscriptionRemoved'])
    expect((await ask('PATCH', `subscriptions/${id}`, { body: { expirationDateTime: inWeek } })).status).toBe(404)
  })
})

const plain = { 'content-type': 'text/plain' }
