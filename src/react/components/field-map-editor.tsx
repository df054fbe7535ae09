import type { ReactNode } from 'react'
import type { OccurrenceField, Projection } from '../../index.js'
import { useWords } from '../context.js'
import {
  type FieldMapRow,
  fieldMapOf,
  fieldMapRows,
  kindOf,
  partsOf,
  type TransformKind,
  transformKinds,
  transformOf,
} from '../field-map.js'
import { commonWords } from '../words/common.js'
import { settingsWords } from '../words/settings.js'
import { valueWords } from '../words/value.js'
import { SelectField, TextField } from './fields.js'

/** What becomes of single fields in the copies of a calendar, step by step. */
export function FieldMapEditor(props: {
  readonly title: string
  readonly fields: Projection['fields']
  readonly onChange: (fields: Projection['fields']) => void
  readonly problem: string | undefined
}): ReactNode {
  const { title, fields, onChange, problem } = props
  const words = useWords(commonWords, settingsWords, valueWords)
  const rows = fieldMapRows(fields)
  const set = (index: number, row: FieldMapRow | undefined) =>
    onChange(fieldMapOf(rows.flatMap((one, at) => (at === index ? (row ?? []) : one))))
  return (
    <details data-cw-part="field-map" data-state={rows.length === 0 ? 'off' : 'on'}>
      <summary>
        {title} ({rows.length})
      </summary>
      <ol>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is what stands at its place
          <li key={index}>
            <Line row={row} onChange={(row) => set(index, row)} />
            <button type="button" onClick={() => set(index, undefined)}>
              {words.removeNamed(words.fieldNames[row.field])}
            </button>
          </li>
        ))}
      </ol>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <button
        type="button"
        onClick={() => onChange(fieldMapOf([...rows, { field: 'title', transform: { prefix: '[copy] ' } }]))}
      >
        {words.addMapping}
      </button>
    </details>
  )
}

function Line(props: { readonly row: FieldMapRow; readonly onChange: (row: FieldMapRow) => void }): ReactNode {
  const { row, onChange } = props
  const { field, transform } = row
  const words = useWords(settingsWords, valueWords)
  const kinds = (field: OccurrenceField) => transformKinds[field] ?? []
  const kind = kindOf(transform)
  const parts = partsOf(transform)
  const fields = Object.keys(transformKinds) as OccurrenceField[]
  // What a field begins with: something that changes what is there, and that the server takes.
  const begin = (field: OccurrenceField, kind: TransformKind) =>
    onChange({ field, transform: transformOf(kind, kind === 'template' ? '{title}' : 'a', 'b') })
  return (
    <div data-cw-part="mapping">
      <SelectField
        label={words.field}
        value={field}
        options={fields.map((one) => [one, words.fieldNames[one]] as const)}
        onChange={(next) => {
          const [fallback = 'drop'] = kinds(next)
          begin(next, kinds(next).includes(kind) ? kind : fallback)
        }}
      />
      <SelectField
        label={words.becomes}
        value={kind}
        options={kinds(field).map((one) => [one, words.transforms[one]] as const)}
        onChange={(kind) => begin(field, kind)}
      />
      {parts === undefined && <p>{words.otherTransform}</p>}
      {parts && kind !== 'drop' && (
        <TextField
          label={words.text}
          hint={kind === 'template' ? words.templateHint : undefined}
          value={parts[0]}
          onChange={(value) => onChange({ field, transform: transformOf(kind, value, parts[1]) })}
        />
      )}
      {parts && (kind === 'replace' || kind === 'mapValues') && (
        <TextField
          label={words.replaceBy}
          value={parts[1]}
          onChange={(other) => onChange({ field, transform: transformOf(kind, parts[0], other) })}
        />
      )}
    </div>
  )
}
