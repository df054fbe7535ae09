import { type calendar_v3, calendar as googleApi } from '@googleapis/calendar'
import { describe, test } from 'vitest'
import { googleOAuth } from '../../src/auth/index.js'
import type { RemoteCalendarId } from '../../src/model/ids.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { type ProviderFixture, providerContract } from '../../src/testing/provider-contract.js'
import { personWith } from './google-person.js'

const { GOOGLE_SERVER: server, GOOGLE_CALENDAR_ID: calendarId = '' } = process.env
const accessToken = await getToken()
const api = googleApi({
  version: 'v3',
  headers: { authorization: `Bearer ${accessToken}` },
  ...(server ? { rootUrl: server } : {}),
})

describe('the contract of providers at a real account', () => {
  for (const one of providerContract) test(one.name, (context) => one.run(fixture, (reason) => context.skip(reason)))
})

async function fixture(): Promise<ProviderFixture> {
  await empty()
  const own = server ? { server, allowedHosts: [new URL(server).host] } : {}
  return {
    account: googleProvider(own).open({ settings: {}, credentials: { accessToken } }),
    calendar: calendarId as RemoteCalendarId,
    person: personWith(api, calendarId),
    keysOf: crypto.randomUUID(),
    close: empty,
  }
}

async function empty(): Promise<void> {
  for (const { id } of await left())
    await api.events.delete({ calendarId, eventId: id ?? '', sendUpdates: 'none' }).catch((error: unknown) => {
      // an occurrence that went with its series
      if (![404, 410].includes((error as { readonly status?: number }).status ?? 0)) throw error
    })
}

async function left(): Promise<readonly calendar_v3.Schema$Event[]> {
  const { data } = await api.events.list({ calendarId, maxResults: 2500 })
  return data.items ?? []
}

async function getToken(): Promise<string> {
  const { GOOGLE_ACCESS_TOKEN, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_REFRESH_TOKEN } = process.env
  if (GOOGLE_ACCESS_TOKEN) return GOOGLE_ACCESS_TOKEN
  const client = googleOAuth({
    clientId: GOOGLE_CLIENT_ID ?? '',
    clientSecret: GOOGLE_CLIENT_SECRET ?? '',
    redirectUri: 'http://localhost/unused',
  })
  const { accessToken: token } = await client.refresh({ refreshToken: GOOGLE_REFRESH_TOKEN ?? '' })
  return token.reveal()
}
