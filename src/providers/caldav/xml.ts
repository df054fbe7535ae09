import { SaxesParser } from 'saxes'
import { SyncError } from '../../errors.js'

/** The namespaces that calendar servers use. */
export const ns = {
  dav: 'DAV:',
  caldav: 'urn:ietf:params:xml:ns:caldav',
  calendarServer: 'http://calendarserver.org/ns/',
  apple: 'http://apple.com/ns/ical/',
} as const

/** One element with everything in it. */
export interface XmlElement {
  readonly uri: string
  readonly local: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** The text directly inside. */
  readonly text: string
}

/** One `response` of a multistatus. */
export interface DavResponse {
  /** As the server wrote it. Most have one; an answer may give one status for several. */
  readonly hrefs: readonly string[]
  /** The status of the whole resource; undefined where it is given per property. */
  readonly status: number | undefined
  /** Properties that were found (a 2xx propstat). Those that were not are left out. */
  readonly props: readonly XmlElement[]
  /** Statuses of the propstats, in order. */
  readonly propStatuses: readonly number[]
  /** The names inside `error`, e.g. `number-of-matches-within-limits`. */
  readonly errors: readonly XmlElement[]
}

/** A whole multistatus body. */
export interface Multistatus {
  readonly responses: readonly DavResponse[]
  /** Only there when the document had one. */
  readonly syncToken?: string
}

/** Deeper than any server nests; saxes gets slow with depth, so deeper documents are refused while reading. */
const maxDepth = 64

/**
 * Reads a 207 body. Nothing is believed unless the document is complete and well formed: a list that was cut off would
 * look like a list from which events were removed.
 *
 * Three flaws are forgiven, because servers have them and none can hide a missing part: prefixes bound to nothing,
 * names with several colons, and characters that XML forbids (they arrive inside of event texts).
 *
 * @throws SyncError `invalid_response`; `limit_exceeded` for a document that is nested too deep.
 */
export function parseMultistatus(text: string): Multistatus {
  const responses: DavResponse[] = []
  let syncToken: string | undefined
  let root: XmlElement | undefined
  readElements(text, 'strict', (element, depth) => {
    if (depth === 0) root = element
    if (depth !== 1 || element.uri !== ns.dav) return false
    if (element.local === 'response') responses.push(toResponse(element))
    if (element.local === 'sync-token') syncToken = element.text.trim()
    return true
  })
  if (!root || root.uri !== ns.dav || root.local !== 'multistatus') {
    throw new SyncError(
      'invalid_response',
      'The server answered with something else than a DAV multistatus. Try again later.',
      {
        reason: 'NOT_MULTISTATUS',
      },
    )
  }
  return syncToken === undefined ? { responses } : { responses, syncToken }
}

/** Reads a whole document that is no multistatus. @throws SyncError `invalid_response`; `limit_exceeded`. */
export function parseDocument(text: string): XmlElement | undefined {
  let root: XmlElement | undefined
  readElements(text, 'strict', (element, depth) => {
    if (depth === 0) root = element
    return false
  })
  return root
}

/** What a refusal says in its body: the names of the violated preconditions, and the hrefs it points to. */
export interface DavErrorBody {
  readonly conditions: readonly string[]
  readonly hrefs: readonly string[]
}

/**
 * Reads what can be read of an error body, which may be HTML, plain text or broken XML. Never throws, and never decides
 * anything alone: the status comes first. Names are compared without their namespace, which several servers get wrong.
 */
export function parseErrorBody(text: string): DavErrorBody {
  const conditions: string[] = []
  const hrefs: string[] = []
  if (!/<(?:\w+:)?(?:error|multistatus)[\s>]/.test(text)) return { conditions, hrefs }
  try {
    readElements(text, 'lenient', (element) => {
      if (element.local === 'href') hrefs.push(element.text.trim())
      else conditions.push(element.local)
      return false
    })
  } catch {
    // a body too deep or not XML after all: what was found so far is all there is to know
  }
  return { conditions, hrefs }
}

/** The first child with this name. */
export function child(element: XmlElement | undefined, uri: string, local: string): XmlElement | undefined {
  return element?.children.find((candidate) => candidate.uri === uri && candidate.local === local)
}

/** A property of a response, if the server has it. */
export function prop(response: DavResponse | undefined, uri: string, local: string): XmlElement | undefined {
  return response?.props.find((candidate) => candidate.uri === uri && candidate.local === local)
}

/** The hrefs inside of a property, as the server wrote them. */
export function hrefTexts(response: DavResponse | undefined, uri: string, local: string): readonly string[] {
  const elements = prop(response, uri, local)?.children ?? []
  return elements
    .filter((inner) => inner.uri === ns.dav && inner.local === 'href')
    .map((href) => href.text.trim())
    .filter((href) => href !== '')
}

/** The names of all elements below this one, e.g. the privileges inside of a privilege set. */
export function namesBelow(element: XmlElement): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (inner: XmlElement): void => {
    for (const each of inner.children) {
      names.add(each.local)
      visit(each)
    }
  }
  visit(element)
  return names
}

/** Text for an XML document. A plain carriage return would be read as a line feed. @see XML 1.0 section 2.11 */
export function escapeXml(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return escaped.replaceAll('"', '&quot;').replaceAll('\r', '&#13;')
}

interface OpenElement {
  readonly uri: string
  readonly local: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XmlElement[]
  text: string
}

/**
 * Walks a document. `onClose` gets each element when it is complete and says whether it has used it up; what is used up
 * is not kept in its parent, so a long list needs the memory of its longest entry.
 */
function readElements(
  text: string,
  mode: 'strict' | 'lenient',
  onClose: (element: XmlElement, depth: number) => boolean,
): void {
  const parser = new SaxesParser({ xmlns: true, position: false })
  const open: OpenElement[] = []
  parser.on('error', (error) => {
    if (mode === 'strict' && !isForgivable(error.message)) throw malformed(error)
  })
  parser.on('doctype', () => {
    throw malformed(new Error('document type declaration'))
  })
  parser.on('opentagstart', () => {
    if (open.length >= maxDepth) {
      throw new SyncError(
        'limit_exceeded',
        `The answer is nested deeper than ${maxDepth} levels. Nothing of it was used.`,
        {
          reason: 'LIMIT_DEPTH',
        },
      )
    }
  })
  parser.on('opentag', (tag) => {
    open.push({ uri: tag.uri, local: tag.local, attributes: plainAttributes(tag.attributes), children: [], text: '' })
  })
  const addText = (part: string): void => {
    const top = open.at(-1)
    if (top) top.text += part
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    const element = open.pop()
    if (element && !onClose(element, open.length)) open.at(-1)?.children.push(element)
  })
  // A byte order mark is legal at the very start and nowhere else.
  parser.write(withoutForbidden(text.startsWith('\uFEFF') ? text.slice(1) : text)).close()
}

const noAttributes: Readonly<Record<string, string>> = Object.freeze({})

function plainAttributes(
  attributes: Readonly<Record<string, { readonly local: string; readonly value: string }>>,
): Readonly<Record<string, string>> {
  const entries = Object.values(attributes).map((attribute) => [attribute.local, attribute.value] as const)
  return entries.length === 0 ? noAttributes : Object.fromEntries(entries)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML forbids
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

/** One event with a control character in its title must not make the whole calendar unreadable. */
function withoutForbidden(text: string): string {
  return text.search(forbidden) < 0 ? text : text.replace(forbidden, '\uFFFD')
}

function isForgivable(message: string): boolean {
  return /unbound namespace prefix|malformed name|malformed character entity/.test(message)
}

function malformed(cause: unknown): SyncError {
  return new SyncError(
    'invalid_response',
    'The answer is not complete, well-formed XML. Nothing of it was used; try again later.',
    { cause, reason: 'NOT_XML' },
  )
}

function toResponse(element: XmlElement): DavResponse {
  const hrefs: string[] = []
  const props: XmlElement[] = []
  const propStatuses: number[] = []
  const errors: XmlElement[] = []
  let status: number | undefined
  for (const part of element.children) {
    if (part.uri !== ns.dav) continue
    if (part.local === 'href') hrefs.push(part.text.trim())
    else if (part.local === 'status') status = statusCode(part.text)
    else if (part.local === 'error') errors.push(...part.children)
    else if (part.local === 'propstat') {
      const code = statusCode(child(part, ns.dav, 'status')?.text ?? '')
      if (code === undefined) continue
      propStatuses.push(code)
      // Servers list the propstat of what was not found before or after the other one.
      if (code >= 200 && code < 300) props.push(...(child(part, ns.dav, 'prop')?.children ?? []))
      errors.push(...(child(part, ns.dav, 'error')?.children ?? []))
    }
  }
  return { hrefs, status, props, propStatuses, errors }
}

/** The number in `HTTP/1.1 200 OK`. */
function statusCode(text: string): number | undefined {
  const found = /^\s*HTTP\/[\d.]+\s+(\d{3})/i.exec(text)
  return found ? Number(found[1]) : undefined
}
