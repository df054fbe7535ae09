import { parseDocument, type XmlElement } from '../../providers/caldav/xml.js'
import { collectionProps, itemHref, itemProps, multiget, oddCollections, query, syncReport } from './collections.js'
import {
  caldav,
  dav,
  emptyElement,
  found,
  hrefElement,
  multistatus,
  type Props,
  type Reply,
  refusal,
} from './dav-xml.js'
import { Account, type FakeCollection, type FakeIcloudAccount, type FakeIcloudAccountOptions } from './fake-account.js'
import { refusedWrite } from './put-rules.js'

/** How a {@link FakeIcloud} behaves where Apple's has been seen to behave in several ways. */
export interface FakeIcloudOptions {
  /** What a host says to an account that it does not have any more. @default 'misdirected' */
  whenMoved?: 'misdirected' | 'redirect' | 'not_found' | 'unauthorized'
  /** Whether a PUT tells the new tag. @default true */
  etagOnPut?: boolean
  /** The domain of all its hosts. @default 'icloud.com' */
  readonly domain?: string
}

/** A request as the fake got it. */
export interface FakeIcloudRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly status: number
}

/**
 * iCloud's calendars in this process, as far as it is known how they behave: a front that knows where accounts live,
 * one host per partition, sign-in with app-specific passwords only, collections in the home that are no calendars, and
 * its own rules about what may be written.
 */
export interface FakeIcloud {
  readonly options: FakeIcloudOptions
  /** Makes an account. */
  addAccount(options?: FakeIcloudAccountOptions): FakeIcloudAccount
  /** Every request so far; tests empty it. */
  readonly requests: FakeIcloudRequest[]
  /**
   * Answers a request. The front and the partitions are told apart by host name. A server that listens at one address of
   * its own may pass everything on: at a host that is none of Apple's, front and partitions are one.
   */
  handle(request: Request): Promise<Response>
  /** {@link FakeIcloud.handle} in the place of the network: for the `fetch` option of `icloudProvider`. */
  readonly fetch: typeof fetch
}

/** Makes an iCloud without accounts. */
export function fakeIcloud(initial: FakeIcloudOptions = {}): FakeIcloud {
  const options: FakeIcloudOptions = { ...initial }
  const accounts = new Map<string, Account>()
  const requests: FakeIcloudRequest[] = []

  async function handle(request: Request): Promise<Response> {
    const { host, pathname } = new URL(request.url)
    const path = decodeURIComponent(pathname)
    const reply = answer(request, host, path, await request.text())
    requests.push({ method: request.method, host, path, status: reply.status })
    const hasNoBody = reply.status === 204 || request.method === 'HEAD'
    return new Response(hasNoBody ? null : (reply.body ?? ''), {
      status: reply.status,
      ...(reply.headers ? { headers: { ...reply.headers } } : {}),
    })
  }

  function answer(request: Request, host: string, path: string, body: string): Reply {
    const account = signedIn(request.headers.get('authorization'))
    if (!account) return unauthorized
    const place = placeOf(host)
    if (path === '/.well-known/caldav') return { status: 301, headers: { location: '/' } }
    if (typeof place === 'number' && place !== account.partition) return elsewhere(account, path)
    if (path === '/') return propfindOnly(request, body, (asked) => [found('/', asked, rootProps(account))])
    if (path === `/${account.dsid}/principal/`) {
      const props = principalProps(account, place === 'any' ? '' : partitionUrl(account.partition))
      return propfindOnly(request, body, (asked) => [found(path, asked, props)])
    }
    if (place === 'front') return { status: 404 }
    if (!path.startsWith(account.home)) return { status: 403 }
    return atHome(account, request, path, body)
  }

  function atHome(account: Account, request: Request, path: string, body: string): Reply {
    const [name = '', file] = path.slice(account.home.length).split('/')
    if (name === '')
      return propfindOnly(request, body, (asked, deep) => [
        found(account.home, asked, homeProps(account)),
        ...(deep ? inHome(account, asked) : []),
      ])
    const odd = oddCollections.find(([one]) => one === name)
    if (odd) return propfindOnly(request, body, (asked) => [found(path, asked, oddProps(odd[1]))])
    const collection = account.collections.get(name)
    if (!collection) return { status: request.method === 'PUT' ? 409 : 404 }
    // Lists of reminders are there, and shut.
    if (collection.kind === 'reminders') return { status: 403 }
    return file ? atItem(account, collection, file, request, body) : atCollection(account, collection, request, body)
  }

  function atItem(account: Account, collection: FakeCollection, file: string, request: Request, body: string): Reply {
    const { method, headers } = request
    const item = collection.items.get(file)
    if (method === 'GET' || method === 'HEAD') {
      if (!item) return { status: 404 }
      return {
        status: 200,
        headers: { 'content-type': 'text/calendar; charset=utf-8', etag: item.etag },
        body: item.text,
      }
    }
    if (method === 'PROPFIND' && item)
      return propfindOnly(request, body, (asked) => [
        found(itemHref(account, collection, file), asked, itemProps(item, false)),
      ])
    if (method !== 'PUT' && method !== 'DELETE') return { status: item ? 405 : 404 }
    const refused = refusedWrite(account, collection, file, { method, headers, body })
    if (refused) return refused
    if (method === 'DELETE') {
      account.erase(collection, file)
      return { status: 204 }
    }
    const stored = account.store(collection, file, body)
    return { status: item ? 204 : 201, headers: options.etagOnPut === false ? {} : { etag: stored.etag } }
  }

  function signedIn(header: string | null): Account | undefined {
    const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(header ?? '') ?? []
    const text = new TextDecoder().decode(Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0)))
    const account = accounts.get(text.slice(0, text.indexOf(':')))
    const password = text.slice(text.indexOf(':') + 1)
    return account?.password === password ? account : undefined
  }

  function placeOf(host: string): 'front' | 'any' | number {
    const domain = options.domain ?? 'icloud.com'
    if (host === `caldav.${domain}`) return 'front'
    const partition = /^p(\d+)-caldav\.(.+)$/.exec(host)
    return partition?.[2] === domain ? Number(partition[1]) : 'any'
  }

  function partitionUrl(partition: number): string {
    // Apple writes the port that everybody leaves out.
    return `https://p${partition}-caldav.${options.domain ?? 'icloud.com'}:443`
  }

  function elsewhere(account: Account, path: string): Reply {
    if (options.whenMoved === 'redirect')
      return { status: 301, headers: { location: `${partitionUrl(account.partition)}${encodeURI(path)}` } }
    if (options.whenMoved === 'unauthorized') return unauthorized
    return { status: options.whenMoved === 'not_found' ? 404 : 421 }
  }

  return {
    options,
    requests,
    addAccount(given = {}) {
      const account = new Account(given)
      accounts.set(account.username, account)
      return account
    },
    handle,
    fetch: (input, init) => handle(new Request(input, init)),
  }
}

/** Programs that take the first scheme they read never get in. */
const unauthorized: Reply = {
  status: 401,
  headers: { 'www-authenticate': 'X-MobileMe-AuthToken realm="MMCalDav", Basic realm="MMCalDav"' },
}

/** A PROPFIND that names its properties and how deep it goes; others are refused, also "everything". */
function propfindOnly(
  request: Request,
  body: string,
  respond: (asked: readonly string[], deep: boolean) => readonly string[],
): Reply {
  if (request.method !== 'PROPFIND') return { status: 405 }
  const depth = request.headers.get('depth')
  if (depth !== '0' && depth !== '1') return refusal(403, dav('propfind-finite-depth'))
  const asked = askedProps(documentOf(body))
  return asked.length === 0 ? { status: 403 } : multistatus(respond(asked, depth === '1'))
}

function atCollection(account: Account, collection: FakeCollection, request: Request, body: string): Reply {
  if (request.method !== 'REPORT') {
    return propfindOnly(request, body, (asked, deep) => [
      found(account.path(collection.name), asked, collectionProps(account, collection)),
      ...(deep
        ? [...collection.items].map(([file, item]) =>
            found(itemHref(account, collection, file), asked, itemProps(item, false)),
          )
        : []),
    ])
  }
  const root = documentOf(body)
  const asked = askedProps(root)
  if (root?.local === 'sync-collection') return syncReport(account, collection, root, asked)
  if (root?.local === 'calendar-multiget') return multiget(account, collection, root, asked)
  if (root?.local === 'calendar-query') return query(account, collection, root, asked)
  return refusal(403, dav('supported-report'))
}

function rootProps(account: Account): Props {
  return {
    [dav('resourcetype')]: emptyElement(dav('collection')),
    [dav('current-user-principal')]: hrefElement(`/${account.dsid}/principal/`),
  }
}

function principalProps(account: Account, site: string): Props {
  return {
    ...rootProps(account),
    [dav('resourcetype')]: emptyElement(dav('principal')),
    [caldav('calendar-home-set')]: hrefElement(site + account.home),
    [caldav('calendar-user-address-set')]: hrefElement(`mailto:${account.username}`),
  }
}

function homeProps(account: Account): Props {
  return { ...rootProps(account), [dav('displayname')]: account.dsid }
}

function oddProps(type: string): Props {
  return { [dav('resourcetype')]: emptyElement(dav('collection')) + emptyElement(type) }
}

function inHome(account: Account, asked: readonly string[]): readonly string[] {
  return [
    ...oddCollections.map(([name, type]) => found(`${account.home}${name}/`, asked, oddProps(type))),
    ...[...account.collections.values()].map((collection) =>
      found(account.path(collection.name), asked, collectionProps(account, collection)),
    ),
  ]
}

/** The names of the properties that a body asks for. */
function askedProps(root: XmlElement | undefined): readonly string[] {
  const prop = root?.children.find((child) => child.uri === 'DAV:' && child.local === 'prop')
  return (prop?.children ?? []).map(({ uri, local }) => `{${uri}}${local}`)
}

function documentOf(body: string): XmlElement | undefined {
  try {
    return parseDocument(body)
  } catch {
    return undefined // whoever sends no XML asks for nothing
  }
}
