/** An answer before it is sent. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Properties by `{namespace}name`, each as the XML that stands inside of it; undefined where the resource has it not. */
export type Props = Readonly<Record<string, string | undefined>>

/** Namespaces and the prefixes that answers use for them. */
const prefixes: Readonly<Record<string, string>> = {
  'DAV:': '',
  'urn:ietf:params:xml:ns:caldav': 'C:',
  'http://calendarserver.org/ns/': 'CS:',
  'http://apple.com/ns/ical/': 'A:',
}

const declared =
  'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"'

export function dav(name: string): string {
  return `{DAV:}${name}`
}

export function caldav(name: string): string {
  return `{urn:ietf:params:xml:ns:caldav}${name}`
}

export function calendarServer(name: string): string {
  return `{http://calendarserver.org/ns/}${name}`
}

export function apple(name: string): string {
  return `{http://apple.com/ns/ical/}${name}`
}

/** A 207 with these `response` elements. */
export function multistatus(responses: readonly string[], syncToken?: string): Reply {
  const token = syncToken === undefined ? '' : `<sync-token>${escapeXml(syncToken)}</sync-token>`
  return xml(207, `<multistatus ${declared}>${responses.join('')}${token}</multistatus>`)
}

/** One resource with the properties that were asked for; those it does not have come in a part of their own. */
export function found(href: string, asked: readonly string[], has: Props): string {
  const known = asked.filter((name) => has[name] !== undefined)
  const unknown = asked.filter((name) => has[name] === undefined)
  return `<response><href>${escapeXml(href)}</href>${propstat(known, has, '200 OK')}${propstat(unknown, {}, '404 Not Found')}</response>`
}

export function gone(href: string): string {
  return `<response><href>${escapeXml(href)}</href><status>HTTP/1.1 404 Not Found</status></response>`
}

/** A refusal that names the precondition which is violated. */
export function refusal(status: number, condition: string, href?: string): Reply {
  const inner = href === undefined ? '' : `<href>${escapeXml(href)}</href>`
  return xml(status, `<error ${declared}>${tag(condition, inner)}</error>`)
}

export function hrefElement(href: string): string {
  return `<href>${escapeXml(href)}</href>`
}

export function emptyElement(name: string): string {
  return tag(name, '')
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;')
}

function propstat(names: readonly string[], has: Props, status: string): string {
  if (names.length === 0) return ''
  const props = names.map((name) => tag(name, has[name] ?? '')).join('')
  return `<propstat><prop>${props}</prop><status>HTTP/1.1 ${status}</status></propstat>`
}

function tag(name: string, inner: string): string {
  const [, uri = '', local = ''] = /^\{(.*)\}(.*)$/.exec(name) ?? []
  const prefix = prefixes[uri]
  const [start, end] =
    prefix === undefined ? [`X:${local} xmlns:X="${escapeXml(uri)}"`, `X:${local}`] : [prefix + local, prefix + local]
  return inner === '' ? `<${start}/>` : `<${start}>${inner}</${end}>`
}

function xml(status: number, content: string): Reply {
  return {
    status,
    headers: { 'content-type': 'text/xml; charset=utf-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?>${content}`,
  }
}
