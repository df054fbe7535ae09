import type { RequestMeasure, RunCause } from '../model/engine-event.js'
import type { Attributes } from './shapes.js'

/** Why a run began, as metrics say it. */
export const triggers: Readonly<Record<RunCause, string>> = {
  push: 'webhook',
  schedule: 'poll',
  person: 'manual',
  import: 'initial',
  upkeep: 'poll',
}

/** A run is about calendars of a few providers: `caldav+google`. */
export const providersOf = (providers: readonly string[]): string => providers.join('+')

/** What a request is told apart by. Whose server it was only where the host listed it: many have one of their own. */
export function requestAttributes(request: RequestMeasure, hosts: ReadonlySet<string>): Attributes {
  const { provider, method, status, host } = request
  const [address = '', port] = host.split(/:(\d+)$/)
  return {
    provider,
    'http.request.method': methods.has(method) ? method : '_OTHER',
    ...(hosts.has(host) ? { 'server.address': address, 'server.port': Number(port ?? 443) } : {}),
    ...(status > 0 ? { 'http.response.status_code': status } : {}),
    ...(status === 0 ? { 'error.type': 'no_answer' } : status >= 400 ? { 'error.type': String(status) } : {}),
  }
}

/** Those of HTTP and of WebDAV. */
const methods: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
  ...['PROPFIND', 'PROPPATCH', 'REPORT', 'MKCALENDAR', 'MKCOL', 'MOVE', 'COPY'],
])
