import { isHostName } from './service-records.js'

/** What a person calls their account, understood. */
export type AccountAddress =
  | { readonly kind: 'url'; readonly url: string }
  /** A domain whose service has to be found. `port` is undefined unless the person named one. */
  | { readonly kind: 'domain'; readonly host: string; readonly port: number | undefined }

/**
 * Understands a mail address (`jane@example.com`), a host (`dav.example.com`, `nas.example.net:8443`) or a web address,
 * with or without `https://`. Undefined for everything else.
 */
export function parseAddress(text: string): AccountAddress | undefined {
  const trimmed = text.trim().replace(/^mailto:/i, '')
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)) return URL.canParse(trimmed) ? { kind: 'url', url: trimmed } : undefined
  const at = trimmed.lastIndexOf('@')
  if (at === 0) return undefined
  const place = at < 0 ? trimmed : trimmed.slice(at + 1)
  if (at < 0 && place.includes('/')) {
    const url = `https://${place}`
    return URL.canParse(url) && isHostName(place.slice(0, place.search(/[:/]/))) ? { kind: 'url', url } : undefined
  }
  const [, name = '', digits] = /^(.*?)(?::(\d{1,5}))?$/.exec(place) ?? []
  const port = digits === undefined ? undefined : Number(digits)
  if (!isHostName(name) || (port !== undefined && (port < 1 || port > 65_535 || at > 0))) return undefined
  // Names with other letters than ASCII have one form on the wire, which the URL parser knows.
  return { kind: 'domain', host: new URL(`https://${name}/`).hostname.replace(/\.$/, ''), port }
}
