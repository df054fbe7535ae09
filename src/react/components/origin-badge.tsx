import type { ReactNode } from 'react'
import type { Origin, ToldOrigin } from '../../index.js'
import { useCalendars } from '../calendars.js'
import { useFormats, useWords } from '../context.js'
import { originWords } from '../words/origin.js'
import { ProviderIcon } from './provider-icon.js'

/** What {@link OriginBadge} shows. */
export interface OriginBadgeProps {
  /** The calendar that the event stands in. */
  readonly calendarId: string
  /** Where it came from; absent for an event that is at home there. */
  readonly origin?: ToldOrigin | Origin
  /** Calendars that have a copy of it. @default [] */
  readonly copies?: readonly string[]
  /** `small`: the picture only, with its words for those who cannot see it. @default 'full' */
  readonly size?: 'full' | 'small'
  /** The original at its service. */
  readonly href?: string
  /** Adds what can be folded out: calendar, id, since when, by whom. @default false */
  readonly hasDetails?: boolean
  readonly className?: string
}

/** Where an event came from: a picture and a name, never a colour alone. */
export function OriginBadge(props: OriginBadgeProps): ReactNode {
  const { calendarId, origin, copies = [], size = 'full', href, hasDetails = false, className } = props
  const words = useWords(originWords)
  const formats = useFormats()
  const { find, nameOf } = useCalendars()
  const provider = origin?.provider ?? find(calendarId)?.provider ?? ''
  const name = origin?.calendarName ?? nameOf(calendarId)
  const told = [
    origin ? words.originCopy(name) : words.originHere(name),
    copies.length > 0 && words.originCopies(formats.list(copies.map(nameOf))),
    origin && words.originSince(formats.dateTime(origin.firstSyncedAt)),
    origin && 'initiatedBy' in origin && words.originBy(origin.initiatedBy),
    origin && words.originId(origin.remoteId),
  ].filter((line) => typeof line === 'string')
  const badge = (
    <>
      <ProviderIcon provider={provider} />
      <span data-cw-part={size === 'small' ? 'hidden' : 'origin-name'}>{size === 'small' ? told[0] : name}</span>
    </>
  )
  const parts = {
    'data-cw-part': 'origin-badge',
    'data-state': origin ? 'copy' : 'home',
    'data-size': size,
    className,
  }
  if (!hasDetails)
    return (
      <span {...parts} title={told.join('\n')}>
        {badge}
      </span>
    )
  return (
    <details {...parts}>
      <summary>{badge}</summary>
      <ul>
        {told.map((line) => (
          <li key={line} dir="auto">
            {line}
          </li>
        ))}
        {href !== undefined && /^https?:/i.test(href) && (
          <li>
            <a href={href} target="_blank" rel="noopener noreferrer">
              {words.originOpen}
            </a>
          </li>
        )}
      </ul>
    </details>
  )
}
