import { randomUUID } from 'node:crypto'
import type { CalendarProvider, ProviderAccount, RemoteCalendar } from 'calweave'
import { caldavProvider } from 'calweave/providers/caldav'
import { icalendar } from './icalendar.js'
import type { CaldavAddress } from './options.js'
import { everything, person, type Side } from './side.js'

/** The provider for these accounts. Whoever starts the demo may well mean a server on this machine, without TLS. */
export function providerFor(addresses: readonly CaldavAddress[]): CalendarProvider {
  const hosts = addresses.flatMap(({ url }) => (URL.canParse(url) ? [new URL(url).host] : []))
  return caldavProvider({ allowedHosts: hosts })
}

/** A calendar at a CalDAV server for as long as the demo runs. */
export async function caldavSide(
  provider: CalendarProvider,
  id: 'work' | 'home',
  name: string,
  address: CaldavAddress,
): Promise<Side> {
  const { url, username, password } = address
  const credentials = { username, password }
  const account = provider.open({ settings: { url }, credentials })
  const { calendar, close } = await place(account, name, address)
  const settings = { url: new URL(calendar, url).href }
  return {
    connection: { provider: provider.id, id, name, settings },
    provider,
    credentials,
    add: (content) => send('PUT', new URL(`${randomUUID()}.ics`, settings.url), address, icalendar(content)),
    ...person(account, calendar),
    close,
  }
}

interface Place {
  readonly calendar: RemoteCalendar['id']
  close(): Promise<void>
}

/** The calendar that the address names, if it is empty; for any other address a new one in the same account. */
async function place(account: ProviderAccount, name: string, address: CaldavAddress): Promise<Place> {
  const calendars = await account.listCalendars()
  const asked = new URL(address.url).pathname.replace(/\/?$/, '/')
  const named = calendars.find(({ id }) => new URL(id, address.url).pathname === asked)
  return named ? emptyPlace(account, named.id, address.url) : newPlace(calendars, name, address)
}

async function emptyPlace(account: ProviderAccount, calendar: RemoteCalendar['id'], url: string): Promise<Place> {
  if ((await everything(account, calendar)).length > 0)
    throw new Error(`The calendar at ${url} is not empty. Give the demo an empty one, or the address of the account.`)
  return {
    calendar,
    async close() {
      for (const event of await everything(account, calendar)) await account.remove(calendar, event)
    },
  }
}

async function newPlace(calendars: readonly RemoteCalendar[], name: string, address: CaldavAddress): Promise<Place> {
  const [first] = calendars
  const home = first ? new URL('..', new URL(first.id, address.url)) : new URL(address.url.replace(/\/?$/, '/'))
  const url = new URL(`calweave-demo-${randomUUID().slice(0, 8)}/`, home)
  const body = `<?xml version="1.0" encoding="utf-8"?><C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><D:displayname>${name}</D:displayname></D:prop></D:set></C:mkcalendar>`
  try {
    await send('MKCALENDAR', url, address, body, 'application/xml')
  } catch (cause) {
    const advice = 'Give the address of the folder that your calendars are in, or of an empty calendar.'
    throw new Error(`No calendar can be made in ${home.href}. ${advice}`, { cause })
  }
  return { calendar: url.pathname as RemoteCalendar['id'], close: () => send('DELETE', url, address) }
}

async function send(
  method: string,
  url: URL,
  { username, password }: CaldavAddress,
  body?: string,
  type = 'text/calendar',
): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const headers = { authorization, 'content-type': `${type}; charset=utf-8` }
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
  if (!answer.ok) throw new Error(`${url.host} answered the demo's ${method} with ${answer.status}.`)
}
