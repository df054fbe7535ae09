/**
 * What keeps a connection open after a request whose method is not known to take a body.
 *
 * Node's `fetch` closes the connection after each REPORT, because it cannot be sure that the server understood where
 * the body ended; every report would pay for a new TLS handshake. WebDAV servers do understand. There is no option of
 * `fetch` for this, but one of the dispatcher below it, which Node shares under a well-known symbol. Elsewhere, and
 * where the symbol is missing, nothing happens, and reports are merely slower.
 */
export function keepOpen(method: string): { readonly dispatcher?: Dispatcher } {
  if (!methodsWithBody.has(method)) return {}
  const shared = (globalThis as { readonly [key: symbol]: Dispatcher | undefined })[globalDispatcher]
  if (typeof shared?.dispatch !== 'function') return {}
  return { dispatcher: { dispatch: (options, handler) => shared.dispatch({ ...options, reset: false }, handler) } }
}

interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean
}

const globalDispatcher = Symbol.for('undici.globalDispatcher.1')

/** Methods that take a body, though HTTP itself does not say so. */
export const methodsWithBody: ReadonlySet<string> = new Set(['REPORT', 'MKCALENDAR', 'MKCOL'])
