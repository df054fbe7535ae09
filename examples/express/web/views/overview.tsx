import type { Goal } from 'calweave'
import { useFormats, useRoute, useStore } from 'calweave/react'
import { Check, Plus, RefreshCw, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useBook } from '../parts/book.js'
import { Button, buttonClass } from '../parts/button.js'
import { useDoing } from '../parts/doing.js'
import { Level } from '../parts/level.js'
import { Panel, Problem, Waiting } from '../parts/panel.js'
import { Glyph, serviceOf } from '../parts/service.js'
import { inside } from '../router.js'
import { RecentRuns } from './recent-runs.js'
import { RunsChart } from './runs-chart.js'

/** How everything is, at a glance. */
export function Overview(): ReactNode {
  const { data: groups } = useRoute('GET /groups')
  const ids = groups?.items.map(({ id }) => id) ?? []
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold tracking-tight">Overview</h1>
        <SyncNow ids={ids} />
      </div>
      <Goals />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <RunsChart groupIds={ids} />
        <RecentRuns groupIds={ids} />
      </div>
      <Accounts />
      <Groups />
    </>
  )
}

function SyncNow({ ids }: { readonly ids: readonly string[] }): ReactNode {
  const store = useStore()
  const { data: status } = useRoute('GET /status')
  const { isBusy, problem, run } = useDoing()
  const isRunning = isBusy || (status?.groups.some(({ running }) => running !== undefined) ?? false)
  const sync = () =>
    run(() => Promise.all(ids.map((groupId) => store.mutate('POST /groups/{groupId}/sync', { params: { groupId } }))))
  return (
    <div className="flex items-center gap-3">
      {problem !== undefined && (
        <p role="alert" className="text-sm text-bad">
          {problem}
        </p>
      )}
      <Button look="primary" onClick={sync} disabled={isBusy || ids.length === 0}>
        <RefreshCw size={14} aria-hidden="true" className={isRunning ? 'animate-spin' : ''} />
        {isRunning ? 'Syncing' : 'Sync now'}
      </Button>
    </div>
  )
}

const goals = [
  { name: 'accuracy', title: 'Accurate copies' },
  { name: 'syncTime', title: 'Average sync' },
  { name: 'autoResolution', title: 'Settled by itself' },
  { name: 'apiErrors', title: 'Failed requests' },
] as const

/** The four figures that calweave is measured by, of the last seven days. */
function Goals(): ReactNode {
  const { data, error } = useRoute('GET /analytics')
  const { data: status } = useRoute('GET /status')
  const { percent, number } = useFormats()
  const seconds = (ms: number) => `${number(ms / 1_000)} s`
  if (error) return <Problem message={error.message} />
  const waiting = status?.groups.reduce((all, { conflicts }) => all + conflicts.count, 0) ?? 0
  const totals = data?.totals
  const details: Readonly<Record<string, string | undefined>> = {
    accuracy: totals && `${number(totals.accuracy.copies)} copies compared`,
    syncTime: totals?.syncMs.p95 === undefined ? undefined : `95 in 100 within ${seconds(totals.syncMs.p95)}`,
    autoResolution:
      waiting > 0 ? `${waiting} waiting for you` : totals && `${number(totals.conflicts.automatic)} without a person`,
    apiErrors: totals && `${number(totals.requests.errors)} of ${number(totals.requests.total)}`,
  }
  const shown = ({ unit, figure, name }: Goal): string => {
    if (figure === undefined) return '–'
    if (unit === 'ms') return seconds(figure)
    return name === 'apiErrors' && figure > 0 ? `${number(figure * 100 < 0.1 ? 0.1 : figure * 100)}%` : percent(figure)
  }
  return (
    <section
      aria-label="Figures of the last seven days"
      className="grid grid-cols-2 overflow-hidden rounded-xl border bg-panel lg:grid-cols-4"
    >
      {goals.map(({ name, title }, index) => {
        const goal = data?.goals[name]
        return (
          <div
            key={name}
            className={`grid content-start gap-0.5 p-4 ${index % 2 === 1 ? 'border-l' : ''} ${index > 1 ? 'border-t lg:border-t-0' : ''} ${index === 2 ? 'lg:border-l' : ''}`}
          >
            <h2 className="text-sm text-soft">{title}</h2>
            <p className="text-[1.625rem] leading-9 font-semibold tracking-tight tabular-nums" data-figure={name}>
              {goal ? shown(goal) : ' '}
            </p>
            <p
              className={`text-xs ${name === 'autoResolution' && waiting > 0 ? 'font-medium text-warn' : 'text-soft'}`}
            >
              {details[name] ?? ' '}
            </p>
            {goal && <Target goal={goal} />}
          </div>
        )
      })}
    </section>
  )
}

function Target({ goal: { is, target, unit, met } }: { readonly goal: Goal }): ReactNode {
  const { number, percent } = useFormats()
  if (target === undefined) return null
  const text = `${is} ${unit === 'ms' ? `${number(target / 1_000)} s` : percent(target)}`
  if (met === undefined) return <p className="mt-1 text-xs text-soft">Target {text}; too little counted yet</p>
  const Icon = met ? Check : TriangleAlert
  return (
    <p className={`mt-1 flex items-start gap-1 text-xs font-medium ${met ? 'text-good' : 'text-warn'}`}>
      <Icon size={12} aria-hidden="true" className="mt-[3px] shrink-0" />
      <span>
        {met ? 'Target met:' : 'Target missed:'} <span className="whitespace-nowrap">{text}</span>
      </span>
    </p>
  )
}

function Accounts(): ReactNode {
  const { data: status, error } = useRoute('GET /status')
  const book = useBook()
  return (
    <Panel
      title="Connections"
      aside={
        <a {...inside('/connect')} className={buttonClass('quiet')}>
          <Plus size={14} aria-hidden="true" />
          Add a calendar
        </a>
      }
    >
      {error && <Problem message={error.message} />}
      {!status && !error && <Waiting />}
      <ul className="mt-1">
        {status?.connections.map((one) => {
          const own = book.calendars.filter(({ connectionId }) => connectionId === one.connectionId)
          const woven = own.filter(({ id }) =>
            book.groups.some(({ members }) => members.some(({ calendarId }) => calendarId === id)),
          )
          const pushes = status.calendars.some(
            ({ connectionId, push }) => connectionId === one.connectionId && (push === 'proven' || push === 'unproven'),
          )
          return (
            <li
              key={one.connectionId}
              className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 border-t px-4 py-2.5 sm:grid-cols-[auto_minmax(0,1.3fr)_minmax(0,1fr)_9rem]"
            >
              <Glyph provider={one.provider} />
              <span className="min-w-0">
                <span className="block truncate font-medium">{one.name}</span>
                <span className="block truncate text-xs text-soft">
                  {one.name !== serviceOf(one.provider).name && `${serviceOf(one.provider).name} · `}
                  {own.length} {own.length === 1 ? 'calendar' : 'calendars'}
                </span>
              </span>
              <span className="hidden text-sm text-soft sm:block">
                {woven.length > 0 ? woven.map(({ name }) => name).join(', ') : 'Not synced'}
                <span className="block text-xs">{pushes ? 'Tells of changes by push' : 'Asked every minute'}</span>
              </span>
              <Level level={one.level} />
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}

function Groups(): ReactNode {
  const { data: status } = useRoute('GET /status')
  const { relative } = useFormats()
  const book = useBook()
  return (
    <Panel title="Kept in step">
      <ul className="mt-1">
        {status?.groups.map((one) => (
          <li
            key={one.groupId}
            className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-3 border-t px-4 py-2.5 sm:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)_9rem]"
          >
            <span className="min-w-0">
              <a
                {...inside(`/groups/${encodeURIComponent(one.groupId)}`)}
                className="block truncate font-medium underline-offset-2 hover:underline"
              >
                {one.name}
              </a>
              <span className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-0.5 text-xs text-soft">
                {one.calendarIds.map((id) => (
                  <span key={id} className="inline-flex items-center gap-1">
                    <Glyph provider={book.calendar(id)?.provider ?? ''} size="sm" />
                    {book.calendar(id)?.name ?? ' '}
                  </span>
                ))}
              </span>
            </span>
            <span className="hidden text-sm text-soft sm:block">
              {one.lastSuccessAt === undefined ? 'Never synced' : `Last change ${relative(one.lastSuccessAt)}`}
            </span>
            <Level level={one.level} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}
