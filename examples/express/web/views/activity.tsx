import type { AuditEntry } from 'calweave'
import { useFormats, useRoute, useStore } from 'calweave/react'
import { Download, ShieldCheck } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useRuns } from '../parts/all-runs.js'
import { actorWords, auditWords } from '../parts/audit-words.js'
import { useBook } from '../parts/book.js'
import { Button, buttonClass } from '../parts/button.js'
import { useDoing } from '../parts/doing.js'
import { Panel, Problem, Waiting } from '../parts/panel.js'
import { lookOf, wordsOf } from '../parts/runs.js'
import { go, inside, useAddress } from '../router.js'

/** What was done: sync by sync, and change by change. */
export function Activity(): ReactNode {
  const { searchParams } = useAddress()
  const isAudit = searchParams.get('as') === 'audit'
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold tracking-tight">Activity</h1>
        <fieldset aria-label="Shown as" className="flex rounded-md border bg-panel p-0.5">
          {(['runs', 'audit'] as const).map((as) => (
            <button
              key={as}
              type="button"
              aria-pressed={isAudit === (as === 'audit')}
              onClick={() => go(as === 'audit' ? '/activity?as=audit' : '/activity', { replace: true })}
              className="h-6.5 rounded px-2.5 text-sm font-medium text-soft aria-pressed:bg-accent-soft aria-pressed:text-accent"
            >
              {as === 'runs' ? 'Syncs' : 'Audit'}
            </button>
          ))}
        </fieldset>
      </div>
      {isAudit ? <Audit /> : <Runs />}
    </>
  )
}

const dots = { good: 'bg-good', partly: 'bg-warn', bad: 'bg-bad', cut: 'bg-soft' } as const
const looks = { good: 'Done', partly: 'Done in part', bad: 'Failed', cut: 'Goes on later' } as const

function Runs(): ReactNode {
  const book = useBook()
  const runs = useRuns(
    book.groups.map(({ id }) => id),
    200,
  )
  const [most, setMost] = useState(40)
  const { dateTime, duration } = useFormats()
  return (
    <Panel>
      {!runs && <Waiting rows={8} />}
      <div className="overflow-x-auto">
        <table className="w-full text-sm">
          <thead className="text-left text-xs text-soft">
            <tr>
              <th className="px-4 py-2 font-medium">When</th>
              <th className="px-2 py-2 font-medium">What</th>
              <th className="px-2 py-2 font-medium max-sm:hidden">Group</th>
              <th className="px-4 py-2 text-right font-medium max-sm:hidden">Took</th>
            </tr>
          </thead>
          <tbody>
            {runs?.slice(0, most).map((run) => (
              <tr key={run.id} className="border-t hover:bg-hover">
                <td className="px-4 py-1.5 whitespace-nowrap text-soft tabular-nums">{dateTime(run.startedAt)}</td>
                <td className="px-2 py-1.5">
                  <a
                    {...inside(`/runs/${encodeURIComponent(run.groupId)}/${encodeURIComponent(run.id)}`)}
                    className="inline-flex min-h-6 items-center gap-2 underline-offset-2 hover:underline"
                  >
                    <span aria-hidden="true" className={`size-1.5 shrink-0 rounded-full ${dots[lookOf(run)]}`} />
                    <span className="sr-only">{looks[lookOf(run)]}: </span>
                    {wordsOf(run)}
                  </a>
                </td>
                <td className="px-2 py-1.5 text-soft max-sm:hidden">{book.group(run.groupId)?.name}</td>
                <td className="px-4 py-1.5 text-right text-soft tabular-nums max-sm:hidden">
                  {duration(run.endedAt - run.startedAt)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {runs && runs.length > most && (
        <p className="border-t p-2">
          <Button look="quiet" onClick={() => setMost((before) => before + 60)}>
            Earlier ones
          </Button>
        </p>
      )}
    </Panel>
  )
}

function Audit(): ReactNode {
  const store = useStore()
  const book = useBook()
  const [groupId, setGroup] = useState<string>()
  const [said, setSaid] = useState<string>()
  const { isBusy, problem, run } = useDoing()
  const check = () =>
    run(async () => {
      const found = await store.client.call('POST /audit/verify', { body: {} })
      setSaid(
        found.findings.length === 0
          ? `${found.entries} entries fit together: nothing was changed or left out.`
          : `${found.findings.length} places do not fit.`,
      )
    })
  return (
    <Panel>
      <header className="flex flex-wrap items-center gap-2 border-b px-4 py-2.5">
        <label className="text-sm text-soft">
          <span className="sr-only">Of which group</span>
          <select
            value={groupId ?? ''}
            onChange={(event) => setGroup(event.target.value || undefined)}
            className="h-8 rounded-md border bg-panel px-2 text-ink"
          >
            <option value="">Settings and accounts</option>
            {book.groups.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <p role="status" className="min-w-0 flex-1 text-sm text-soft">
          {said}
        </p>
        {problem !== undefined && (
          <p role="alert" className="text-sm text-bad">
            {problem}
          </p>
        )}
        <Button onClick={check} disabled={isBusy}>
          <ShieldCheck size={14} aria-hidden="true" />
          Check the chain
        </Button>
        <a href="/calweave/audit/export?format=csv" download className={buttonClass('plain')}>
          <Download size={14} aria-hidden="true" />
          Export
        </a>
      </header>
      {groupId === undefined ? <UserAudit /> : <GroupAudit groupId={groupId} />}
    </Panel>
  )
}

function UserAudit(): ReactNode {
  const { data, error } = useRoute('GET /audit', { query: { limit: 200 } })
  return <Entries entries={data?.items} problem={error?.message} />
}

function GroupAudit({ groupId }: { readonly groupId: string }): ReactNode {
  const { data, error } = useRoute('GET /groups/{groupId}/audit', { params: { groupId }, query: { limit: 200 } })
  return <Entries entries={data?.items} problem={error?.message} />
}

function Entries({
  entries,
  problem,
}: {
  readonly entries: readonly AuditEntry[] | undefined
  readonly problem: string | undefined
}): ReactNode {
  const { dateTime } = useFormats()
  const book = useBook()
  if (problem !== undefined) return <Problem message={problem} />
  if (!entries) return <Waiting rows={8} />
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-sm">
        <thead className="text-left text-xs text-soft">
          <tr>
            <th className="px-4 py-2 font-medium">No.</th>
            <th className="px-2 py-2 font-medium">When</th>
            <th className="px-2 py-2 font-medium">What</th>
            <th className="px-2 py-2 font-medium max-sm:hidden">By</th>
            <th className="px-4 py-2 font-medium max-lg:hidden">Hash</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id} className="border-t">
              <td className="px-4 py-1.5 text-soft tabular-nums">{entry.seq}</td>
              <td className="px-2 py-1.5 whitespace-nowrap text-soft tabular-nums">{dateTime(entry.at)}</td>
              <td className="px-2 py-1.5">{auditWords(entry, book)}</td>
              <td className="px-2 py-1.5 whitespace-nowrap text-soft max-sm:hidden">{actorWords(entry)}</td>
              <td className="px-4 py-1.5 font-mono text-xs text-soft max-lg:hidden">{entry.hash.slice(0, 10)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
