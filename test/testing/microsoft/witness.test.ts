import {
  AuthenticationHandler,
  Client,
  type Context,
  PageIterator,
  RetryHandler,
} from '@microsoft/microsoft-graph-client'
import { describe, expect, test } from 'vitest'
import { type FakeMicrosoft, fakeMicrosoft, type MicrosoftEvent } from '../../../src/testing/microsoft/index.js'
import { type Body, daily, hour, immutable, january } from './api.js'

/** Microsoft's own client, which knows nothing of the fake: what it sends is taken, and what it reads makes sense to it. */

function client(): { readonly microsoft: FakeMicrosoft; readonly api: Client; readonly id: string } {
  const microsoft = fakeMicrosoft()
  const jane = microsoft.addAccount()
  // It gives a token to hosts of Microsoft only, so the end of its chain is the fake rather than the network.
  const wire = {
    execute: async (context: Context) => {
      context.response = await microsoft.fetch(context.request, context.options)
    },
  }
  const auth = new AuthenticationHandler({ getAccessToken: async () => jane.token ?? '' })
  const api = Client.initWithMiddleware({ middleware: [auth, new RetryHandler(), wire] })
  return { microsoft, api, id: jane.calendar().id }
}

const prefer = { Prefer: immutable }

describe('the official client', () => {
  test('makes, reads, changes and deletes an event, and is told when it is too late', async () => {
    const { api } = client()
    const made = (await api.api('/me/events').headers(prefer).post(hour())) as MicrosoftEvent
    expect(made).toMatchObject({ subject: 'Lunch', type: 'singleInstance' })
    const one = () => api.api(`/me/events/${made.id}`).headers(prefer)
    const changed = (await one().patch({ subject: 'Late lunch' })) as MicrosoftEvent
    expect(changed).toMatchObject({ subject: 'Late lunch', id: made.id })
    const stale = { 'If-Match': made['@odata.etag'] ?? '' }
    await expect(one().header('If-Match', stale['If-Match']).delete()).rejects.toMatchObject({
      ...{ statusCode: 412, code: 'ErrorIrresolvableConflict' },
    })
    expect(await one().select(['subject']).get()).toMatchObject({ id: made.id, subject: 'Late lunch' })
    await one().delete()
    await expect(one().get()).rejects.toMatchObject({ statusCode: 404, code: 'ErrorItemNotFound' })
  })

  test('lists page by page, filtered and ordered', async () => {
    const { api } = client()
    for (const subject of ['a', 'b', 'c']) await api.api('/me/events').post(hour({ subject }))
    const first = (await api.api('/me/events').top(2).orderby('subject desc').get()) as Body
    const subjects: (string | null | undefined)[] = []
    const pages = new PageIterator(api, { ...first, value: [...(first.value ?? [])] }, (event: MicrosoftEvent) => {
      subjects.push(event.subject)
      return true
    })
    await pages.iterate()
    expect(subjects).toEqual(['c', 'b', 'a'])
    const found = (await api.api('/me/events').filter("subject eq 'b'").get()) as Body
    expect(found.value).toHaveLength(1)
    expect(((await api.api('/me/calendars').get()) as Body).value).toHaveLength(1)
  })

  test('follows a delta to its end, and from there to what changed', async () => {
    const { api, id } = client()
    const series = (await api.api('/me/events').headers(prefer).post(daily())) as MicrosoftEvent
    const headers = { Prefer: `${immutable}, odata.maxpagesize=2` }
    const items: MicrosoftEvent[] = []
    let body = (await api.api(`/me/calendars/${id}/calendarView/delta`).query(january).headers(headers).get()) as Body
    for (;;) {
      items.push(...(body.value ?? []))
      const next = body['@odata.nextLink']
      if (next === undefined) break
      body = (await api.api(next).headers(headers).get()) as Body
    }
    expect(items.map(({ type }) => type)).toEqual(['seriesMaster', ...Array.from({ length: 5 }, () => 'occurrence')])
    await api.api(`/me/events/${series.id}`).headers(prefer).delete()
    const later = (await api
      .api(body['@odata.deltaLink'] ?? '')
      .headers(prefer)
      .get()) as Body
    expect(later.value).toEqual([
      { '@odata.type': '#microsoft.graph.event', id: series.id, '@removed': { reason: 'deleted' } },
    ])
  })

  test('sends many requests as one', async () => {
    const { api } = client()
    const headers = { 'Content-Type': 'application/json' }
    const requests = [
      { id: '1', method: 'POST', url: '/me/events', headers, body: hour() },
      { id: '2', method: 'GET', url: '/me/events', dependsOn: ['1'] },
    ]
    const { responses } = (await api.api('/$batch').post({ requests })) as {
      readonly responses: readonly { readonly id: string; readonly status: number; readonly body: Body }[]
    }
    const byId = new Map(responses.map((one) => [one.id, one]))
    expect(byId.get('1')?.status).toBe(201)
    expect(byId.get('2')?.body.value?.map(({ subject }) => subject)).toEqual(['Lunch'])
  })

  test('waits and asks again when it is throttled', async () => {
    const { api, microsoft } = client()
    microsoft.fail({ fault: { kind: 'refuse', code: 'TooManyRequests', retryAfter: '0' } })
    expect(((await api.api('/me/events').get()) as Body).value).toEqual([])
    expect(microsoft.requests.map(({ status }) => status)).toEqual([429, 200])
  })
})
