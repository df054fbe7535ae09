import { useFormats } from 'calweave/react'
import type { ReactNode } from 'react'
import { useRuns } from '../parts/all-runs.js'
import { useBook } from '../parts/book.js'
import { buttonClass } from '../parts/button.js'
import { Panel, Waiting } from '../parts/panel.js'
import { lookOf, wordsOf } from '../parts/runs.js'
import { inside } from '../router.js'

/** What was done last. */
export function RecentRuns({ groupIds }: { readonly groupIds: readonly string[] }): ReactNode {
  const runs = useRuns(groupIds, 200)
  const book = useBook()
  const { time } = useFormats()
  return (
    <Panel
      title="Activity"
      aside={
        <a {...inside('/activity')} className={buttonClass('quiet')}>
          All of it
        </a>
      }
    >
      {!runs && <Waiting rows={5} />}
      <ol className="mt-1">
        {runs?.slice(0, 7).map((run) => (
          <li key={run.id} className="border-t">
            <a
              {...inside(`/runs/${encodeURIComponent(run.groupId)}/${encodeURIComponent(run.id)}`)}
              className="grid grid-cols-[3rem_minmax(0,1fr)] gap-x-2 px-4 py-1.5 text-sm hover:bg-hover"
            >
              <span className="text-soft tabular-nums">{time(run.endedAt)}</span>
              <span className="min-w-0">
                <span className={`block truncate ${lookOf(run) === 'good' ? '' : 'text-warn'}`}>{wordsOf(run)}</span>
                <span className="block truncate text-xs text-soft">{book.group(run.groupId)?.name}</span>
              </span>
            </a>
          </li>
        ))}
      </ol>
    </Panel>
  )
}
