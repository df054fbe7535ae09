import type { ReactNode } from 'react'
import type { HealthReason } from '../../index.js'
import { useFormats, useWords } from '../context.js'
import { useSyncStatus } from '../status.js'
import { statusWords } from '../words/status.js'

/** What {@link StatusBanner} shows. */
export interface StatusBannerProps {
  /** @default everything */
  readonly groupId?: string
  /** How many reasons are told. @default 3 */
  readonly most?: number
  /** What a person can do about a reason, e.g. a link to the conflicts. @default nothing but the remedy in words */
  readonly action?: (reason: HealthReason) => ReactNode
  readonly className?: string
}

/**
 * How things are, in a line or some. What needs a person is read out at once (`role="alert"`), anything else when there is time
 * (`role="status"`).
 */
export function StatusBanner({ groupId, most = 3, action, className }: StatusBannerProps): ReactNode {
  const words = useWords(statusWords)
  const formats = useFormats()
  const { level, reasons, group, connection, error } = useSyncStatus(groupId)
  const isUrgent = (reason: HealthReason) => reason.level === 'attention' || reason.level === 'stopped'
  const show = (reason: HealthReason) => (
    <p key={`${reason.code} ${reason.about.id}`} data-cw-part="reason" data-state={reason.level}>
      <span>{reason.words}</span> {action?.(reason) ?? reason.remedy}
    </p>
  )
  const progress = group?.progress
  return (
    <div
      data-cw-part="status-banner"
      data-state={level ?? 'unknown'}
      data-connection={connection}
      className={className}
    >
      <div role="alert">{reasons.filter(isUrgent).slice(0, most).map(show)}</div>
      <div role="status">
        {connection === 'offline' && <p data-cw-part="connection">{words.connectionStates.offline}</p>}
        {level === undefined && error && <p data-cw-part="problem">{error.message}</p>}
        {level === 'ok' && <p data-cw-part="level">{groupId === undefined ? words.allInStep : words.levels.ok}</p>}
        {reasons
          .filter((reason) => !isUrgent(reason))
          .slice(0, most)
          .map(show)}
        {progress && (
          <p data-cw-part="progress">
            <progress
              {...(progress.share === undefined ? {} : { value: progress.share })}
              aria-label={words.levels.working}
            />
            {words.progress(progress.settled, progress.left.count)}
            {progress.etaMs !== undefined && `, ${words.timeLeft(formats.duration(progress.etaMs))}`}
          </p>
        )}
      </div>
    </div>
  )
}
