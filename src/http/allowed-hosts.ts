import { SyncError } from '../errors.js'

/** Whether the app has named the host of an address. */
export type IsAllowed = (url: URL) => boolean

/**
 * Reads a list of hosts: `nas.local` for any port, `localhost:5232` or `[::1]:5232` for one.
 *
 * @throws SyncError `invalid_input` for an entry that is no host, so that a slip does not look like a refused server.
 */
export function allowedHosts(named: readonly string[] = []): IsAllowed {
  const known = new Set(named.map(normal))
  if (known.size === 0) return () => false
  return (url) => {
    const name = nameOf(url)
    return known.has(name) || known.has(`${name}:${url.port || defaultPorts[url.protocol]}`)
  }
}

const defaultPorts: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' }

function normal(entry: string): string {
  const port = /:(\d{1,5})$/.exec(entry)?.[1]
  const name = port === undefined ? entry : entry.slice(0, -port.length - 1)
  const url = /^(?:\[[\da-f:.]+\]|[^\s/?#@:*\\[\]]+)$/i.test(name) ? `https://${name}/` : ''
  if (!URL.canParse(url)) {
    throw new SyncError(
      'invalid_input',
      `allowedHosts: ${JSON.stringify(entry)} is not a host. Give names such as "nas.local" or "localhost:5232".`,
    )
  }
  return port === undefined ? nameOf(new URL(url)) : `${nameOf(new URL(url))}:${Number(port)}`
}

function nameOf(url: URL): string {
  return url.hostname.replace(/\.+$/, '')
}
