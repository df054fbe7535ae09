import { type Field, fields } from '../../src/model/content.js'
import { type Journey, type Service, targets } from './matrix.js'
import { type Outcome, outcomeOf } from './outcome.js'
import type { Travel } from './pair.js'
import { tellingValues } from './values.js'

/** `docs/field-matrix.md`: every word of its tables is derived from what happened. */
export function renderPage(journeys: readonly Journey[]): string {
  return [
    before,
    summary(journeys),
    legend,
    ...targets.flatMap((to) => [`## To ${names[to]}`, details(journeys.filter((one) => one.to === to))]),
    wayBack,
    refusals(journeys),
    '',
  ].join('\n\n')
}

const names: Readonly<Record<Service, string>> = {
  google: 'Google',
  microsoft: 'Microsoft',
  icloud: 'iCloud',
  ics: '.ics file',
}

function summary(journeys: readonly Journey[]): string {
  const shown = fields.filter((field) => tellingValues.some((value) => value.field === field))
  return table(
    ['field', ...journeys.map(({ from, to }) => `${names[from]} to ${names[to]}`)],
    shown.map((field) => [field, ...journeys.map(({ travels }) => inShort(field, travels))]),
  )
}

/** All values of one field in one word. */
function inShort(field: Field, travels: readonly Travel[]): string {
  const kinds = new Set(travels.filter(({ value }) => value.field === field).map((one) => outcomeOf(one).kind))
  kinds.delete('unsaid')
  if (kinds.size === 0) return '–'
  if ([...kinds].every((kind) => kind === 'carried')) return 'carried'
  if ([...kinds].every((kind) => kind === 'carried' || kind === 'noted')) return 'noted'
  return kinds.size === 1 ? ([...kinds][0] ?? '') : 'in part'
}

function details(journeys: readonly Journey[]): string {
  const rows = tellingValues.map((value, index) => {
    const cells = journeys.map(({ travels }) => cell(travels[index]))
    return [value.field, value.name, ...cells]
  })
  return table(['field', 'value', ...journeys.map(({ from }) => `from ${names[from]}`)], rows)
}

function cell(travel: Travel | undefined): string {
  if (!travel) return '?'
  const { kind, how } = outcomeOf(travel)
  return words[kind](how)
}

const words: Readonly<Record<Outcome['kind'], (how: string) => string>> = {
  unsaid: () => '–',
  carried: (how) => (how === '' ? 'carried' : `carried, ${how}`),
  noted: (how) => `noted: ${how}`,
  degraded: (how) => `**${how}**`,
  refused: (how) => `**refused**: ${how}`,
  unreported: (how) => `**not reported**: ${how}`,
}

function refusals(journeys: readonly Journey[]): string {
  const rows = journeys.flatMap(({ from, to, travels }) =>
    travels.flatMap(({ value, refusal }) =>
      refusal
        ? [[`${names[from]} to ${names[to]}`, value.field, value.name, `\`${refusal.reason ?? refusal.code}\``]]
        : [],
    ),
  )
  return table(['from and to', 'field', 'value', 'why its source is not changed'], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

const before = `# The field matrix

<!-- Written by \`npm run docs:matrix\`. Change test/matrix instead. -->

What becomes of every field between every two services. A test enters telling values of all fields in a calendar of each
service, syncs them to each of the others with the real engine, reads the copies, changes them, and syncs back; the
tables hold what it found, and the test fails when it finds anything else. The services are the fakes of
\`calweave/testing\`, which behave as is documented or was captured; iCloud stands for CalDAV. An .ics file is only read.

The members of these groups show everything: \`{ privateEvents: 'show', reminders: 'copy', attendees: 'carry' }\`. By
default copies have no reminders and no guests, and private events are "Busy" ([MAPPING.md](MAPPING.md)).

## In short`

const legend = `- **carried**: every program sees it in the copy.
- **noted**: the service has no words for it. calweave notes in the copy what is meant and reads it back; what the
  service itself tells is named behind the colon.
- **degraded**, or in part: the copy says something else, or nothing. \`groups.plan\` and \`events.explain\` name it, with
  the words in bold. It stays in the event and at its source, whatever is edited in the copy.
- **single events**: a series whose occurrences stand there one by one.
- **refused**: there is no copy, and \`events.explain\` says why.
- **–**: nobody can enter it there.`

const wayBack = `## The way back

In every copy another field (the title; in rows about titles, the location) was changed, and came back; of a series that
stands there as single events, in one of these. The source has everything else as it had before, in every detail that its
service keeps, and the next sync writes nothing. Only these changes did not come back, for the reasons that
\`events.explain\` gives:`
