import type { ConflictItem } from 'calweave'
import { useConflicts, useFormats, useRoute } from 'calweave/react'
import { ArrowRight, CircleCheck } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useBook } from '../parts/book.js'
import { buttonClass } from '../parts/button.js'
import { fieldName } from '../parts/fields.js'
import { Empty, Panel, Problem, Waiting } from '../parts/panel.js'
import { Glyph } from '../parts/service.js'
import { go, inside } from '../router.js'
import { ConflictDialog } from './conflict-dialog.js'

/** What waits for a decision, and what was decided. One of them is open over it, where the address names one. */
export function Conflicts({ conflictId }: { readonly conflictId: string | undefined }): ReactNode {
  const { items, isLoading, error } = useConflicts()
  const { relative } = useFormats()
  const book = useBook()
  const ids = items.map(({ conflict }) => conflict.id as string)
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">Conflicts</h1>
      <Panel title={items.length === 0 ? 'Waiting for you' : `Waiting for you (${items.length})`}>
        {error && <Problem message={error.message} />}
        {isLoading && items.length === 0 && <Waiting />}
        {!isLoading && !error && items.length === 0 && (
          <Empty icon={<CircleCheck size={18} aria-hidden="true" />} title="Nothing waits for you">
            When two people change one thing to different values, it waits here and nothing is overwritten. To see one,
            press “Break it” and edit both sides.
          </Empty>
        )}
        <ul className="mt-1">
          {items.map(({ conflict, title, groupName }) => (
            <li key={conflict.id} className="border-t">
              <a
                {...inside(`/conflicts/${encodeURIComponent(conflict.id)}`)}
                className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-3 px-4 py-3 hover:bg-hover"
              >
                <span className="min-w-0">
                  <span className="block truncate font-medium">{title || 'No title'}</span>
                  <span className="mt-0.5 flex flex-wrap items-center gap-x-2 text-xs text-soft">
                    <span>{summary(conflict.items)}</span>
                    {sidesOf(conflict.items).map((id) => (
                      <span key={id} className="inline-flex items-center gap-1">
                        <Glyph provider={book.calendar(id)?.provider ?? ''} size="sm" />
                        {book.calendar(id)?.name}
                      </span>
                    ))}
                    <span>
                      {groupName} · found {relative(conflict.createdAt)}
                    </span>
                  </span>
                </span>
                <span className={buttonClass('plain')}>
                  Decide
                  <ArrowRight size={14} aria-hidden="true" />
                </span>
              </a>
            </li>
          ))}
        </ul>
      </Panel>
      {book.groups.map(({ id, name }) => (
        <Settled key={id} groupId={id} name={name} />
      ))}
      {conflictId !== undefined && (
        <ConflictDialog conflictId={conflictId} all={ids} onClose={() => go('/conflicts')} />
      )}
    </>
  )
}

function sidesOf(items: readonly ConflictItem[]): readonly string[] {
  return [...new Set(items.flatMap(({ sides }) => sides.map(({ calendarId }) => calendarId)))]
}

function summary(items: readonly ConflictItem[]): string {
  if (items.some(({ field }) => field === 'removal')) return 'Removed on one side, changed on the other'
  return `Both changed: ${[...new Set(items.map(({ field }) => fieldName(field)))].join(', ').toLowerCase()}`
}

/** What was settled in one group, by whom. */
function Settled({ groupId, name }: { readonly groupId: string; readonly name: string }): ReactNode {
  const [isAll, setAll] = useState(false)
  const { data: figures } = useRoute('GET /groups/{groupId}/conflict-statistics', { params: { groupId } })
  const { items } = useConflicts({ groupId, state: 'all' })
  const { relative, percent } = useFormats()
  const settled = items
    .filter(({ conflict }) => conflict.state !== 'open')
    .sort((a, b) => b.conflict.createdAt - a.conflict.createdAt)
  if (settled.length === 0) return null
  const shown = isAll ? settled : settled.slice(0, 6)
  return (
    <Panel
      title={`Settled in “${name}”`}
      aside={figures && <p className="text-xs text-soft">{percent(figures.automaticShare)} without a person</p>}
    >
      <ul className="mt-1">
        {shown.map(({ conflict, title }) => (
          <li key={conflict.id} className="border-t">
            <a
              {...inside(`/conflicts/${encodeURIComponent(conflict.id)}`)}
              className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-3 px-4 py-2 text-sm hover:bg-hover"
            >
              <span className="min-w-0 truncate">
                <span className="font-medium">{title || 'No title'}</span>
                <span className="text-soft">
                  {' '}
                  · {[...new Set(conflict.items.map(({ field }) => fieldName(field)))].join(', ').toLowerCase()}
                </span>
              </span>
              <span className="text-xs text-soft">
                {decider(conflict.items)} · {relative(conflict.createdAt)}
              </span>
            </a>
          </li>
        ))}
      </ul>
      {settled.length > shown.length && (
        <p className="border-t p-2">
          <button type="button" onClick={() => setAll(true)} className={buttonClass('quiet')}>
            All {settled.length}
          </button>
        </p>
      )}
    </Panel>
  )
}

const deciders: Readonly<Record<string, string>> = {
  person: 'you',
  lastModifiedWins: 'the newest change won',
  preferOrigin: 'its own calendar won',
  preferCalendar: 'a calendar that goes first',
  mergeText: 'lines of both kept',
  keepBoth: 'both kept',
}

function decider(items: readonly ConflictItem[]): string {
  const names = [...new Set(items.map(({ strategy }) => strategy ?? ''))].filter((one) => one !== '')
  const [only] = names
  return names.length === 1 && only !== undefined
    ? (deciders[only] ?? 'a rule')
    : names.length === 0
      ? 'the sides agreed again'
      : 'several'
}
