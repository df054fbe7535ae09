import { Client, type Context, type Middleware, RetryHandler } from '@microsoft/microsoft-graph-client'
import { describe, test } from 'vitest'
import { microsoftOAuth } from '../../src/auth/index.js'
import type { RemoteCalendarId } from '../../src/model/ids.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import { type ProviderFixture, providerContract } from '../../src/testing/provider-contract.js'
import { ask, personWith, type Told } from './microsoft-person.js'

const { MICROSOFT_SERVER: server, MICROSOFT_CALENDAR: name } = process.env
const accessToken = await getToken()

/** Microsoft's own handler gives tokens to hosts of Microsoft only, and this may be another server. */
const wire: Middleware = {
  async execute(context: Context) {
    const headers = { ...(context.options?.headers as Record<string, string>), authorization: `Bearer ${accessToken}` }
    context.response = await fetch(context.request, { ...context.options, headers } as RequestInit)
  },
}
const api = Client.initWithMiddleware({
  middleware: [new RetryHandler(), wire],
  ...(server ? { baseUrl: server } : {}),
})
const calendar = await findCalendar()

describe('the contract of providers at a real account', () => {
  for (const one of providerContract) test(one.name, (context) => one.run(fixture, (reason) => context.skip(reason)))
})

async function fixture(): Promise<ProviderFixture> {
  await empty()
  const own = server ? { server: new URL('/v1.0/', server).href, allowedHosts: [new URL(server).host] } : {}
  return {
    account: microsoftProvider(own).open({ settings: {}, credentials: { accessToken } }),
    calendar,
    person: personWith(api, calendar),
    keysOf: crypto.randomUUID(),
    close: empty,
  }
}

async function empty(): Promise<void> {
  for (;;) {
    const { value }: { readonly value: readonly Told[] } = await ask(api, `/me/calendars/${calendar}/events`)
      .select('id')
      .top(100)
      .get()
    if (value.length === 0) return
    for (const { id } of value) await ask(api, `/me/events/${id}`).delete().catch(unlessGone)
  }
}

/** What was removed just now is refused in several ways, and may be listed for a moment longer. */
function unlessGone(error: unknown): void {
  if (![400, 403, 404].includes((error as { readonly statusCode?: number }).statusCode ?? 0)) throw error
}

interface Listed {
  readonly id: string
  readonly name: string
  readonly isDefaultCalendar?: boolean
  readonly canEdit?: boolean
}

/** The calendar that the person named. It is emptied, so there must be no doubt which one is meant. */
async function findCalendar(): Promise<RemoteCalendarId> {
  const { value }: { readonly value: readonly Listed[] } = await ask(api, '/me/calendars').top(100).get()
  const [found, ...others] = value.filter((one) => one.name === name)
  if (!found || others.length > 0) throw new Error('MICROSOFT_CALENDAR has to be the name of exactly one calendar.')
  if (found.isDefaultCalendar !== false || found.canEdit !== true)
    throw new Error('MICROSOFT_CALENDAR is the default calendar, or cannot be written. Make one for this.')
  return found.id as RemoteCalendarId
}

async function getToken(): Promise<string> {
  const { MICROSOFT_ACCESS_TOKEN, MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET } = process.env
  const { MICROSOFT_REFRESH_TOKEN, MICROSOFT_TENANT } = process.env
  if (MICROSOFT_ACCESS_TOKEN) return MICROSOFT_ACCESS_TOKEN
  const client = microsoftOAuth({
    clientId: MICROSOFT_CLIENT_ID ?? '',
    clientSecret: MICROSOFT_CLIENT_SECRET ?? '',
    redirectUri: 'http://localhost/unused',
    ...(MICROSOFT_TENANT ? { tenant: MICROSOFT_TENANT } : {}),
  })
  const { accessToken: token } = await client.refresh({ refreshToken: MICROSOFT_REFRESH_TOKEN ?? '' })
  return token.reveal()
}
