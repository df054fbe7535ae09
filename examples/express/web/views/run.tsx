import { useFormats, useRoute, useStore } from 'calweave/react'
import { ArrowLeft, Undo2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { auditWords } from '../parts/audit-words.js'
import { useBook } from '../parts/book.js'
import { Button } from '../parts/button.js'
import { useDoing } from '../parts/doing.js'
import { fieldName } from '../parts/fields.js'
import { Panel, Problem, Waiting } from '../parts/panel.js'
import { wordsOf } from '../parts/runs.js'
import { inside } from '../router.js'

/** One sync: what it saw, what it did, what failed, and a way to take it back. */
export function RunView({ groupId, runId }: { readonly groupId: string; readonly runId: string }): ReactNode {
  const { data, error } = useRoute('GET /groups/{groupId}/runs/{runId}', { params: { groupId, runId } })
  const book = useBook()
  const { dateTime, duration, number } = useFormats()
  const counts =
    data &&
    ([
      ['Changes seen', data.run.counts.observed],
      ['Copies made', data.run.counts.created],
      ['Updated', data.run.counts.updated],
      ['Removed', data.run.counts.removed],
      ['Conflicts settled', data.run.counts.conflicts],
      ['Left to you', data.run.counts.parked],
      ['Held back', data.run.counts.held],
      ['Failed', data.run.counts.failed],
    ] as const)
  return (
    <>
      <div>
        <a {...inside('/activity')} className="inline-flex min-h-6 items-center gap-1 text-sm text-soft hover:text-ink">
          <ArrowLeft size={14} aria-hidden="true" />
          Activity
        </a>
        <h1 className="text-xl font-semibold tracking-tight">{data ? wordsOf(data.run) : 'A sync'}</h1>
        {data && (
          <p className="text-sm text-soft">
            {book.group(groupId)?.name} · {dateTime(data.run.startedAt)} · took{' '}
            {duration(data.run.endedAt - data.run.startedAt)}
          </p>
        )}
      </div>
      {error && <Problem message={error.message} />}
      {!data && !error && <Waiting rows={6} />}
      {counts && (
        <dl className="grid grid-cols-2 overflow-hidden rounded-xl border bg-panel sm:grid-cols-4">
          {counts.map(([name, count], index) => (
            <div
              key={name}
              className={`p-3.5 ${index % 2 === 1 ? 'border-l' : ''} ${index > 1 ? 'border-t' : ''} ${index % 4 === 0 ? '' : 'sm:border-l'} ${index < 4 ? 'sm:border-t-0' : ''}`}
            >
              <dt className="text-xs text-soft">{name}</dt>
              <dd className={`text-lg font-semibold tabular-nums ${count === 0 ? 'text-soft' : ''}`}>
                {number(count)}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {data && data.run.failures.length > 0 && (
        <Panel title="What failed">
          <ul className="mt-1">
            {data.run.failures.map(({ calendarId, failure }) => (
              <li key={calendarId} className="border-t px-4 py-2.5 text-sm">
                <span className="font-medium">{book.nameOf(calendarId)}</span>
                <span className="block text-soft">
                  {failure.message} ({failure.code})
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {data && (
        <Panel title={`What was written (${data.audit.length})`}>
          <ol className="mt-1">
            {data.audit.length === 0 && <li className="border-t px-4 py-4 text-sm text-soft">Nothing.</li>}
            {data.audit.map((entry) => (
              <li key={entry.id} className="border-t px-4 py-1.5 text-sm">
                {auditWords(entry, book)}
              </li>
            ))}
          </ol>
        </Panel>
      )}
      {data && data.journal.length > 0 && <TakeBack groupId={groupId} runId={runId} />}
    </>
  )
}

function TakeBack({ groupId, runId }: { readonly groupId: string; readonly runId: string }): ReactNode {
  const store = useStore()
  const { isBusy, problem, run } = useDoing()
  const [asked, setAsked] = useState<Awaited<ReturnType<typeof ask>>>()
  const [isDone, setDone] = useState(false)
  const ask = (isDryRun: boolean) =>
    store.mutate('POST /groups/{groupId}/undo', { params: { groupId }, body: { runId, isDryRun } })
  return (
    <Panel title="Take it back">
      <div className="grid gap-3 px-4 pt-1 pb-4 text-sm">
        <p className="text-soft">Puts back what this sync changed, where nobody changed it again since.</p>
        {asked && (
          <ul className="grid gap-1">
            {asked.events.length === 0 && <li>There is nothing left to take back.</li>}
            {asked.events.map(({ eventId, title, restored, removed, revived, skipped }) => (
              <li key={eventId}>
                <span className="font-medium">{title || 'No title'}</span>:{' '}
                {removed
                  ? 'is removed'
                  : revived
                    ? 'comes back'
                    : restored
                        .map((field) => fieldName(field))
                        .join(', ')
                        .toLowerCase()}
                {skipped.length > 0 && (
                  <span className="text-soft">
                    {' '}
                    (stays:{' '}
                    {skipped
                      .map((field) => fieldName(field))
                      .join(', ')
                      .toLowerCase()}
                    )
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
        {problem !== undefined && (
          <p role="alert" className="text-bad">
            {problem}
          </p>
        )}
        {isDone ? (
          <p role="status">Taken back. The calendars follow with the next sync.</p>
        ) : (
          <div>
            {asked && asked.events.length > 0 ? (
              <Button look="primary" disabled={isBusy} onClick={() => run(() => ask(false).then(() => setDone(true)))}>
                Take it back now
              </Button>
            ) : (
              <Button disabled={isBusy} onClick={() => run(async () => setAsked(await ask(true)))}>
                <Undo2 size={14} aria-hidden="true" />
                Show what would be put back
              </Button>
            )}
          </div>
        )}
      </div>
    </Panel>
  )
}
