/**
 * Calendar files cut into the resources that a CalDAV server would keep them as: one UID each, with the zones of the
 * file. Done on the text, without our own reader, so that the reader's mistakes show.
 */
export function resourcesOf(file: string): readonly string[] {
  const entries = entriesOf(file)
  const events = blocks(entries, 'VEVENT')
  const uids = new Set(events.map(uidOf))
  const calendars = entries.filter(({ name, path }) => name === 'BEGIN' && path.length === 1).length
  if (uids.size <= 1 && calendars === 1) return [file]
  const head = entries.filter(({ path, name }) => path.length === 1 && !['BEGIN', 'END', 'METHOD'].includes(name))
  const zones = blocks(entries, 'VTIMEZONE')
  return [...uids].map((uid) =>
    [
      'BEGIN:VCALENDAR',
      ...[...head, ...zones.flat(), ...events.filter((event) => uidOf(event) === uid).flat()].map(({ text }) => text),
      'END:VCALENDAR',
      '',
    ].join('\r\n'),
  )
}

/** One content line as it stands there, folded, line ends as CRLF. */
export interface Entry {
  readonly name: string
  readonly text: string
  readonly unfolded: string
  /** The components around it, outermost first; those of a BEGIN and an END include their own. */
  readonly path: readonly string[]
}

export function entriesOf(file: string): readonly Entry[] {
  const physical = file
    .replace(/^\ufeff/, '')
    .trimEnd()
    .split(file.includes('\n') ? /\r?\n/ : '\r')
  const folded: string[][] = []
  for (const line of physical) {
    if (/^[ \t]/.test(line) && folded.length > 0) folded.at(-1)?.push(line)
    else if (line.trim() !== '') folded.push([folded.length === 0 ? line.trimStart() : line])
    else folded.at(-1)?.push(line)
  }
  const path: string[] = []
  return folded.map((lines) => {
    const unfolded = lines.map((line, at) => (at === 0 ? line : line.slice(1))).join('')
    const name = /^[\w.-]+(?=[;:])/.exec(unfolded)?.[0].toUpperCase() ?? ''
    const component = unfolded
      .slice(unfolded.indexOf(':') + 1)
      .trim()
      .toUpperCase()
    if (name === 'BEGIN') path.push(component)
    const entry = { name, text: lines.join('\r\n'), unfolded, path: [...path] }
    if (name === 'END') path.pop()
    return entry
  })
}

/** The components of this name directly inside of a calendar. */
export function blocks(entries: readonly Entry[], name: string): readonly (readonly Entry[])[] {
  const found: Entry[][] = []
  for (const entry of entries) {
    if (entry.path[1] !== name) continue
    if (entry.name === 'BEGIN' && entry.path.length === 2) found.push([])
    found.at(-1)?.push(entry)
  }
  return found
}

function uidOf(event: readonly Entry[]): string {
  return (
    event
      .find(({ name, path }) => name === 'UID' && path.length === 2)
      ?.unfolded.slice(4)
      .trim() ?? ''
  )
}
