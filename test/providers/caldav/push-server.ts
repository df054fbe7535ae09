import { parseDocument, type XmlElement } from '../../../src/providers/caldav/xml.js'
import { multistatus, response } from './dav-site.js'

const namespace = 'https://bitfire.at/webdav-push'

export interface PushServerOptions {
  /** What it offers of a calendar, inside of `prop`. */
  offer?: string
  /** How long a registration lasts at the most, whatever is asked for. */
  maxMs?: number
  /** Answers a registration with this precondition. */
  refuse?: string
  /** Leaves out what the draft asks for. */
  without?: 'location' | 'expires'
  /** Answers every registration with this status. */
  status?: number
}

/** A registration as the server keeps it. */
export interface Kept {
  readonly path: string
  readonly endpoint: string
  readonly key: string
  readonly secret: string
  expiresAt: number
}

/**
 * A server that speaks WebDAV-Push the way its draft says (draft-bitfire-webdav-push-00), and is strict about it: a
 * registration has to be whole, its subscription encrypted, and registering an endpoint again renews what is there.
 */
export class PushServer {
  readonly options: PushServerOptions
  readonly kept: Map<string, Kept> = new Map()
  readonly requests: string[] = []
  readonly bodies: string[] = []
  #now: () => number

  constructor(now: () => number, options: PushServerOptions = {}) {
    this.#now = now
    this.options = options
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const { pathname } = new URL(request.url)
    this.requests.push(`${request.method} ${pathname}`)
    if (!request.headers.get('authorization')) return new Response('', { status: 401 })
    const body = await request.text()
    if (request.method === 'PROPFIND')
      return new Response(multistatus(response(pathname, this.options.offer ?? offerOf(pathname))), { status: 207 })
    if (request.method === 'POST') return this.#register(request, pathname, body)
    if (request.method !== 'DELETE') return new Response('', { status: 405 })
    return new Response(null, { status: this.kept.delete(pathname) ? 204 : 404 })
  }

  /** What the push service hands to the host when a calendar changes, after decryption. */
  messageOf(calendar: string): string {
    return (
      `<?xml version="1.0" encoding="utf-8"?><push-message xmlns="${namespace}" xmlns:D="DAV:">` +
      `<topic>${topicOf(calendar)}</topic><content-update><D:sync-token>http://example.com/sync/10</D:sync-token>` +
      '</content-update></push-message>'
    )
  }

  #register(request: Request, path: string, body: string): Response {
    this.bodies.push(body)
    if (this.options.status !== undefined) return new Response('', { status: this.options.status })
    if (this.options.refuse !== undefined) return refusal(this.options.refuse)
    if (!/^application\/xml\b/.test(request.headers.get('content-type') ?? '')) return new Response('', { status: 415 })
    const root = parseDocument(body)
    const text = (...names: readonly string[]): string => below(root, names)?.text.trim() ?? ''
    const inside = ['subscription', 'web-push-subscription']
    const endpoint = text(...inside, 'push-resource')
    const key = below(root, [...inside, 'subscription-public-key'])
    const secret = text(...inside, 'auth-secret')
    const isWhole =
      root?.uri === namespace &&
      root.local === 'push-register' &&
      endpoint.startsWith('https://') &&
      text(...inside, 'content-encoding') === 'aes128gcm' &&
      key?.attributes['type'] === 'p256dh' &&
      secret !== ''
    if (!isWhole) return refusal('invalid-subscription')
    if (text('trigger', 'content-update', 'depth') !== '1') return refusal('no-supported-trigger')
    const wanted = Date.parse(text('expires'))
    if (text('expires') !== new Date(wanted).toUTCString()) return new Response('', { status: 400 })
    const expiresAt = Math.min(wanted, this.#now() + (this.options.maxMs ?? 3 * 86_400_000))
    const known = [...this.kept].find(([, one]) => one.endpoint === endpoint && one.path === path)
    const url = known?.[0] ?? `/push-subscriptions/${this.kept.size + 1}`
    this.kept.set(url, { path, endpoint, key: key.text.trim(), secret, expiresAt })
    const headers: Record<string, string> = {}
    if (this.options.without !== 'location') headers['location'] = url
    if (this.options.without !== 'expires') headers['expires'] = new Date(expiresAt).toUTCString()
    return new Response(null, { status: 204, headers })
  }
}

function offerOf(path: string): string {
  return (
    `<P:transports xmlns:P="${namespace}"><P:web-push><P:vapid-public-key type="p256ecdsa">BKey_-abc</P:vapid-public-key></P:web-push></P:transports>` +
    `<P:topic xmlns:P="${namespace}">${topicOf(path)}</P:topic>` +
    `<P:supported-triggers xmlns:P="${namespace}"><P:content-update><d:depth>infinity</d:depth></P:content-update></P:supported-triggers>`
  )
}

function topicOf(path: string): string {
  return `topic-of-${path.split('/').filter(Boolean).at(-1)}`
}

function refusal(condition: string): Response {
  const body = `<d:error xmlns:d="DAV:" xmlns:P="${namespace}"><P:${condition}/></d:error>`
  return new Response(body, { status: 403 })
}

/** The element that is reached by these names, whatever their namespaces. */
function below(root: XmlElement | undefined, names: readonly string[]): XmlElement | undefined {
  let here = root
  for (const name of names) here = here?.children.find((child) => child.local === name)
  return here
}
