import { lookup as lookUp } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import type { Dispatcher, fetch as UndiciFetch } from 'undici'
import { isSyncError, SyncError } from '../errors.js'
import { isPublicAddress } from '../http/address.js'
import { allowedHosts, type IsAllowed } from '../http/allowed-hosts.js'
import { methodsWithBody } from '../http/keep-alive.js'
import { addressRefused, checkAddress } from '../http/trust.js'
import { asDirect, sendDirectly } from './direct-fetch.js'

/** Settings of {@link guardedFetch}. */
export interface GuardedFetchOptions {
  /**
   * Hosts that may be inner, and that may be asked by `http:`, such as `localhost:5232` or `nas.local`. The provider
   * needs to be told the same.
   * @default none
   */
  readonly allowedHosts?: readonly string[]
  /**
   * Gives the addresses of a name, as IPv4 or IPv6 text. An app in a network with names of its own can ask a resolver
   * that knows only public ones: then not even the existence of an inner name can be found out.
   * @default what the machine knows, as `node:dns` looks it up
   */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>
}

/**
 * Makes a `fetch` that connects to the public internet only, for apps that take addresses from strangers.
 *
 * What a name resolves to is looked at for every connection, and the addresses that were looked at are the ones that
 * are dialled: a name that changes its mind in between (DNS rebinding) gains nothing. Addresses that are not public are
 * left out; when none is left, nothing is dialled. Connections are kept open, and are never reused for another host.
 *
 * Its first call needs the package `undici` in the host (7, or 8 on Node 24 and newer), whose `fetch` and sockets it uses: those of Node itself take a
 * connector of exactly their own version only. Proxies that the environment names are not used, because behind a
 * proxy nobody could say what is dialled. Bodies of requests are read into memory first, so that their length is known.
 *
 * @example
 * ```ts
 * import { guardedFetch } from 'calweave/node'
 * import { caldavProvider } from 'calweave/providers/caldav'
 *
 * const network = { allowedHosts: ['nas.local:5001'] }
 * const provider = caldavProvider({ ...network, fetch: guardedFetch(network) })
 * console.log(provider.id)
 * ```
 * @throws SyncError `invalid_input` for an entry of `allowedHosts` that is no host. Calls reject with `invalid_input`,
 * reason `ADDRESS_REFUSED`, for an address that is not dialled, and with a `TypeError` when a connection fails.
 */
export function guardedFetch(options: GuardedFetchOptions = {}): typeof fetch {
  const isAllowed = allowedHosts(options.allowedHosts)
  const resolve = options.resolve ?? machineAddresses
  let opening: ReturnType<typeof openNetwork> | undefined

  return async (input, init) => {
    opening ??= openNetwork(isAllowed, resolve)
    const { dispatcher, undiciFetch } = await opening
    const direct = asDirect(input, init)
    if (direct) return sendDirectly(dispatcher, direct)
    const request = new Request(input, init)
    try {
      const answer = await undiciFetch(request.url, {
        method: request.method,
        headers: [...request.headers],
        redirect: request.redirect,
        // that of a Request made here would lose its source when the garbage is collected
        signal: init?.signal ?? (input instanceof Request ? input.signal : null),
        dispatcher,
        ...(request.body && { body: await request.arrayBuffer() }),
      })
      return toResponse(answer)
    } catch (error) {
      throw error instanceof Error && isSyncError(error.cause) ? error.cause : error
    }
  }
}

/**
 * How long a connection is kept that nobody uses, also where its server would keep it for longer. Where each has a
 * process of its own (Cyrus offers 300 s), those that we keep are missing to others, and to our own next connection.
 */
const idleMs = 4_000

/** Loaded with the first request, so that this door opens without the package, too. */
async function openNetwork(
  isAllowed: IsAllowed,
  resolve: (hostname: string) => Promise<readonly string[]>,
): Promise<{ readonly dispatcher: Dispatcher; readonly undiciFetch: typeof UndiciFetch }> {
  const { Agent, buildConnector, fetch } = await import('undici').catch((cause: unknown) => {
    throw new SyncError('invalid_input', 'guardedFetch needs the package "undici". Install it beside calweave.', {
      cause,
    })
  })
  // HTTP/2 is not offered: some servers in the field handle parallel requests on one connection badly.
  const toAnywhere = buildConnector({ allowH2: false, lookup: lookupOf(resolve) })
  const toPublic = buildConnector({ allowH2: false, lookup: lookupOf(async (name) => onlyPublic(await resolve(name))) })
  const agent = new Agent({
    allowH2: false,
    keepAliveMaxTimeout: idleMs,
    connect(target, done) {
      const url = new URL(`${target.protocol}//${target.host ?? target.hostname}`)
      if (isAllowed(url)) return toAnywhere(target, done)
      try {
        checkAddress(url, isAllowed) // an address by number is never looked up
      } catch (error) {
        return done(error as Error, null)
      }
      return toPublic(target, done)
    },
  })
  return { dispatcher: agent.compose(keepingOpen), undiciFetch: fetch }
}

async function machineAddresses(hostname: string): Promise<readonly string[]> {
  return (await lookUp(hostname, { all: true })).map(({ address }) => address)
}

/**
 * The addresses that may be dialled, of those that a name has.
 * @throws SyncError `invalid_input` when there is none.
 */
export function onlyPublic(addresses: readonly string[]): readonly string[] {
  const found = addresses.filter(isPublicAddress)
  if (found.length === 0) throw addressRefused()
  return found
}

/** What sockets call to learn the addresses of a name; they dial what they are given and ask nobody else. */
function lookupOf(resolve: (hostname: string) => Promise<readonly string[]>): LookupFunction {
  return (hostname, { all }, done) => {
    resolve(hostname).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }))
        const [first] = found
        if (all) done(null, found)
        else done(null, first?.address ?? '', first?.family)
      },
      (error: Error) => done(error, ''),
    )
  }
}

/** Without this, a connection is closed after every report: see `http/keep-alive.ts`. */
function keepingOpen(dispatch: Dispatcher['dispatch']): Dispatcher['dispatch'] {
  return (options, handler) =>
    dispatch(methodsWithBody.has(options.method) ? { ...options, reset: false } : options, handler)
}

/** The answer as an object of this platform's own class, which hosts may compare with. */
function toResponse(answer: Awaited<ReturnType<typeof UndiciFetch>>): Response {
  const { status, statusText, url } = answer
  const body = answer.body as ReadableStream<Uint8Array> | null
  const response = new Response(body, { status, statusText, headers: [...answer.headers] })
  return Object.defineProperty(response, 'url', { value: url })
}
