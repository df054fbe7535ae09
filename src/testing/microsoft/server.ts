import { digest } from '../../model/hash.js'
import { givenUp, type Sent } from '../fakes/sent.js'
import { answerBatch } from './batch.js'
import { readBody } from './bodies.js'
import { Faults } from './faults.js'
import { handlers } from './handlers.js'
import { Limits } from './limits.js'
import type { Mailbox } from './mailbox.js'
import { type MicrosoftMethod, methods } from './methods.js'
import { preferencesOf, Query } from './query.js'
import { Refusal } from './refusals.js'
import { type Route, routeOf } from './routes.js'
import type { World } from './world.js'

/** A request as the fake got it. */
export interface FakeMicrosoftRequest {
  readonly verb: string
  /** Undefined where the address names no method that the fake has. */
  readonly method: MicrosoftMethod | undefined
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Zero where the connection broke, or no answer came. */
  readonly status: number
}

/** From a request to its answer: who asks, whether they may, what they ask, and what goes wrong. */
export class Server {
  readonly requests: FakeMicrosoftRequest[] = []
  readonly faults: Faults = new Faults()
  readonly #world: World
  readonly #limits = new Limits()
  #count = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Answers a request to any host. Rejects as `fetch` does where the connection breaks. */
  async handle(request: Request): Promise<Response> {
    request.signal.throwIfAborted()
    const url = new URL(request.url)
    if (request.method === 'POST' && url.pathname === '/v1.0/$batch') return this.#batch(request)
    const route = url.pathname.startsWith('/v1.0/') ? routeOf(request.method, url.pathname.slice(5)) : undefined
    const { sent, body } = route ? await this.#answer(request, url, route) : { sent: unknownPath(url), body: '' }
    this.requests.push({
      verb: request.method,
      method: route?.method,
      path: url.pathname + url.search,
      headers: Object.fromEntries(request.headers),
      body,
      status: sent.isLost || sent.isSilent ? 0 : sent.code,
    })
    if (sent.isSilent) await givenUp(request.signal)
    if (sent.isLost) throw new TypeError('fetch failed')
    return responseOf(sent, request)
  }

  async #batch(request: Request): Promise<Response> {
    const order = this.#world.options.batchOrder ?? 'reversed'
    const sent = await this.#told(request, async () => ({
      code: 200,
      body: await answerBatch(request, (inner) => this.handle(inner), order),
    }))
    return responseOf(sent, request)
  }

  async #answer(request: Request, url: URL, route: Route): Promise<{ readonly sent: Sent; readonly body: string }> {
    const { method, path } = route
    let body = ''
    const sent = await this.#told(request, async () => {
      const world = this.#world
      const mailbox = this.#signedIn(request.headers.get('authorization'), method, route.userId)
      // Counted before anything is awaited, as requests that come together are under way together.
      const leave = this.#limits.enter(world.options.limits ?? {}, world.clock.now(), mailbox.email)
      try {
        body = await request.text()
        const query = this.faults.holds(url.searchParams.get('$skiptoken') ?? '')
          ? new Query(['$skiptoken'], url.searchParams)
          : new Query(methods[method].query ?? [], url.searchParams)
        const prefer = preferencesOf(request.headers)
        const given = bodyOf(request, method, body)
        const ifMatch = request.headers.get('if-match') ?? undefined
        const call = { world, mailbox, method, path, query, prefer, url, body: given, ifMatch }
        const done = await this.faults.through({ method, question: url, email: mailbox.email }, () =>
          handlers[method](call),
        )
        const applied = appliedOf(request)
        return applied === '' ? done : { ...done, headers: { 'preference-applied': applied, ...done.headers } }
      } finally {
        leave()
      }
    })
    return { sent, body }
  }

  #signedIn(header: string | null, method: MicrosoftMethod, userId: string | undefined): Mailbox {
    const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1]
    const mailbox =
      token === undefined ? undefined : [...this.#world.mailboxes.values()].find((one) => one.token === token)
    if (!mailbox) throw new Refusal('InvalidAuthenticationToken')
    const { scopes } = methods[method]
    const granted = mailbox.scopes?.map((scope) => scope.replace('https://graph.microsoft.com/', ''))
    if (granted && !granted.some((scope) => scopes.includes(scope))) throw new Refusal('ErrorAccessDenied')
    if (userId === undefined || userId === mailbox.userId || userId === mailbox.email) return mailbox
    const isKnown = [...this.#world.mailboxes.values()].some((one) => one.userId === userId || one.email === userId)
    throw isKnown ? new Refusal('ErrorAccessDenied') : new Refusal('ResourceNotFound')
  }

  /** What is refused becomes an answer. */
  async #told(request: Request, work: () => Promise<Sent>): Promise<Sent> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { code, status, message, headers, annotations } = error
      const requestId = digest('request', String(++this.#count)).slice(0, 26)
      const inner = {
        date: new Date(this.#world.clock.now()).toISOString().slice(0, 19),
        'request-id': requestId,
        'client-request-id': request.headers.get('client-request-id') ?? requestId,
      }
      const name = this.#world.options.innerErrorName ?? 'innerError'
      return {
        code: status,
        body: { error: { code, message, ...annotations, [name]: inner } },
        headers,
      }
    }
  }
}

function bodyOf(request: Request, method: MicrosoftMethod, text: string): object {
  const shape = methods[method].body
  if (shape === undefined) {
    if (text !== '') throw new Refusal('BadRequest', { message: 'This method takes no body.' })
    return {}
  }
  const type = request.headers.get('content-type')
  if (text !== '' && !/^application\/json\b/i.test(type ?? ''))
    throw new Refusal('BadRequest', {
      status: 415,
      message: `Media type ${type} is not supported. Send application/json.`,
    })
  return readBody(text, shape)
}

/** Which preferences were followed, as far as answers have been seen to say it. */
function appliedOf(request: Request): string {
  const prefer = request.headers.get('prefer') ?? ''
  return prefer.match(/outlook\.(?:timezone|body-content-type)="[^"]*"/g)?.join(', ') ?? ''
}

function unknownPath(url: URL): Sent {
  const isOurs = url.pathname.startsWith('/v1.0')
  const message = isOurs ? 'The fake does not have this method.' : 'Resource not found.'
  return {
    code: isOurs ? 501 : 404,
    body: { error: { code: isOurs ? 'NotImplemented' : 'ResourceNotFound', message } },
  }
}

function responseOf({ code, body, text, headers = {} }: Sent, request: Request): Response {
  const client = request.headers.get('client-request-id')
  const all = { ...headers, ...(client !== null && { 'client-request-id': client }) }
  if (text !== undefined) return new Response(text, { status: code, headers: all })
  if (body === undefined) return new Response(null, { status: code, headers: all })
  const type = {
    'content-type':
      'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
  }
  return new Response(JSON.stringify(body), { status: code, headers: { ...type, ...all } })
}
