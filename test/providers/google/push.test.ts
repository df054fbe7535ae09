import { describe, expect, test } from 'vitest'
import type { RemoteCalendarId } from '../../../src/model/ids.js'
import { googleProvider } from '../../../src/providers/google/index.js'
import type { WatchRequest } from '../../../src/providers/watching.js'
import { lunch, opened } from './opened.js'

const start = Date.UTC(2026, 2, 1)
const week = 7 * 86_400_000
const wanted: WatchRequest = {
  id: 'c0ffee00c0ffee00c0ffee00c0ffee00',
  token: 'a-secret-of-ours',
  address: 'https://app.example.com/push/google',
  expiresAt: start + week,
}

describe('channels', () => {
  test('a channel tells of changes with our id and our token, and of its own beginning first', async () => {
    const { account, calendar, google, jane, messages } = listening()
    const watch = await account.watch?.(calendar, wanted)
    await google.settled()
    jane.create(lunch('Lunch'))
    await google.settled()
    const { readPush } = googleProvider()
    const read = await Promise.all(messages.map(async (request) => readPush?.(await asPush(request))))
    const notice = { watchId: wanted.id, token: wanted.token, resource: watch?.resource }
    expect(read).toEqual([
      { type: 'notices', notices: [{ ...notice, kind: 'begun' }] },
      { type: 'notices', notices: [{ ...notice, kind: 'changed' }] },
    ])
    expect(watch?.expiresAt).toBeLessThanOrEqual(wanted.expiresAt)
  })

  test('a channel that was ended is silent, and can be ended again', async () => {
    const { account, calendar, google, jane, messages } = listening()
    const watch = await account.watch?.(calendar, wanted)
    if (!watch) throw new Error('Google can be watched')
    await account.unwatch?.({ calendar, watch })
    await account.unwatch?.({ calendar, watch })
    await google.settled()
    messages.splice(0)
    jane.create(lunch('Lunch'))
    await google.settled()
    expect(messages).toEqual([])
  })

  test('an address without TLS, and a calendar that is not there, are told apart', async () => {
    const { account, calendar } = listening()
    await expect(account.watch?.(calendar, { ...wanted, address: 'http://app.example.com/' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await expect(account.watch?.('nowhere' as RemoteCalendarId, wanted)).rejects.toMatchObject({
      code: 'calendar_gone',
    })
  })
})

describe('what comes to the address', () => {
  const headers = {
    'x-goog-channel-id': wanted.id,
    'x-goog-channel-token': wanted.token,
    'x-goog-resource-id': 'ret08u3rv24htgh289g',
    'x-goog-resource-state': 'exists',
    'x-goog-message-number': '10',
  }
  const read = (changed: Readonly<Record<string, string | undefined>>, method = 'POST') => {
    const all = Object.entries({ ...headers, ...changed }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    const url = new URL(wanted.address)
    return googleProvider().readPush?.({ method, url, headers: new Headers(all), body: '' })
  }

  test('a message without a token says so, and is for the engine to judge', () => {
    expect(read({ 'x-goog-channel-token': undefined })).toMatchObject({ notices: [{ token: '' }] })
  })

  test('what Google calls not_exists is a change like any other', () => {
    expect(read({ 'x-goog-resource-state': 'not_exists' })).toMatchObject({ notices: [{ kind: 'changed' }] })
  })

  test.each([
    ['no channel', read({ 'x-goog-channel-id': undefined })],
    ['no state', read({ 'x-goog-resource-state': undefined })],
    ['a state of its own', read({ 'x-goog-resource-state': 'constructor' })],
    ['another method', read({}, 'GET')],
  ])('with %s is none of Google', (_what, message) => {
    expect(message).toMatchObject({ type: 'refused' })
  })
})

/** Jane's account, and what Google sends to the address of the host. */
function listening() {
  const messages: Request[] = []
  const deliver: typeof fetch = async (input, init) => {
    messages.push(new Request(input, init))
    return new Response(null, { status: 204 })
  }
  return { ...opened({ now: () => start, deliver }), messages }
}

async function asPush(request: Request) {
  return { method: request.method, url: new URL(request.url), headers: request.headers, body: await request.text() }
}
