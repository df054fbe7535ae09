import { SyncError } from '../errors.js'
import { cleanLine, foldLine, type Property, parseLine } from './content-line.js'
import { checkLimit, type IcalLimits } from './limits.js'

/** An unfolded content line, kept as it came. */
export interface Line {
  /** Upper case; empty when this is no content line at all. */
  readonly name: string
  readonly text: string
  /** How it stood there, folded as its writer folds, without its last line end. Absent: it is folded our way. */
  readonly source?: string
}

/** A component with its lines and components in their order. */
export interface Component {
  /** Upper case. */
  readonly name: string
  readonly items: readonly Item[]
  /** How its first and last line stood there. */
  readonly frame?: Frame
}

export interface Frame {
  readonly begin: string
  readonly end: string
}

export type Item = Line | Component

export function isComponent(item: Item): item is Component {
  return 'items' in item
}

/**
 * Reads the calendars of a text. Lines are not looked into, so one odd line costs nobody but its own event.
 * @param keepSource - whether untouched lines are to be written again as they stand there, byte for byte
 * @throws SyncError `not_icalendar` (reasons `EMPTY`, `CHARSET`, `NOT_ICALENDAR`, `NESTING`, `TRUNCATED`),
 * `limit_exceeded`. Nothing of the text is believed then.
 */
export function parseCalendars(text: string, limits: IcalLimits, keepSource = false): readonly Component[] {
  checkLimit(text.length, limits.fileLength, 'LIMIT_BYTES', 'The size of this calendar')
  checkText(text)
  const calendars: OpenComponent[] = []
  const open: OpenComponent[] = []
  for (const { line, source } of lines(text, keepSource)) {
    const name = lineName.exec(line)?.[1]?.toUpperCase() ?? ''
    const inner = open.at(-1)
    if (name === 'BEGIN') {
      const component: OpenComponent = {
        name: valueIn(line).trim().toUpperCase(),
        items: [],
        ...(source !== undefined && { frame: { begin: source, end: '' } }),
      }
      if (inner) inner.items.push(component)
      else if (component.name === 'VCALENDAR') calendars.push(component)
      else throw notCalendar()
      open.push(component)
      checkLimit(open.length, limits.depth, 'LIMIT_DEPTH', 'The nesting of components')
    } else if (name === 'END') {
      const ended = open.pop()
      if (ended?.name !== valueIn(line).trim().toUpperCase()) {
        throw new SyncError('not_icalendar', 'BEGIN and END do not fit together. Export the calendar again.', {
          reason: 'NESTING',
        })
      }
      // behind the last line stands only what XML was indented with
      if (ended.frame) ended.frame.end = open.length === 0 ? line.trimEnd() : (source ?? line)
    } else if (inner) inner.items.push(source === undefined ? { name, text: line } : { name, text: line, source })
    else if (calendars.length === 0) throw notCalendar()
    // what stands behind the last END:VCALENDAR (a comment, a stray word) is nobody's
  }
  if (open.length > 0) {
    throw new SyncError('not_icalendar', 'The calendar ends in the middle of a component. Get it again.', {
      reason: 'TRUNCATED',
    })
  }
  if (calendars.length === 0) throw notCalendar()
  return calendars
}

/**
 * Writes a component with CRLF line ends, folded. Lines that were kept as they stood are written so. Their line ends are
 * CRLF, too: a text that came inside of XML has lost what it had (XML 1.0 section 2.11).
 */
export function formatComponent(component: Component): string {
  const out: string[] = []
  write(component, out)
  return `${out.join('\r\n')}\r\n`
}

/** The lines with one of these names, in order. */
export function linesOf(component: Component, ...names: readonly string[]): readonly Line[] {
  return component.items.filter((item): item is Line => !isComponent(item) && names.includes(item.name))
}

/** The first line of this name, taken apart; undefined when there is none that can be. */
export function propertyOf(component: Component, name: string): Property | undefined {
  for (const item of component.items) {
    if (item.name !== name || isComponent(item)) continue
    const property = parseLine(item.text)
    if (property) return property
  }
  return undefined
}

/** All lines of these names that can be taken apart. */
export function propertiesOf(component: Component, ...names: readonly string[]): readonly Property[] {
  return linesOf(component, ...names).flatMap((line) => parseLine(line.text) ?? [])
}

/** The components of this name directly inside. */
export function componentsOf(component: Component, name: string): readonly Component[] {
  return component.items.filter((item): item is Component => isComponent(item) && item.name === name)
}

interface OpenComponent extends Component {
  readonly items: Item[]
  readonly frame?: { begin: string; end: string }
}

const lineName = /^([\w.-]+)(?=[;:])/

function valueIn(line: string): string {
  return line.slice(line.indexOf(':') + 1)
}

function notCalendar(): SyncError {
  return new SyncError(
    'not_icalendar',
    'This is not an iCalendar text: it does not begin with BEGIN:VCALENDAR. Check the address or the file.',
    { reason: 'NOT_ICALENDAR' },
  )
}

function checkText(text: string): void {
  if (text.trim() === '') {
    throw new SyncError('not_icalendar', 'The calendar is empty. Check the address or the file.', { reason: 'EMPTY' })
  }
  // UTF-16 read as UTF-8 has a NUL beside every letter
  if (text.slice(0, 64).includes('B\u0000E') || text.slice(0, 64).includes('\u0000B\u0000')) {
    throw new SyncError('not_icalendar', 'The calendar is not encoded as UTF-8. Save it as UTF-8.', {
      reason: 'CHARSET',
    })
  }
}

interface SourceLine {
  /** Unfolded. */
  readonly line: string
  /** Folded as it was; absent where it holds what no line may hold, which is then left out. */
  readonly source?: string
}

/** Unfolded lines. Accepts CRLF, LF and, where there is nothing else, CR as the end of a line. */
function* lines(text: string, keepSource: boolean): Generator<SourceLine> {
  const begun = text.startsWith('\ufeff') ? text.slice(1) : text
  const end = begun.includes('\n') ? '\n' : '\r'
  let parts: string[] = []
  let physical: string[] = [] // with the empty lines behind the line, which say nothing and stay
  let from = 0
  while (from < begun.length) {
    const next = begun.indexOf(end, from)
    const to = next === -1 ? begun.length : next
    const part = begun.slice(from, begun[to - 1] === '\r' && to > from ? to - 1 : to)
    from = to + 1
    const first = part[0]
    if ((first === ' ' || first === '\t') && parts.length > 0) parts.push(part.slice(1))
    else if (part.trim() !== '') {
      if (parts.length > 0) yield sourceLine(parts, physical)
      const start = parts.length === 0 ? part.trimStart() : part
      parts = [start]
      physical = keepSource ? [start] : []
      continue
    }
    if (keepSource && parts.length > 0) physical.push(part)
  }
  if (parts.length > 0) yield sourceLine(parts, physical)
}

function sourceLine(parts: readonly string[], physical: readonly string[]): SourceLine {
  const joined = parts.join('')
  const line = cleanLine(joined)
  return physical.length > 0 && line === joined ? { line, source: physical.join('\r\n') } : { line }
}

function write(component: Component, out: string[]): void {
  out.push(component.frame?.begin ?? `BEGIN:${component.name}`)
  for (const item of component.items) {
    if (isComponent(item)) write(item, out)
    else out.push(item.source ?? foldLine(cleanLine(item.text)))
  }
  out.push(component.frame?.end ?? `END:${component.name}`)
}
