import { describe, expect, test } from 'vitest'
import { hour, immutable, type Stage, stage } from './api.js'

interface Part {
  readonly id: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: { readonly id?: string; readonly error?: { readonly code: string } }
}

const json = { 'Content-Type': 'application/json', Prefer: immutable }

async function send({ microsoft, jane }: Stage, requests: unknown): Promise<Response> {
  return microsoft.fetch('https://graph.microsoft.com/v1.0/$batch', {
    method: 'POST',
    headers: { authorization: `Bearer ${jane.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ requests }),
  })
}

async function batch(set: Stage, requests: readonly object[]): Promise<readonly Part[]> {
  const response = await send(set, requests)
  expect(response.status).toBe(200)
  return ((await response.json()) as { readonly responses: readonly Part[] }).responses
}

describe('a batch', () => {
  test('is many requests in one, answered in any order under their ids', async () => {
    const set = stage()
    const answers = await batch(set, [
      { id: '1', method: 'POST', url: '/me/events', headers: json, body: hour() },
      { id: '2', method: 'GET', url: '/me/events/nothing-that-is-there-now' },
    ])
    expect(answers.map(({ id, status }) => [id, status])).toEqual([
      ['2', 404],
      ['1', 201],
    ])
    expect(answers[0]?.body?.error?.code).toBe('ErrorItemNotFound')
    expect(answers[1]?.headers['Content-Type']).toContain('application/json')
    set.microsoft.options.batchOrder = 'asked'
    // Headers of the batch are none of its requests': an id of one form is asked for in that form.
    const headers = { Prefer: immutable }
    const again = await batch(set, [
      { id: 'a', method: 'GET', url: `/me/events/${answers[1]?.body?.id}`, headers },
      { id: 'b', method: 'DELETE', url: `/me/events/${answers[1]?.body?.id}`, headers, dependsOn: ['a'] },
      { id: 'c', method: 'GET', url: `/me/events/${answers[1]?.body?.id}`, headers, dependsOn: ['b'] },
      { id: 'd', method: 'GET', url: '/me/events', dependsOn: ['c'] },
    ])
    expect(again.map(({ status }) => status)).toEqual([200, 204, 404, 424])
    expect(again[1]).not.toHaveProperty('body')
    // What waits for nobody runs at once, in any order.
    const methods = set.microsoft.requests.map(({ method }) => method)
    expect(methods.slice(0, 2).sort()).toEqual(['events.create', 'events.get'])
    expect(methods.slice(2)).toEqual(['events.get', 'events.delete', 'events.get'])
  })

  test('of more than four requests throttles itself, inside of a good answer', async () => {
    const set = stage({ batchOrder: 'asked' })
    const get = (id: number, more: object = {}) => ({ id: String(id), method: 'GET', url: '/me/events', ...more })
    const answers = await batch(
      set,
      [1, 2, 3, 4, 5, 6].map((id) => get(id)),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429])
    expect(answers[4]?.headers['Retry-After']).toBe('2.128')
    expect(answers[4]?.body?.error?.code).toBe('ApplicationThrottled')
    const chained = await batch(
      set,
      [1, 2, 3, 4, 5, 6].map((id) => get(id, id > 1 ? { dependsOn: [String(id - 1)] } : {})),
    )
    expect(chained.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  })

  test.each<[string, unknown]>([
    ['no list', undefined],
    ['nothing', []],
    ['too much', Array.from({ length: 21 }, (_, id) => ({ id: String(id), method: 'GET', url: '/me/events' }))],
    ['one id twice', [1, 1].map((id) => ({ id: String(id), method: 'GET', url: '/me/events' }))],
    ['no id', [{ method: 'GET', url: '/me/events' }]],
    ['a body without its type', [{ id: '1', method: 'POST', url: '/me/events', body: {} }]],
    ['another host', [{ id: '1', method: 'GET', url: 'https://graph.microsoft.com/v1.0/me' }]],
    ['something unknown', [{ id: '1', method: 'GET', url: '/me', uri: '/me' }]],
    [
      'what comes later',
      [
        { id: '1', method: 'GET', url: '/me', dependsOn: ['2'] },
        { id: '2', method: 'GET', url: '/me' },
      ],
    ],
  ])('is refused with %s', async (_what, requests) => {
    expect((await send(stage(), requests)).status).toBe(400)
  })
})
