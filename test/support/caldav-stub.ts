import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the stub got it. */
export interface StubRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** An answer in place of the real one. */
export interface StubReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Breaks the connection after so many bytes of the body, though its whole length was announced. */
  readonly cutAt?: number
}

/** What goes wrong with one request. */
export type StubFault =
  | StubReply
  /** Breaks the connection before anything is done. */
  | 'lose_request'
  /** Does what was asked, then breaks the connection. */
  | 'lose_answer'
  /** Does what was asked, and sends half of the answer. */
  | 'cut_answer'

export interface CaldavStubOptions {
  /** How late every answer comes. @default 0 */
  readonly latencyMs?: number
  /** @default true */
  readonly syncCollection?: boolean
  /** @default true */
  readonly ctag?: boolean
  /** How many entries one sync report holds before it says 507. @default all */
  readonly pageSize?: number
  /** @default 'strong' */
  readonly etags?: 'strong' | 'weak' | 'none'
  /** Whether a PUT tells the new tag. @default true */
  readonly etagOnPut?: boolean
  /** What a multiget does about an event that is not there. @default 'inner_404' */
  readonly missing?: 'inner_404' | 'omit' | 'refuse_all'
  /** @default true */
  readonly multiget?: boolean
  /** Answers a token that it does not know with everything, as two real servers do. @default false */
  readonly forgetsSilently?: boolean
  /** How the server rewrites what it is given. */
  readonly normalize?: (text: string) => string
  /** @default ['work'] */
  readonly calendars?: readonly string[]
  readonly username?: string
  readonly password?: string
  /** Asked for every request; what it returns happens instead. */
  readonly fault?: (request: StubRequest, count: number) => StubFault | undefined
}

export interface StubStats {
  requests: number
  /** Bytes of bodies, without headers. */
  bytesUp: number
  bytesDown: number
  methods: Record<string, number>
  connections: number
}

/** A small CalDAV server in this process, for tests and benchmarks. It reads no calendar data except the UID. */
export interface CaldavStub {
  /** The server's address, with a slash at its end. */
  readonly url: string
  /** The options, which tests may change while it runs. */
  readonly options: { -readonly [K in keyof CaldavStubOptions]: CaldavStubOptions[K] }
  readonly stats: StubStats
  resetStats(): void
  /** The path of a calendar. */
  calendar(name: string): string
  addCalendar(name: string): void
  removeCalendar(name: string): void
  /** What a person does in another program. */
  put(calendar: string, file: string, text: string): void
  remove(calendar: string, file: string): void
  get(calendar: string, file: string): string | undefined
  files(calendar: string): readonly string[]
  /** Makes every token that was handed out unknown. */
  forgetTokens(calendar: string): void
  close(): Promise<void>
}

interface Item {
  readonly text: string
  readonly etag: string
}

interface Calendar {
  id: number
  readonly items: Map<string, Item>
  readonly uids: Map<string, string>
  /** File names in the order of their changes; a token is a position in it. */
  readonly log: string[]
}

const home = '/calendars/jane/'
const principal = '/principals/jane/'

/** Starts a stub on a free port of the loopback interface. */
export async function startCaldavStub(initial: CaldavStubOptions = {}): Promise<CaldavStub> {
  const options: CaldavStub['options'] = { ...initial }
  const calendars = new Map<string, Calendar>()
  let nextId = 1
  let count = 0
  const stats: StubStats = { requests: 0, bytesUp: 0, bytesDown: 0, methods: {}, connections: 0 }

  const add = (name: string): void => {
    calendars.set(name, { id: nextId++, items: new Map(), uids: new Map(), log: [] })
  }
  for (const name of options.calendars ?? ['work']) add(name)

  const need = (name: string): Calendar => {
    const found = calendars.get(name)
    if (!found) throw new Error(`the stub has no calendar ${name}`)
    return found
  }

  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const request = {
        method: incoming.method ?? '',
        path: decodeURIComponent((incoming.url ?? '').split('?')[0] ?? ''),
        headers: incoming.headers,
        body,
      }
      stats.requests++
      stats.bytesUp += Buffer.byteLength(body)
      stats.methods[request.method] = (stats.methods[request.method] ?? 0) + 1
      if (options.latencyMs) setTimeout(() => answer(request, outgoing), options.latencyMs)
      else answer(request, outgoing)
    })
  })
  server.keepAliveTimeout = 60_000
  server.on('connection', () => stats.connections++)

  function answer(request: StubRequest, outgoing: ServerResponse): void {
    const fault = options.fault?.(request, ++count)
    if (fault === 'lose_request') return void outgoing.destroy()
    const reply = typeof fault === 'object' ? fault : handle(request)
    if (fault === 'lose_answer') return void outgoing.destroy()
    const bytes = Buffer.from(reply.body ?? '')
    const cutAt = fault === 'cut_answer' ? Math.floor(bytes.length / 2) : reply.cutAt
    outgoing.writeHead(reply.status, { 'content-length': bytes.length, ...reply.headers })
    if (cutAt !== undefined) {
      outgoing.write(bytes.subarray(0, cutAt), () => outgoing.destroy())
      return
    }
    stats.bytesDown += bytes.length
    outgoing.end(request.method === 'HEAD' ? undefined : bytes)
  }

  function handle(request: StubRequest): StubReply {
    if (
      options.username !== undefined &&
      request.headers.authorization !== basic(options.username, options.password ?? '')
    ) {
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="stub"' } }
    }
    const { method, path } = request
    if (path === '/.well-known/caldav') return { status: 301, headers: { location: '/' } }
    if (method === 'PROPFIND') return propfind(path, request.headers['depth'] === '1')
    const place = /^\/calendars\/jane\/([^/]+)\/([^/]*)$/.exec(path)
    const name = place?.[1] ?? ''
    const file = place?.[2] ?? ''
    const calendar = calendars.get(name)
    if (!calendar) return { status: method === 'PUT' ? 409 : 404 }
    if (method === 'REPORT') return report(name, calendar, request.body)
    const item = calendar.items.get(file)
    if (method === 'GET' || method === 'HEAD') {
      if (!item) return { status: 404 }
      return {
        status: 200,
        headers: { 'content-type': 'text/calendar; charset=utf-8', ...tagHeader(item) },
        body: item.text,
      }
    }
    if (method !== 'PUT' && method !== 'DELETE') return { status: 405 }
    const guard = request.headers['if-match']
    if (guard !== undefined && (!item || (guard !== '*' && guard !== item.etag))) return { status: 412 }
    if (method === 'DELETE') {
      if (!item) return { status: 404 }
      erase(calendar, file)
      return { status: 204 }
    }
    if (request.headers['if-none-match'] === '*' && item) return { status: 412 }
    const holder = calendar.uids.get(uidOf(request.body))
    if (holder !== undefined && holder !== file) {
      return xml(
        403,
        `<d:error ${prefixes}><c:no-uid-conflict><d:href>${hrefOf(name, holder)}</d:href></c:no-uid-conflict></d:error>`,
      )
    }
    const stored = store(calendar, file, request.body)
    return { status: item ? 204 : 201, headers: options.etagOnPut === false ? {} : tagHeader(stored) }
  }

  function propfind(path: string, deep: boolean): StubReply {
    if (path === '/' || path === principal) {
      return multistatus(found(path, `<d:resourcetype><d:collection/></d:resourcetype>${pointers}`))
    }
    if (path === home) {
      const own = found(home, `<d:resourcetype><d:collection/></d:resourcetype>${pointers}`)
      const inbox = found(`${home}inbox/`, '<d:resourcetype><d:collection/><c:schedule-inbox/></d:resourcetype>')
      return multistatus(
        own + (deep ? inbox + [...calendars].map(([name, calendar]) => described(name, calendar)).join('') : ''),
      )
    }
    const name = /^\/calendars\/jane\/([^/]+)\/$/.exec(path)?.[1] ?? ''
    const calendar = calendars.get(name)
    if (!calendar) return { status: 404 }
    const items = deep ? [...calendar.items].map(([file, item]) => listed(name, file, item)).join('') : ''
    return multistatus(described(name, calendar) + items)
  }

  function described(name: string, calendar: Calendar): string {
    const reports = [
      'calendar-multiget',
      'calendar-query',
      ...(options.syncCollection === false ? [] : ['sync-collection']),
    ]
    const supported = reports.map(
      (report) => `<d:supported-report><d:report><d:${report}/></d:report></d:supported-report>`,
    )
    return found(
      `${home}${encodeURIComponent(name)}/`,
      `<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>${escapeXml(name)}</d:displayname>` +
        `<d:supported-report-set>${supported.join('')}</d:supported-report-set>` +
        '<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set>' +
        (options.ctag === false ? '' : `<s:getctag>${calendar.id}-${calendar.log.length}</s:getctag>`),
    )
  }

  function report(name: string, calendar: Calendar, body: string): StubReply {
    if (body.includes('sync-collection')) {
      if (options.syncCollection === false)
        return { status: 403, body: `<d:error ${prefixes}><d:supported-report/></d:error>` }
      return syncCollection(name, calendar, /sync-token>([^<]*)</.exec(body)?.[1] ?? '')
    }
    if (body.includes('calendar-query'))
      return multistatus([...calendar.items].map(([file, item]) => listed(name, file, item)).join(''))
    if (!body.includes('calendar-multiget')) return { status: 501 }
    if (options.multiget === false) return { status: 501 }
    const files = [...body.matchAll(/<(?:\w+:)?href[^>]*>([^<]+)</g)].map((match) => {
      const path = decodeURIComponent(unescapeXml(match[1] ?? ''))
      return path.slice(path.lastIndexOf('/') + 1)
    })
    if (options.missing === 'refuse_all' && files.some((file) => !calendar.items.has(file))) return { status: 404 }
    return multistatus(
      files
        .map((file) => {
          const item = calendar.items.get(file)
          if (item) return listed(name, file, item, true)
          return options.missing === 'omit' ? '' : gone(name, file)
        })
        .join(''),
    )
  }

  function syncCollection(name: string, calendar: Calendar, token: string): StubReply {
    let since = 0
    if (token !== '') {
      const [id, position] = (/^urn:stub:(\d+):(\d+)$/.exec(token) ?? []).slice(1).map(Number)
      const known = id === calendar.id && position !== undefined && position <= calendar.log.length
      if (!known && !options.forgetsSilently) return xml(403, `<d:error ${prefixes}><d:valid-sync-token/></d:error>`)
      since = known ? position : 0
    }
    const initial = since === 0
    // Each file counts at its last change, so that a page boundary never hides a later change.
    const last = new Map<string, number>()
    for (let position = since; position < calendar.log.length; position++) {
      const file = calendar.log[position] ?? ''
      last.delete(file)
      last.set(file, position + 1)
    }
    let out = ''
    let sent = 0
    let reached = calendar.log.length
    let more = false
    for (const [file, position] of last) {
      const item = calendar.items.get(file)
      if (!item && initial) continue
      if (options.pageSize !== undefined && sent === options.pageSize) {
        more = true
        break
      }
      out += item ? listed(name, file, item) : gone(name, file)
      sent++
      reached = position
    }
    const end = more ? reached : calendar.log.length
    const truncated = `<d:response><d:href>${hrefOf(name, '')}</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status><d:error><d:number-of-matches-within-limits/></d:error></d:response>`
    return multistatus(`${out}${more ? truncated : ''}<d:sync-token>urn:stub:${calendar.id}:${end}</d:sync-token>`)
  }

  function listed(name: string, file: string, item: Item, withData = false): string {
    const tag = options.etags === 'none' ? '' : `<d:getetag>${escapeXml(shownTag(item))}</d:getetag>`
    return found(
      hrefOf(name, file),
      `${tag}<d:resourcetype/><d:getcontenttype>text/calendar; component=vevent</d:getcontenttype>` +
        (withData ? `<c:calendar-data>${escapeXml(item.text).replaceAll('\r', '&#13;')}</c:calendar-data>` : ''),
    )
  }

  function tagHeader(item: Item): Record<string, string> {
    return options.etags === 'none' ? {} : { etag: shownTag(item) }
  }

  function shownTag(item: Item): string {
    return options.etags === 'weak' ? `W/${item.etag}` : item.etag
  }

  function store(calendar: Calendar, file: string, given: string): Item {
    const text = options.normalize ? options.normalize(given) : given
    const item = { text, etag: `"${createHash('md5').update(text).digest('hex')}"` }
    const old = calendar.items.get(file)
    if (old) calendar.uids.delete(uidOf(old.text))
    calendar.items.set(file, item)
    calendar.uids.set(uidOf(text), file)
    calendar.log.push(file)
    return item
  }

  function erase(calendar: Calendar, file: string): void {
    const item = calendar.items.get(file)
    if (!item) throw new Error(`the stub has no ${file}`)
    calendar.uids.delete(uidOf(item.text))
    calendar.items.delete(file)
    calendar.log.push(file)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    options,
    stats,
    resetStats() {
      Object.assign(stats, { requests: 0, bytesUp: 0, bytesDown: 0, methods: {}, connections: 0 })
    },
    calendar: (name) => `${home}${encodeURIComponent(name)}/`,
    addCalendar: add,
    removeCalendar: (name) => void calendars.delete(name),
    put: (calendar, file, text) => void store(need(calendar), file, text),
    remove: (calendar, file) => erase(need(calendar), file),
    get: (calendar, file) => need(calendar).items.get(file)?.text,
    files: (calendar) => [...need(calendar).items.keys()],
    forgetTokens(calendar) {
      need(calendar).id = nextId++
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const prefixes = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/"'
const pointers =
  `<d:current-user-principal><d:href>${principal}</d:href></d:current-user-principal>` +
  `<c:calendar-home-set><d:href>${home}</d:href></c:calendar-home-set>`

function multistatus(content: string): StubReply {
  return xml(207, `<d:multistatus ${prefixes}>${content}</d:multistatus>`)
}

function xml(status: number, content: string): StubReply {
  return {
    status,
    headers: { 'content-type': 'application/xml; charset=utf-8' },
    body: `<?xml version="1.0" encoding="utf-8"?>${content}`,
  }
}

function found(href: string, props: string): string {
  return `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
}

function gone(name: string, file: string): string {
  return `<d:response><d:href>${hrefOf(name, file)}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>`
}

function hrefOf(name: string, file: string): string {
  return `${home}${encodeURIComponent(name)}/${encodeURIComponent(file)}`
}

function uidOf(text: string): string {
  return /^UID:(.*?)\r?$/m.exec(text)?.[1] ?? ''
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function unescapeXml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
