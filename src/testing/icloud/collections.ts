import type { XmlElement } from '../../providers/caldav/xml.js'
import {
  apple,
  caldav,
  calendarServer,
  dav,
  emptyElement,
  escapeXml,
  found,
  gone,
  hrefElement,
  multistatus,
  type Props,
  type Reply,
  refusal,
} from './dav-xml.js'
import type { Account, FakeCollection, FakeCollectionKind, FakeItem } from './fake-account.js'

/** What stands in a home besides calendars. Nobody asked for it, and none of it is a calendar. */
export const oddCollections: readonly (readonly [name: string, type: string])[] = [
  ['inbox', caldav('schedule-inbox')],
  ['outbox', caldav('schedule-outbox')],
  ['notification', calendarServer('notification')],
]

const privileges: Readonly<Record<FakeCollectionKind, readonly string[]>> = {
  events: ['read', 'write', 'write-content', 'write-properties', 'bind', 'unbind'],
  shared: ['read', 'write', 'write-content', 'bind', 'unbind'],
  // Whoever sees a shared calendar may give it a color of their own.
  readonly: ['read', 'write-properties'],
  subscribed: ['read', 'write-properties'],
  reminders: ['read', 'write', 'write-content', 'bind', 'unbind'],
}

/** The properties of a calendar. */
export function collectionProps(account: Account, collection: FakeCollection): Props {
  const { kind, name } = collection
  const types = ['{DAV:}collection', caldav('calendar')]
  if (kind === 'subscribed') types.push(calendarServer('subscribed'))
  if (kind === 'shared' || kind === 'readonly') types.push(calendarServer('shared'))
  const reports = ['{DAV:}sync-collection', caldav('calendar-multiget'), caldav('calendar-query')]
  const granted = privileges[kind].map((one) => `<privilege>${emptyElement(dav(one))}</privilege>`)
  const supported = reports.map((one) => `<supported-report><report>${emptyElement(one)}</report></supported-report>`)
  return {
    [dav('resourcetype')]: types.map(emptyElement).join(''),
    [dav('displayname')]: escapeXml(name.charAt(0).toUpperCase() + name.slice(1)),
    [dav('current-user-privilege-set')]: granted.join(''),
    [dav('supported-report-set')]: supported.join(''),
    [dav('current-user-principal')]: hrefElement(`/${account.dsid}/principal/`),
    [dav('sync-token')]: tokenOf(collection),
    [calendarServer('getctag')]: `FT=-@RU=${collection.generation}@S=${collection.log.length}`,
    [caldav('supported-calendar-component-set')]: `<C:comp name="${kind === 'reminders' ? 'VTODO' : 'VEVENT'}"/>`,
    [apple('calendar-color')]: '#1BADF8FF',
  }
}

/** The properties of one event; its text only where a report may ask for it. */
export function itemProps(item: FakeItem, withData: boolean): Props {
  return {
    [dav('getetag')]: escapeXml(item.etag),
    [dav('getcontenttype')]: 'text/calendar',
    [dav('resourcetype')]: '',
    ...(withData ? { [caldav('calendar-data')]: escapeXml(item.text) } : {}),
  }
}

export function itemHref(account: Account, collection: FakeCollection, file: string): string {
  return account.path(collection.name) + encodeURIComponent(file)
}

/** What changed since a token, or everything there is. */
export function syncReport(
  account: Account,
  collection: FakeCollection,
  body: XmlElement,
  asked: readonly string[],
): Reply {
  const token = body.children.find((child) => child.local === 'sync-token')?.text.trim() ?? ''
  const since = token === '' ? 0 : positionOf(collection, token)
  if (since === undefined) return refusal(403, dav('valid-sync-token'))
  const files = new Set(collection.log.slice(since).filter((file) => file !== ''))
  const responses = [...files].flatMap((file) => {
    const item = collection.items.get(file)
    const href = itemHref(account, collection, file)
    if (item) return [found(href, asked, itemProps(item, false))]
    return token === '' ? [] : [gone(href)]
  })
  return multistatus(responses, tokenOf(collection))
}

/** Reads events by name. Calendars that others share have been seen to know none of them in this report. */
export function multiget(
  account: Account,
  collection: FakeCollection,
  body: XmlElement,
  asked: readonly string[],
): Reply {
  const hrefs = body.children.filter((child) => child.local === 'href').map((child) => child.text.trim())
  return multistatus(
    hrefs.map((href) => {
      const file = decodeURIComponent(href.slice(href.lastIndexOf('/') + 1))
      const item = collection.kind === 'shared' ? undefined : collection.items.get(file)
      return item ? found(itemHref(account, collection, file), asked, itemProps(item, true)) : gone(href)
    }),
  )
}

/** A query that does not say it wants events is refused. */
export function query(account: Account, collection: FakeCollection, body: XmlElement, asked: readonly string[]): Reply {
  const filters = JSON.stringify(body).includes('"name":"VEVENT"')
  if (!filters) return refusal(403, caldav('valid-filter'))
  return multistatus(
    [...collection.items].map(([file, item]) =>
      found(itemHref(account, collection, file), asked, itemProps(item, true)),
    ),
  )
}

function tokenOf({ generation, log }: FakeCollection): string {
  return `HwoQEgwAA${generation}-${log.length}`
}

function positionOf(collection: FakeCollection, token: string): number | undefined {
  const [, generation, digits] = /^HwoQEgwAA(\d+)-(\d+)$/.exec(token) ?? []
  const position = Number(digits)
  const isKnown = Number(generation) === collection.generation && position <= collection.log.length
  return isKnown && position >= collection.forgotten ? position : undefined
}
