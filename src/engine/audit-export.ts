import type { AuditEntry } from '../model/audit.js'

/** How the audit is written out. `csv`: with a line of names, and safe to open in a spreadsheet. */
export type AuditFormat = 'jsonl' | 'csv'

/** The lines of a page of entries, each with its line break. */
export function linesOf(entries: readonly AuditEntry[], format: AuditFormat): string {
  const line = format === 'csv' ? csvLine : (entry: AuditEntry) => `${JSON.stringify(entry)}\n`
  return entries.map(line).join('')
}

const columns: { readonly [column: string]: (entry: AuditEntry) => string } = {
  chain: ({ chain }) => chain,
  seq: ({ seq }) => String(seq),
  at: ({ at }) => new Date(at).toISOString(),
  action: ({ action }) => action,
  group: ({ groupId }) => groupId ?? '',
  event: ({ eventId }) => eventId ?? '',
  calendar: ({ calendarId }) => calendarId ?? '',
  connection: ({ connectionId }) => connectionId ?? '',
  run: ({ actor }) => ('run' in actor ? actor.run : ''),
  user: ({ actor }) => ('user' in actor ? actor.user : ''),
  person: ({ actor }) => ('user' in actor ? (actor.name ?? '') : ''),
  cause: ({ cause }) => cause ?? '',
  changed: ({ fields, settings = [] }) => [...fields, ...settings].join(' '),
  before: ({ before }) => before ?? '',
  after: ({ after }) => after ?? '',
  valueBefore: ({ values }) => (values ? JSON.stringify(values.before) : ''),
  valueAfter: ({ values }) => (values ? JSON.stringify(values.after) : ''),
  id: ({ id }) => id,
  hash: ({ hash }) => hash,
}

/** The names of the columns, as the first line. */
export const csvHead: string = csvRow(Object.keys(columns))

function csvLine(entry: AuditEntry): string {
  return csvRow(Object.values(columns).map((cell) => cell(entry)))
}

/** One line of RFC 4180. */
function csvRow(cells: readonly string[]): string {
  return `${cells.map(csvCell).join()}\r\n`
}

/** A spreadsheet takes a cell that begins like a formula for one: an apostrophe in front makes it a text. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
