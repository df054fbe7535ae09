import type { EventView } from 'calweave'
import { useFormats, useRoute } from 'calweave/react'
import { ArrowRight, Clock, Lock, MapPin, Repeat, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { auditWords } from '../../parts/audit-words.js'
import { useBook } from '../../parts/book.js'
import { Problem, Waiting } from '../../parts/panel.js'
import { Glyph } from '../../parts/service.js'
import { Sheet } from '../../parts/sheet.js'
import { inside } from '../../router.js'
import type { Happening } from './week.js'

/** One event: what it says, where it is from, why it is where it is, and what became of it. */
export function EventSheet({ happening, onClose }: { readonly happening: Happening; onClose(): void }): ReactNode {
  const { span } = useFormats()
  const { content } = happening.entry
  const isPrivate = content.visibility === 'private' || content.visibility === 'confidential'
  return (
    <Sheet title={happening.title || 'No title'} onClose={onClose}>
      <ul className="grid gap-1.5 text-sm">
        <Fact icon={<Clock size={14} aria-hidden="true" />}>{span(content.time)}</Fact>
        {content.location !== '' && <Fact icon={<MapPin size={14} aria-hidden="true" />}>{content.location}</Fact>}
        {happening.synced.some((one) => one.content.recurrence !== null) && (
          <Fact icon={<Repeat size={14} aria-hidden="true" />}>One of a series</Fact>
        )}
        {isPrivate && <Fact icon={<Lock size={14} aria-hidden="true" />}>Private: its copies say “Busy”</Fact>}
      </ul>
      {content.description !== '' && (
        <p className="mt-3 text-sm break-words whitespace-pre-wrap text-soft">{content.description}</p>
      )}
      {happening.synced.map((event) => (
        <Woven key={`${event.groupId}/${event.id}`} event={event} />
      ))}
      {happening.synced.length === 0 && (
        <p className="mt-5 rounded-lg bg-hover px-3 py-2 text-sm text-soft">
          This calendar is not kept in step with any other.
        </p>
      )}
    </Sheet>
  )
}

function Fact({ icon, children }: { readonly icon: ReactNode; readonly children: ReactNode }): ReactNode {
  return (
    <li className="flex items-start gap-2">
      <span className="mt-[3px] text-soft">{icon}</span>
      <span className="min-w-0 break-words">{children}</span>
    </li>
  )
}

/** How one group of calendars knows the event. */
function Woven({ event }: { readonly event: EventView }): ReactNode {
  const book = useBook()
  const { dateTime } = useFormats()
  const params = { groupId: event.groupId, eventId: event.id }
  const { data, error } = useRoute('GET /groups/{groupId}/events/{eventId}/explanation', { params })
  return (
    <section className="mt-5 border-t pt-3">
      <h3 className="text-xs font-semibold text-soft">In “{book.group(event.groupId)?.name}”</h3>
      {event.conflictId !== undefined && (
        <a
          {...inside(`/conflicts/${encodeURIComponent(event.conflictId)}`)}
          className="mt-2 flex items-center gap-2 rounded-lg border border-warn-line bg-warn-soft px-3 py-2 text-sm font-medium text-warn"
        >
          <TriangleAlert size={14} aria-hidden="true" />
          The calendars disagree. Decide
          <ArrowRight size={14} aria-hidden="true" />
        </a>
      )}
      {error && <Problem message={error.message} />}
      {!data && !error && <Waiting />}
      <ul className="mt-2 grid gap-2.5">
        {data?.calendars.map(({ calendarId, text, losses }) => (
          <li key={calendarId} className="flex items-start gap-2.5 text-sm">
            <Glyph provider={book.calendar(calendarId)?.provider ?? ''} />
            <span className="min-w-0">
              <span className="font-medium">{book.nameOf(calendarId)}</span>
              <span className="block text-xs text-soft">{text}</span>
              {losses.length > 0 && (
                <span className="block text-xs text-soft">
                  Not shown there: {losses.map(({ field }) => field).join(', ')}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
      {data && (
        <details open className="mt-3 text-sm">
          <summary className="min-h-6 font-medium">History ({data.history.length})</summary>
          <ol className="mt-1 grid gap-1 text-xs text-soft">
            <li>
              {dateTime(event.origin.firstSyncedAt)}: first seen in {book.nameOf(event.origin.calendarId)}, by a sync of{' '}
              {event.origin.initiatedBy}
            </li>
            {data.history.slice(-12).map((entry) => (
              <li key={entry.id}>
                {dateTime(entry.at)}: {auditWords(entry, book)}
              </li>
            ))}
          </ol>
        </details>
      )}
    </section>
  )
}
