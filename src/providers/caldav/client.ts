import type { HttpAnswer, HttpClient } from '../../http/client.js'
import { failure } from './failure.js'
import { escapeXml, type Multistatus, parseMultistatus } from './xml.js'

/** Sends WebDAV requests with the account's credentials. */
export interface DavClient {
  /** The address that the account was opened with; credentials go nowhere else than to its site. */
  readonly site: string
  send(method: string, url: string, options?: DavRequestOptions): Promise<HttpAnswer>
  propfind(url: string, depth: '0' | '1', props: readonly string[], signal?: AbortSignal): Promise<HttpAnswer>
  report(url: string, depth: '0' | '1', body: string, signal?: AbortSignal): Promise<HttpAnswer>
}

export interface DavRequestOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal | undefined
}

export function davClient(
  http: HttpClient,
  site: string,
  authorization: string,
  onAnswer: (answer: HttpAnswer) => void = () => undefined,
): DavClient {
  const send: DavClient['send'] = async (method, url, options = {}) => {
    const answer = await http.request({
      method,
      url,
      site,
      // Sent with the first request: waiting to be asked costs a round trip, and some servers ask in a scheme of their own.
      headers: { ...options.headers, authorization },
      ...(options.body === undefined ? {} : { body: options.body }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    onAnswer(answer)
    return answer
  }
  const xml = (method: string, url: string, depth: string, body: string, signal?: AbortSignal): Promise<HttpAnswer> =>
    send(method, url, {
      headers: { depth, 'content-type': 'application/xml; charset=utf-8' },
      body: `<?xml version="1.0" encoding="utf-8"?>${body}`,
      signal,
    })
  return {
    site,
    send,
    propfind: (url, depth, props, signal) =>
      xml('PROPFIND', url, depth, `<D:propfind ${namespaces}><D:prop>${props.join('')}</D:prop></D:propfind>`, signal),
    report: (url, depth, body, signal) => xml('REPORT', url, depth, body, signal),
  }
}

/** The prefixes that every body of ours declares. */
const namespaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"'

/** The list in a 207 answer. @throws SyncError for every other answer, and for one that is not complete. */
export function multistatusOf(answer: HttpAnswer): Multistatus {
  if (answer.status !== 207) throw failure(answer, 'reading')
  return parseMultistatus(answer.text)
}

/** @see RFC 6578 section 3.2 */
export function syncCollectionBody(token: string): string {
  return (
    '<D:sync-collection xmlns:D="DAV:">' +
    `<D:sync-token>${escapeXml(token)}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>` +
    '</D:sync-collection>'
  )
}

/** @see RFC 4791 section 7.9 */
export function multigetBody(hrefs: readonly string[]): string {
  return (
    '<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">' +
    '<D:prop><D:getetag/><C:calendar-data/></D:prop>' +
    hrefs.map((href) => `<D:href>${escapeXml(href)}</D:href>`).join('') +
    '</C:calendar-multiget>'
  )
}
