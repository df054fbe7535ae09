import { isSyncError } from '../index.js'
import type { Door } from './door.js'
import type { CheckedOptions } from './options.js'
import { problemOf } from './problem.js'
import type { SignedIn } from './signed-in.js'

/** Where a sign-in comes back to is kept in the browser that began it, and believed only where the host allows it anyway. */
const cookieName = 'calweave_return'
/** As long as a sign-in may take. */
const lifetimeSeconds = 600

/** The path below which callbacks are. */
export function callbackPath({ basePath }: Pick<CheckedOptions, 'basePath'>): string {
  return `${basePath}/sign-ins/callback`
}

/** The cookie of a sign-in that begins. */
export function returnCookie(returnTo: string, request: Request, options: CheckedOptions): string {
  return cookie(encodeURIComponent(returnTo), lifetimeSeconds, request, options)
}

/** The browser comes back from a calendar service. Always sends it on to a page of the application. */
export async function completeSignIn(request: Request, who: SignedIn, client: string, door: Door): Promise<Response> {
  const { options } = door
  const returnTo = returnToOf(request, options)
  const told = await outcome(request, who, client, door)
  const [path = '/', query] = returnTo.split('?', 2)
  const parameters = new URLSearchParams(query)
  for (const [name, value] of Object.entries(told)) parameters.set(name, value)
  return new Response(null, {
    status: 303,
    headers: { location: `${path}?${parameters}`, 'set-cookie': cookie('', 0, request, options) },
  })
}

async function outcome(
  request: Request,
  who: SignedIn,
  client: string,
  { engine, options }: Door,
): Promise<Readonly<Record<string, string>>> {
  if (who.session === undefined) return { problem: 'signed_out' }
  const user = engine.user(who.userId, who.actor === undefined ? {} : { actor: who.actor })
  const { search } = new URL(request.url)
  // The address that the service knows, whatever a proxy made of it: it has to be the one of the client that asked.
  const callback = new URL(
    `${callbackPath(options)}/${encodeURIComponent(client)}${search}`,
    ownOrigin(request, options),
  )
  try {
    const { session } = who
    const { connection } = await user.connections.completeSignIn(callback, { session, signal: request.signal })
    return { connected: connection.id }
  } catch (error) {
    if (!isSyncError(error)) options.onError(error)
    const { code, reason } = problemOf(error)
    return { problem: code, ...(reason === undefined ? {} : { reason }) }
  }
}

/** Where people reach the application. */
export function ownOrigin(request: Request, { origin }: Pick<CheckedOptions, 'origin'>): string {
  return origin ?? new URL(request.url).origin
}

function returnToOf(request: Request, { returnTo: [usual = '/', ...more] }: CheckedOptions): string {
  const given = cookieOf(request, cookieName)
  return given !== undefined && more.includes(given) ? given : usual
}

function cookieOf(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (pair.slice(0, at).trim() !== name) continue
    try {
      return decodeURIComponent(pair.slice(at + 1).trim())
    } catch {
      return undefined
    }
  }
  return undefined
}

function cookie(value: string, maxAge: number, request: Request, options: CheckedOptions): string {
  const secure = ownOrigin(request, options).startsWith('https:') ? '; Secure' : ''
  return `${cookieName}=${value}; Path=${callbackPath(options)}; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`
}
