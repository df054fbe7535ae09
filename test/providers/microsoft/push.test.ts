import { describe, expect, test } from 'vitest'
import type { RemoteCalendarId } from '../../../src/model/ids.js'
import { microsoftProvider } from '../../../src/providers/microsoft/index.js'
import type { WatchRequest } from '../../../src/providers/watching.js'
import { lunch, opened } from './opened.js'

const start = Date.UTC(2026, 2, 1)
const week = 7 * 86_400_000
const wanted: WatchRequest = {
  id: 'c0ffee00c0ffee00c0ffee00c0ffee00',
  token: 'a-secret-of-ours',
  address: 'https://app.example.com/push/microsoft?tenant=7',
  expiresAt: start + 30 * 86_400_000,
}

describe('subscriptions', () => {
  test('the address is asked whether somebody is there, with words that could be a page, and answers both times', async () => {
    const { account, calendar, microsoft, texts } = listening()
    const watch = await account.watch?.(calendar, wanted)
    expect(texts).toHaveLength(2)
    expect(texts[0]).toContain('&lt;&amp;&gt; ü')
    expect(microsoft.subscriptions()).toMatchObject([{ id: watch?.id, clientState: wanted.token }])
  })

  test('a subscription never lives longer than Microsoft lets it, and is wanted', async () => {
    const { account, calendar } = listening()
    expect((await account.watch?.(calendar, wanted))?.expiresAt).toBe(start + week)
    const short = { ...wanted, expiresAt: start + 3_600_000 }
    expect((await account.watch?.(calendar, short))?.expiresAt).toBe(start + 3_600_000)
  })

  test('every notice of a change names the subscription and our token', async () => {
    const { account, calendar, microsoft, jane, messages } = listening()
    const watch = await account.watch?.(calendar, wanted)
    jane.create(lunch('Lunch'))
    await microsoft.settled()
    expect(messages).toEqual([
      { type: 'notices', notices: [{ watchId: watch?.id, token: wanted.token, kind: 'changed' }] },
    ])
  })

  test.each([
    ['reauthorizationRequired', 'ending'],
    ['subscriptionRemoved', 'ending'],
    ['missed', 'changed'],
  ] as const)('the word %s is %s', async (event, kind) => {
    const { account, calendar, microsoft, messages } = listening()
    const watch = await account.watch?.(calendar, wanted)
    microsoft.lifecycle(watch?.id ?? '', event)
    await microsoft.settled()
    expect(messages).toMatchObject([{ notices: [{ watchId: watch?.id, token: wanted.token, kind }] }])
  })

  test('one that was ended is silent, and can be ended again', async () => {
    const { account, calendar, microsoft, jane, messages } = listening()
    const watch = await account.watch?.(calendar, wanted)
    if (!watch) throw new Error('Microsoft can be watched')
    await account.unwatch?.({ calendar, watch })
    await account.unwatch?.({ calendar, watch })
    jane.create(lunch('Lunch'))
    await microsoft.settled()
    expect(messages).toEqual([])
  })

  test('an address without TLS, one where nobody answers, and a calendar that is not there are told apart', async () => {
    const { account, calendar } = listening()
    const plain = { ...wanted, address: 'http://app.example.com/push' }
    await expect(account.watch?.(calendar, plain)).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(account.watch?.('nowhere' as RemoteCalendarId, wanted)).rejects.toMatchObject({
      code: 'calendar_gone',
    })
    const silent = opened({ now: () => start, deliver: async () => new Response(null, { status: 404 }) })
    await expect(silent.account.watch?.(silent.calendar, wanted)).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

describe('what comes to the address', () => {
  const read = (body: unknown, method = 'POST', query = '') =>
    microsoftProvider().readPush?.({
      method,
      url: new URL(`https://app.example.com/push${query}`),
      headers: new Headers(),
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  test('notices of several subscriptions may come together', () => {
    const value = [{ subscriptionId: 'a', clientState: 'x' }, { subscriptionId: 'b' }]
    expect(read({ value })).toEqual({
      type: 'notices',
      notices: [
        { watchId: 'a', token: 'x', kind: 'changed' },
        { watchId: 'b', token: '', kind: 'changed' },
      ],
    })
  })

  test.each([
    ['nothing', read('')],
    ['no JSON', read('<html>')],
    ['no list', read({ value: 'a' })],
    ['no subscription', read({ value: [{ clientState: 'x' }] })],
    ['an empty list', read({ value: [] })],
    ['a question by another method', read('', 'GET', '?validationToken=a')],
    ['a question without end', read('', 'POST', `?validationToken=${'a'.repeat(5_000)}`)],
  ])('with %s is none of Microsoft', (_what, message) => {
    expect(message).toMatchObject({ type: 'refused' })
  })
})

/** Jane's account, and what Microsoft sends to the address of the host. */
function listening() {
  const messages: unknown[] = []
  const texts: string[] = []
  const deliver: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const { method, headers } = request
    const message = microsoftProvider().readPush?.({
      method,
      headers,
      url: new URL(request.url),
      body: await request.text(),
    })
    if (message?.type !== 'handshake') {
      messages.push(message)
      return new Response(null, { status: 202 })
    }
    texts.push(message.text)
    return new Response(message.text, { headers: { 'content-type': 'text/plain' } })
  }
  return { ...opened({ now: () => start, deliver }), messages, texts }
}
