import type { ReactNode } from 'react'
import { useCalendars } from '../calendars.js'
import type { Connect } from '../connect.js'
import { useFormats, useWords } from '../context.js'
import { connectWords } from '../words/connect.js'
import { valueWords } from '../words/value.js'

/** Events that are shown one by one. */
const mostShown = 50

/** What the first sync would do. */
export function ConnectPreview({ connect: { plan } }: { readonly connect: Connect }): ReactNode {
  const words = useWords(connectWords, valueWords)
  const { list } = useFormats()
  const { nameOf } = useCalendars()
  if (!plan) return null
  const { create, update, remove, conflicts, waiting, lossy, events: count } = plan.counts
  const events = plan.events.filter(({ actions }) => actions.length > 0).slice(0, mostShown)
  const written = create + update + remove
  return (
    <div data-cw-part="preview">
      <p>
        <strong>{written === 0 ? words.previewNothing : words.previewCounts(create, update, remove)}</strong>
      </p>
      <ul data-cw-part="preview-calendars">
        {plan.byCalendar.map((one) => (
          <li key={one.calendarId}>
            <b dir="auto">{nameOf(one.calendarId)}</b>: {words.previewCounts(one.create, one.update, one.remove)}
          </li>
        ))}
      </ul>
      {conflicts > 0 && <p>{words.previewConflicts(conflicts, waiting)}</p>}
      {lossy > 0 && <p>{words.previewLosses(lossy)}</p>}
      {plan.unreachable.length > 0 && (
        <p role="alert">{words.previewUnreachable(list(plan.unreachable.map(nameOf)))}</p>
      )}
      <ul data-cw-part="preview-events">
        {events.map(({ eventId, title, actions }) => (
          <li key={eventId}>
            <b dir="auto">{title || words.untitled}</b>{' '}
            {list(actions.map(({ kind, calendarId }) => `${nameOf(calendarId)}: ${words.actions[kind]}`))}
          </li>
        ))}
      </ul>
      {count > events.length && events.length > 0 && <p>{words.previewMore(count - events.length)}</p>}
    </div>
  )
}
