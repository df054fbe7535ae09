import { describe, expect, test } from 'vitest'
import { events, hour, type Stage, stage } from './api.js'

/** Sends requests as one, and gives the answers by the name of their request. */
async function batch(
  { google, jane }: Stage,
  parts: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const body = Object.entries(parts).map(
    ([name, part]) => `--cut\r\nContent-Type: application/http\r\nContent-ID: <${name}>\r\n\r\n${part}\r\n`,
  )
  const response = await google.fetch('https://www.googleapis.com/batch/calendar/v3', {
    method: 'POST',
    headers: { authorization: `Bearer ${jane.token}`, 'content-type': 'multipart/mixed; boundary=cut' },
    body: `${body.join('')}--cut--\r\n`,
  })
  expect(response.status).toBe(200)
  const boundary = /boundary=(.+)/.exec(response.headers.get('content-type') ?? '')?.[1] ?? ''
  const answers = (await response.text()).split(`--${boundary}`).slice(1, -1)
  return new Map(answers.map((text) => [/Content-ID: <response-(.+)>/.exec(text)?.[1] ?? '', text]))
}

describe('a batch', () => {
  test('is many requests in one, each with an answer of its own, in any order', async () => {
    const set = stage()
    const made = JSON.stringify(hour({ id: 'abcde12345' }))
    const answers = await batch(set, {
      first: `POST /calendar/v3/${events} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${made}`,
      second: `GET /calendar/v3/${events}/abcde12345 HTTP/1.1`,
      third: `GET /calendar/v3/${events}/nothing HTTP/1.1`,
    })
    expect([...answers.keys()]).toEqual(['third', 'second', 'first'])
    expect(answers.get('first')).toMatch(
      /^\s*Content-Type: application\/http[\s\S]*HTTP\/1\.1 200[\s\S]*"id":"abcde12345"/,
    )
    expect(answers.get('second')).toMatch(/etag: "\d+"/)
    expect(answers.get('third')).toMatch(/HTTP\/1\.1 404[\s\S]*"reason":"notFound"/)
    expect(set.google.requests.map(({ method }) => method)).toEqual(['events.insert', 'events.get', 'events.get'])
  })

  test('hides what is refused inside of it', async () => {
    const set = stage()
    set.google.options.quota = { perMinuteAndUser: 1 }
    const get = `GET /calendar/v3/${events} HTTP/1.1`
    const answers = await batch(set, { a: get, b: get })
    expect([answers.get('a'), answers.get('b')]).toEqual([
      expect.stringContaining('HTTP/1.1 200'),
      expect.stringContaining('userRateLimitExceeded'),
    ])
  })

  test('is refused where it is none, or too long', async () => {
    const { google, jane } = stage()
    const send = (body: string) =>
      google.fetch('https://www.googleapis.com/batch/calendar/v3', {
        method: 'POST',
        headers: { authorization: `Bearer ${jane.token}`, 'content-type': 'multipart/mixed; boundary=cut' },
        body,
      })
    expect((await send('nothing')).status).toBe(400)
    const part = '--cut\nContent-Type: application/http\n\nGET /calendar/v3/colors HTTP/1.1\n\n'
    expect((await send(`${part.repeat(1_001)}--cut--`)).status).toBe(400)
  })
})

describe('a part of an answer', () => {
  test.each([
    [
      'items(id,start/dateTime),nextSyncToken',
      ['items', 'nextSyncToken'],
      { id: 'abcde12345', start: { dateTime: '2026-01-05T12:00:00+01:00' } },
    ],
    ['items/summary', ['items'], { summary: 'Lunch' }],
    ['kind', ['kind'], undefined],
  ])('%s', async (fields, names, item) => {
    const { ask } = stage()
    await ask('POST', events, { body: hour({ id: 'abcde12345' }) })
    const { body } = await ask('GET', events, { query: { fields } })
    expect(Object.keys(body)).toEqual(names)
    expect(body.items?.[0]).toEqual(item)
  })

  test.each(['items(', 'items)', ',', 'items(id', ''])('%j is no selection', async (fields) => {
    expect(await stage().ask('GET', events, { query: { fields } })).toMatchObject({ status: 400 })
  })
})
