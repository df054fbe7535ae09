import { useFormats } from 'calweave/react'
import { CalendarX2, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useBook } from '../../parts/book.js'
import { Empty } from '../../parts/panel.js'
import { serviceOf } from '../../parts/service.js'
import { Trail } from './trail.js'
import type { Happening } from './week.js'

interface AgendaProps {
  readonly days: readonly string[]
  readonly happenings: readonly Happening[]
  readonly today: string
  onOpen(key: string): void
}

/** The week as a list. */
export function Agenda({ days, happenings, today, onOpen }: AgendaProps): ReactNode {
  const { locale, time } = useFormats()
  const book = useBook()
  const heading = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' })
  if (happenings.length === 0)
    return (
      <Empty icon={<CalendarX2 size={18} aria-hidden="true" />} title="Nothing this week">
        No calendar has anything here, or all that have are switched off above.
      </Empty>
    )
  return (
    <>
      {days.map((date) => {
        const own = happenings
          .filter(({ days: { first, last } }) => first <= date && last >= date)
          .sort((a, b) => Number(b.isAllDay) - Number(a.isAllDay) || a.start - b.start)
        if (own.length === 0) return null
        return (
          <section key={date} aria-labelledby={`day-${date}`} className="border-b last:border-b-0">
            <h2
              id={`day-${date}`}
              className={`px-4 pt-3 pb-1 text-xs font-semibold ${date === today ? 'text-accent' : 'text-soft'}`}
            >
              {heading.format(Date.parse(`${date}T12:00:00Z`))}
              {date === today && ' · today'}
            </h2>
            <ul className="pb-1.5">
              {own.map((happening) => (
                <li key={happening.key}>
                  <button
                    type="button"
                    onClick={() => onOpen(happening.key)}
                    className="grid w-full grid-cols-[5.75rem_minmax(0,1fr)] items-center gap-x-3 px-4 py-1.5 text-left hover:bg-hover sm:grid-cols-[6.5rem_minmax(0,1fr)_auto]"
                  >
                    <span className="text-xs whitespace-nowrap text-soft tabular-nums">
                      {happening.isAllDay ? 'All day' : `${time(happening.start)} – ${time(happening.end)}`}
                    </span>
                    <span
                      className={`min-w-0 border-l-3 pl-2 ${serviceOf(book.calendar(happening.home)?.provider ?? '').edge}`}
                    >
                      <span className="flex items-center gap-1.5 truncate text-sm font-medium">
                        {happening.synced.some(({ conflictId }) => conflictId !== undefined) && (
                          <TriangleAlert size={13} className="shrink-0 text-warn" aria-label="In conflict" />
                        )}
                        <span className="truncate">{happening.title || 'No title'}</span>
                      </span>
                      {happening.entry.content.location !== '' && (
                        <span className="block truncate text-xs text-soft">{happening.entry.content.location}</span>
                      )}
                    </span>
                    <span className="max-sm:col-start-2 max-sm:pl-3">
                      <Trail happening={happening} />
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )
      })}
    </>
  )
}
