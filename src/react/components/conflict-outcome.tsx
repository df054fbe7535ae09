import type { ReactNode } from 'react'
import type { ConflictResolution } from '../conflicts.js'
import { useFormats, useWords } from '../context.js'
import { fieldText } from '../field-values.js'
import { conflictWords } from '../words/conflict.js'
import { valueWords } from '../words/value.js'

/** What the event would say after what was chosen so far. */
export function ConflictOutcome({ resolution }: { readonly resolution: ConflictResolution }): ReactNode {
  const { preview, rows } = resolution
  const words = useWords(conflictWords, valueWords)
  const formats = useFormats()
  if (!preview) return null
  const { content, beside, actions } = preview
  const fields = ['title', 'time', ...rows.map(({ field }) => field)] as const
  const shown = [...new Set(fields)].filter((field) => field !== 'removal' && field !== 'overrides')
  const isRemoved = actions.length > 0 && actions.every(({ kind }) => kind === 'remove')
  return (
    <section data-cw-part="outcome" aria-label={words.resultTitle}>
      <h3>{words.resultTitle}</h3>
      {isRemoved ? (
        <p>{words.resultRemoved}</p>
      ) : (
        <dl>
          {shown.map((field) => (
            <div key={field} data-cw-part="line">
              <dt>{words.fieldNames[field]}</dt>
              <dd dir="auto">{fieldText(field, content[field] as never, formats, words)}</dd>
            </div>
          ))}
        </dl>
      )}
      {beside.length > 0 && <p>{words.resultBeside(beside.length)}</p>}
    </section>
  )
}
