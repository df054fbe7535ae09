import type { Attendee, OccurrenceContent } from '../model/content.js'
import { oneLine } from './clean.js'

/** The names of the guests as lines of text, between two lines that tell where they begin and end; '' without guests. */
export function guestBlock({ attendees, organizer }: Pick<OccurrenceContent, 'attendees' | 'organizer'>): string {
  if (attendees.length === 0 && !organizer) return ''
  const named = attendees.map((attendee) => ({ ...attendee, label: labelOf(attendee) }))
  const sorted = named.sort((a, b) => (a.email < b.email ? -1 : a.email > b.email ? 1 : 0))
  const rest = sorted.length - mostNames
  return [
    firstLine,
    ...(organizer ? [`- ${labelOf(organizer)} (organizer)`] : []),
    ...sorted.slice(0, mostNames).map(({ label, status }) => `- ${label}${answers[status]}`),
    ...(rest > 0 ? [`- and ${rest} more`] : []),
    lastLine,
  ].join('\n')
}

/** A description with the guests below it. */
export function withGuests(description: string, block: string): string {
  if (block === '') return description
  return description === '' ? block : `${description}\n\n${block}`
}

/**
 * A description without the guests that stand in it, wherever a person moved them. Undefined where somebody took away
 * the line that they begin or end with, so that nobody knows what is whose.
 */
export function withoutGuests(description: string): string | undefined {
  const lines = description.split(/\r\n?|\n/)
  const from = lines.findLastIndex((line) => line.trim() === firstLine)
  const to = lines.findLastIndex((line) => line.trim() === lastLine)
  if (from < 0 && to < 0) return description
  if (from < 0 || to < from) return undefined
  const before = lines.slice(0, from).join('\n').trimEnd()
  const after = lines
    .slice(to + 1)
    .join('\n')
    .trimEnd()
  return before === '' || after === '' ? `${before}${after}` : `${before}\n${after}`
}

/** Whether a text has a line in it that guests begin or end with. */
export function mentionsGuests(text: string): boolean {
  return text.includes(firstLine) || text.includes(lastLine)
}

const firstLine = '--- Guests ---'
const lastLine = '--- End of guests ---'
const mostNames = 100

const answers: Readonly<Record<Attendee['status'], string>> = {
  needs_action: '',
  accepted: ' (accepted)',
  declined: ' (declined)',
  tentative: ' (tentative)',
  delegated: ' (delegated)',
}

function labelOf({ name, email }: { readonly name?: string; readonly email: string }): string {
  return (
    oneLine(name ?? '')
      .trim()
      .slice(0, 200) || oneLine(email)
  )
}
