import { givenUp, type Sent } from '../fakes/sent.js'
import type { Account } from './account.js'
import { answerBatch } from './batch.js'
import { readBody } from './bodies.js'
import type { Answer } from './call.js'
import { Faults } from './faults.js'
import { handlers } from './handlers.js'
import { type GoogleMethod, methods } from './methods.js'
import type { FakeGoogleOptions } from './options.js'
import { partial, selectionOf } from './partial.js'
import { Query } from './query.js'
import { Quota } from './quota.js'
import { Refusal } from './refusals.js'
import { type Route, routeOf } from './routes.js'
import type { World } from './world.js'

/** A request as the fake got it. */
export interface FakeGoogleRequest {
  readonly verb: string
  /** Undefined where the address names no method that the fake has. */
  readonly method: GoogleMethod | undefined
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Zero where the connection broke, or no answer came. */
  readonly status: number
}

/** From a request to its answer: who asks, whether they may, what they ask, and what goes wrong. */
export class Server {
  readonly requests: FakeGoogleRequest[] = []
  readonly faults: Faults = new Faults()
  readonly #world: World
  readonly #options: FakeGoogleOptions
  readonly #quota = new Quota()

  constructor(world: World, options: FakeGoogleOptions) {
    this.#world = world
    this.#options = options
  }

  /** Answers a request to any host. Rejects as `fetch` does where the connection breaks. */
  async handle(request: Request): Promise<Response> {
    request.signal.throwIfAborted()
    const url = new URL(request.url)
    if (request.method === 'POST' && url.pathname === '/batch/calendar/v3')
      return answerBatch(request, (inner) => this.handle(inner), this.#options.batchOrder ?? 'reversed')
    const body = await request.text()
    const route = url.pathname.startsWith(base) ? routeOf(request.method, url.pathname.slice(base.length)) : undefined
    const sent = route ? this.#answer(request, url, route, body) : unknownPath(url)
    const isWatch = route?.method.endsWith('.watch') === true && sent.code === 200
    if (isWatch && this.#options.syncMessage !== 'after') await this.#world.watches.settled()
    this.requests.push({
      verb: request.method,
      method: route?.method,
      path: url.pathname + url.search,
      headers: Object.fromEntries(request.headers),
      body,
      status: sent.isLost ? 0 : sent.code,
    })
    if (sent.isSilent) await givenUp(request.signal)
    if (sent.isLost) throw new TypeError('fetch failed')
    return responseOf(sent, request)
  }

  #answer(request: Request, url: URL, route: Route, text: string): Sent {
    const { method, path } = route
    return told(() => {
      const account = this.#signedIn(request.headers.get('authorization'), method)
      const world = this.#world
      this.#quota.spend(this.#options.quota ?? {}, world.clock.now(), account.email, method)
      const query = new Query(method, url.searchParams)
      const body = bodyOf(request, method, text)
      const ifMatch = request.headers.get('if-match') ?? undefined
      const fields = query.text('fields')
      const selection = fields === undefined ? undefined : selectionOf(fields)
      const sent = this.faults.through(method, url, () =>
        told(() => handlers[method]({ world, method, account, path, query, body, ifMatch })),
      )
      return selection && sent.code === 200 && sent.body ? { ...sent, body: partial(sent.body, selection) } : sent
    })
  }

  #signedIn(header: string | null, method: GoogleMethod): Account {
    const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1]
    const account =
      token === undefined ? undefined : [...this.#world.accounts.values()].find((one) => one.token === token)
    if (!account) throw new Refusal('authError')
    const { scopes } = methods[method]
    const granted = account.scopes?.map((scope) => scope.replace('https://www.googleapis.com/auth/', ''))
    if (granted && !granted.some((scope) => scopes.includes(scope))) throw new Refusal('insufficientPermissions')
    return account
  }
}

const base = '/calendar/v3/'

function bodyOf(request: Request, method: GoogleMethod, text: string): object {
  const shape = methods[method].body
  if (shape === undefined) {
    if (text !== '') throw new Refusal('badRequest', { message: 'This method takes no body.' })
    return {}
  }
  const type = request.headers.get('content-type')
  // Whoever sends JSON and calls it text gets it back unread, which looks like a lost field.
  if (text !== '' && type !== null && !/^application\/json\b/i.test(type))
    throw new Refusal('badRequest', { message: `Media type ${type} is not supported. Send application/json.` })
  return readBody(text, shape)
}

function unknownPath(url: URL): Sent {
  const isOurs = url.pathname.startsWith(base)
  const text = isOurs ? 'The fake does not have this method.' : 'Not Found'
  return { code: isOurs ? 501 : 404, text }
}

function told<Told extends Answer>(work: () => Told): Told | Answer {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, body: error.body }
    throw error
  }
}

function responseOf({ code, body, text, headers = {} }: Sent, request: Request): Response {
  if (text !== undefined) return new Response(text, { status: code, headers })
  if (body === undefined) return new Response(null, { status: code, headers })
  const etag = 'etag' in body && typeof body.etag === 'string' ? { etag: body.etag } : {}
  const isKnown = 'etag' in etag && request.method === 'GET' && request.headers.get('if-none-match') === etag.etag
  if (code === 200 && isKnown) return new Response(null, { status: 304, headers: etag })
  const type = { 'content-type': 'application/json; charset=UTF-8' }
  return new Response(JSON.stringify(body), { status: code, headers: { ...type, ...etag, ...headers } })
}
