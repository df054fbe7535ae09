import { describe, expect, test } from 'vitest'
import { httpClient } from '../../src/http/client.js'

/** Threat 3: where a redirect leads, and what of the request goes there. */

const home = 'https://caldav.example.com/'
const secrets = { authorization: 'Basic c2VjcmV0', cookie: 'session=c2VjcmV0', 'x-api-key': 'c2VjcmV0' }
const statuses = [301, 302, 303, 307, 308]

interface Asked {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A service whose address of old answers with this redirect, and everything else with 200. */
function redirecting(status: number, location: string | undefined) {
  const asked: Asked[] = []
  const client = httpClient({
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { url, method } = request
      asked.push({ url, method, headers: Object.fromEntries(request.headers), body: await request.text() })
      if (url !== home) return new Response('there')
      return new Response(null, { status, headers: location === undefined ? {} : { location } })
    },
  })
  return { client, asked }
}

describe.each(statuses)('a redirect with %i', (status) => {
  test('to the same site gets method, body and credentials', async () => {
    for (const target of [`${home}x`, 'https://p62-caldav.example.com/x', 'https://example.com/x']) {
      const { client, asked } = redirecting(status, target)
      const request = { method: 'PROPFIND', url: home, headers: { ...secrets, depth: '0' }, body: '<a/>' }
      expect((await client.request(request)).text).toBe('there')
      expect(asked).toMatchObject([{ url: home }, { url: target, method: 'PROPFIND', body: '<a/>' }])
      expect(asked[1]?.headers).toMatchObject({ ...secrets, depth: '0' })
    }
  })

  test.each(Object.keys(secrets))('to another site is not followed with %s', async (name) => {
    for (const target of [
      'https://example.org/',
      'https://caldav.example.com:8443/',
      'https://caldav.example.com.evil.example/',
    ]) {
      const { client, asked } = redirecting(status, target)
      const asking = client.request({ method: 'GET', url: home, headers: { [name]: 'c2VjcmV0' } })
      await expect(asking).rejects.toMatchObject({ code: 'invalid_input', reason: 'OTHER_SITE' })
      expect(asked.map(({ url }) => url)).toEqual([home])
    }
  })

  test('to another site is not followed with a body', async () => {
    const { client, asked } = redirecting(status, 'https://example.org/')
    const asking = client.request({ method: 'PUT', url: home, body: 'BEGIN:VCALENDAR' })
    await expect(asking).rejects.toMatchObject({ reason: 'OTHER_SITE' })
    expect(asked).toHaveLength(1)
  })

  test('to another site is followed where there is nothing to lose', async () => {
    const { client, asked } = redirecting(status, 'https://example.org/feed.ics')
    expect((await client.request({ method: 'GET', url: home })).url).toBe('https://example.org/feed.ics')
    expect(asked).toHaveLength(2)
  })

  test.each([
    'http://caldav.example.com/',
    'http://example.com/',
    'https://10.0.0.1/',
    'https://8.8.8.8/',
    'https://[2606:4700::1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://localhost/',
    'https://jane:pw@caldav.example.com/',
    'ftp://caldav.example.com/',
    'file:///etc/passwd',
    'data:text/calendar,BEGIN:VCALENDAR',
    'javascript:alert(1)',
  ])('to %s is refused, with and without credentials', async (target) => {
    for (const headers of [secrets, {}]) {
      const { client, asked } = redirecting(status, target)
      const asking = client.request({ method: 'GET', url: home, headers })
      await expect(asking).rejects.toMatchObject({ code: 'invalid_input', reason: 'ADDRESS_REFUSED' })
      expect(asked.map(({ url }) => url)).toEqual([home])
    }
  })
})

test('from https to http is refused, even to a host that may be asked by http', async () => {
  const asked: string[] = []
  const client = httpClient({
    allowedHosts: ['nas.local'],
    fetch: async (input, init) => {
      asked.push(new Request(input, init).url)
      return new Response(null, { status: 301, headers: { location: 'http://nas.local/' } })
    },
  })
  const asking = client.request({ method: 'GET', url: 'https://nas.local/' })
  await expect(asking).rejects.toMatchObject({ reason: 'ADDRESS_REFUSED' })
  expect(asked).toEqual(['https://nas.local/'])
})

test('what is no redirect, or leads nowhere, is an answer like any other', async () => {
  const rows = [
    [300, 'https://example.com/'],
    [304, 'https://example.com/'],
    [305, 'https://example.com/'],
    [302, undefined],
    [302, 'https://[nonsense/'],
  ] as const
  for (const [status, location] of rows) {
    const { client, asked } = redirecting(status, location)
    expect((await client.request({ method: 'GET', url: home })).status).toBe(status)
    expect(asked).toHaveLength(1)
  }
})

test('the site is that of the account, not that of the last hop: nobody gets on by two small steps', async () => {
  const steps: Readonly<Record<string, string>> = {
    'https://caldav.example.com/': 'https://other.example.com/',
    'https://other.example.com/': 'https://example.org/',
  }
  const asked: string[] = []
  const client = httpClient({
    fetch: async (input, init) => {
      const { url } = new Request(input, init)
      asked.push(url)
      return new Response(null, { status: 302, headers: { location: steps[url] ?? '' } })
    },
  })
  const asking = client.request({ method: 'PROPFIND', url: home, headers: secrets })
  await expect(asking).rejects.toMatchObject({ reason: 'OTHER_SITE' })
  expect(asked).toEqual(Object.keys(steps))
})

test.each(['a\r\nx-evil: 1', 'a\nb', 'a\0b', 'ключ', '\u2028', 'a\u007f'])(
  'a header value that is not one line of Latin-1 is named as such, and nothing is sent: %j',
  async (value) => {
    for (const [options, headers] of [
      [{}, { 'if-match': value }],
      [{ userAgent: value }, {}],
    ] as const) {
      const asked: unknown[] = []
      const fetch = async (input: unknown): Promise<Response> => new Response(String(asked.push(input)))
      const asking = httpClient({ ...options, fetch }).request({ method: 'PUT', url: home, headers, body: '' })
      await expect(asking).rejects.toMatchObject({ code: 'invalid_input', reason: 'HEADER' })
      expect(asked).toEqual([])
    }
  },
)
