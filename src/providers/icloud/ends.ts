/**
 * Gives every event of no length an end, at its start. An event with DTSTART alone is whole by RFC 5545 section 3.6.1,
 * but Apple answers its PUT with 404; with DTEND at the same time it is stored, and means the same.
 */
export function withEnds(text: string): string {
  const lines = contentLines(text)
  const open: string[] = []
  const out: string[] = []
  /** Where the start of the event stands that is read now, unless it has an end. */
  let start: number | undefined
  let hasEnd = false
  for (const line of lines) {
    const [, edge, name = ''] = /^(BEGIN|END):([^\r\n]*)/i.exec(line) ?? []
    const isInside = open.at(-1) === 'VEVENT'
    if (edge?.toUpperCase() === 'BEGIN') {
      open.push(name.trim().toUpperCase())
      if (open.at(-1) === 'VEVENT') [start, hasEnd] = [undefined, false]
    } else if (edge?.toUpperCase() === 'END') {
      const closed = open.pop()
      const begun = start === undefined ? undefined : out[start]
      if (closed === 'VEVENT' && begun !== undefined && !hasEnd && start !== undefined)
        out.splice(start + 1, 0, begun.replace(/^DTSTART/i, 'DTEND'))
    } else if (isInside) {
      if (/^DTSTART[;:]/i.test(line) && !/^DTSTART;(?:[^:]*;)?VALUE=DATE[;:]/i.test(line)) start = out.length
      if (/^(?:DTEND|DURATION)[;:]/i.test(line)) hasEnd = true
    }
    out.push(line)
  }
  return out.join('')
}

/** The lines of a calendar object with their ends, folded ones in one piece. */
function contentLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n(?:[ \t][^\n]*\n?)*|[^\n]+$/g) ?? []
}
