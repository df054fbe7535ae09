import { SyncError } from '../errors.js'
import { cleanLine, foldLine, type Property, parseLine } from './content-line.js'
import { checkLimit, type IcalLimits } from './limits.js'

/** An unfolded content line, kept as it came. */
export interface Line {
  /** Upper case; empty when this is no content line at all. */
  readonly name: string
  readonly text: string
}

/** A component with its lines and components in their order. */
export interface Component {
  /** Upper case. */
  readonly name: string
  readonly items: readonly Item[]
}

export type Item = Line | Component

export function isComponent(item: Item): item is Component {
  return 'items' in item
}

/**
 * Reads the calendars of a text. Lines are not looked into, so one odd line costs nobody but its own event.
 * @throws SyncError `not_icalendar` (reasons `EMPTY`, `CHARSET`, `NOT_ICALENDAR`, `NESTING`, `TRUNCATED`),
 * `limit_exceeded`. Nothing of the text is believed then.
 */
export function parseCalendars(text: string, limits: IcalLimits): readonly Component[] {
  checkLimit(text.length, limits.fileLength, 'LIMIT_BYTES', 'The size of this calendar')
  checkText(text)
  const calendars: OpenComponent[] = []
  const open: OpenComponent[] = []
  for (const line of lines(text)) {
    const name = lineName.exec(line)?.[1]?.toUpperCase() ?? ''
    const inner = open.at(-1)
    if (name === 'BEGIN') {
      const component: OpenComponent = { name: valueIn(line).trim().toUpperCase(), items: [] }
      if (inner) inner.items.push(component)
      else if (component.name === 'VCALENDAR') calendars.push(component)
      else throw notCalendar()
      open.push(component)
      checkLimit(open.length, limits.depth, 'LIMIT_DEPTH', 'The nesting of components')
    } else if (name === 'END') {
      if (open.pop()?.name !== valueIn(line).trim().toUpperCase()) {
        throw new SyncError('not_icalendar', 'BEGIN and END do not fit together. Export the calendar again.', {
          reason: 'NESTING',
        })
      }
    } else if (inner) inner.items.push({ name, text: line })
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

/** Writes a component with CRLF line ends, folded. */
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

/** Unfolded lines. Accepts CRLF, LF and, where there is nothing else, CR as the end of a line. */
function* lines(source: string): Generator<string> {
  const text = source.startsWith('\ufeff') ? source.slice(1) : source
  const end = text.includes('\n') ? '\n' : '\r'
  let parts: string[] = []
  let from = 0
  while (from < text.length) {
    const next = text.indexOf(end, from)
    const to = next === -1 ? text.length : next
    const physical = text.slice(from, text[to - 1] === '\r' && to > from ? to - 1 : to)
    from = to + 1
    const first = physical[0]
    if ((first === ' ' || first === '\t') && parts.length > 0) parts.push(physical.slice(1))
    else if (physical.trim() !== '') {
      if (parts.length > 0) yield cleanLine(parts.join(''))
      parts = [parts.length === 0 ? physical.trimStart() : physical]
    }
  }
  if (parts.length > 0) yield cleanLine(parts.join(''))
}

function write(component: Component, out: string[]): void {
  out.push(`BEGIN:${component.name}`)
  for (const item of component.items) {
    if (isComponent(item)) write(item, out)
    else out.push(foldLine(cleanLine(item.text)))
  }
  out.push(`END:${component.name}`)
}
