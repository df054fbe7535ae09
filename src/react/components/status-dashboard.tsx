import { type ReactNode, useState } from 'react'
import type { Count, Goal, GroupStatus } from '../../index.js'
import { useAnalytics } from '../analytics.js'
import { useFormats, useWords } from '../context.js'
import type { Formats } from '../formats.js'
import { useGroups } from '../groups.js'
import { useRuns } from '../history.js'
import { useSyncStatus } from '../status.js'
import { commonWords } from '../words/common.js'
import { dashboardWords } from '../words/dashboard.js'
import { statusWords } from '../words/status.js'
import { Problem } from './fields.js'
import { ProviderIcon } from './provider-icon.js'

/** What {@link StatusDashboard} shows. */
export interface StatusDashboardProps {
  /** More for one group, e.g. a link to its settings. @default nothing */
  readonly groupAction?: (group: GroupStatus) => ReactNode
  readonly className?: string
}

/** The aims with their targets, the accounts, the groups and their last syncs. */
export function StatusDashboard({ groupAction, className }: StatusDashboardProps): ReactNode {
  const words = useWords(commonWords, dashboardWords, statusWords)
  const { data: analytics } = useAnalytics()
  const { status, error, isLoading } = useSyncStatus()
  return (
    <section data-cw-part="status-dashboard" aria-label={words.dashboardTitle} className={className}>
      {!status && (isLoading ? <p role="status">{words.loading}</p> : <Problem problem={error} />)}
      {analytics && (
        <ul data-cw-part="goals">
          {Object.values(analytics.goals)
            .filter(({ name, figure }) => name !== 'adoption' || figure !== undefined)
            .map((goal) => (
              <Aim key={goal.name} goal={goal} />
            ))}
        </ul>
      )}
      {status && (
        <>
          <h3>{words.connections}</h3>
          <ul data-cw-part="connections">
            {status.connections.map(({ connectionId, provider, name, level, reasons }) => (
              <li key={connectionId} data-state={level}>
                <ProviderIcon provider={provider} /> <span dir="auto">{name}</span>{' '}
                <span data-cw-part="level">{words.levels[level]}</span>
                {reasons[0] && <small>{reasons[0].words}</small>}
              </li>
            ))}
          </ul>
          <h3>{words.groups}</h3>
          <ul data-cw-part="groups">
            {status.groups.map((group) => (
              <li key={group.groupId} data-state={group.level}>
                <Group group={group} />
                {groupAction?.(group)}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function Aim({ goal }: { readonly goal: Goal }): ReactNode {
  const words = useWords(dashboardWords)
  const formats = useFormats()
  const { name, figure, target, is, met } = goal
  const write = (value: number) => figureText(goal, value, formats, words)
  return (
    <li data-cw-part="goal" data-goal={name} data-state={met === undefined ? 'unknown' : met ? 'met' : 'missed'}>
      <span data-cw-part="goal-name">{words.goals[name]}</span>
      <strong>{figure === undefined ? '–' : write(figure)}</strong>
      <small>
        {target !== undefined && `${words.target(write(target), is)}, `}
        {met === undefined ? words.goalUnknown : met ? words.goalMet : words.goalMissed}
      </small>
    </li>
  )
}

function Group({ group }: { readonly group: GroupStatus }): ReactNode {
  const words = useWords(commonWords, dashboardWords, statusWords)
  const formats = useFormats()
  const { sync } = useGroups()
  const { groupId, name, level, lastSuccessAt, conflicts, due, arrivals, reasons } = group
  const [showsRuns, setShowsRuns] = useState(false)
  const runs = useRuns(showsRuns ? groupId : null, 5)
  const counted = ({ count, atLeast }: Count) => (atLeast ? words.moreThan(count) : formats.number(count))
  const waiting = { count: due.count + arrivals.count, atLeast: due.atLeast || arrivals.atLeast }
  return (
    <>
      <span dir="auto">{name}</span> <span data-cw-part="level">{words.levels[level]}</span>
      <small>
        {words.lastSync(lastSuccessAt === undefined ? words.never : formats.relative(lastSuccessAt))}
        {conflicts.count > 0 && `, ${words.conflictsWaiting(counted(conflicts))}`}
        {waiting.count > 0 && `, ${words.eventsWaiting(counted(waiting))}`}
      </small>
      {reasons[0] && <small>{reasons[0].words}</small>}
      <button type="button" disabled={sync.isRunning || level === 'working'} onClick={() => void sync.run(groupId)}>
        {words.syncNow}
        <span data-cw-part="hidden">: {name}</span>
      </button>
      <Problem problem={sync.problem} />
      <details data-cw-part="runs" onToggle={({ currentTarget }) => setShowsRuns(currentTarget.open)}>
        <summary>
          {words.runs}
          <span data-cw-part="hidden">: {name}</span>
        </summary>
        {runs.items.length > 0 ? (
          <ol>
            {runs.items.map(({ id, startedAt, counts, failures }) => (
              <li key={id} data-state={failures.length > 0 ? 'failed' : 'ok'}>
                <time dateTime={new Date(startedAt).toISOString()}>{formats.dateTime(startedAt)}</time>{' '}
                {words.runCounts(counts.created, counts.updated, counts.removed)}
                {failures.map(({ calendarId, failure }) => (
                  <small key={calendarId}>{failure.message}</small>
                ))}
              </li>
            ))}
          </ol>
        ) : (
          <p>{runs.isLoading ? words.loading : words.noRuns}</p>
        )}
      </details>
    </>
  )
}

function figureText({ unit }: Goal, value: number, formats: Formats, words: typeof dashboardWords): string {
  if (unit === 'ms') return formats.duration(value)
  return unit === 'share' ? formats.percent(value) : words.people(value)
}
