import { useFormats } from 'calweave/react'
import { TriangleAlert } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { useBook } from '../../parts/book.js'
import { serviceOf } from '../../parts/service.js'
import { Trail } from './trail.js'
import { type Block, blocksOf, type Happening, wallOf } from './week.js'

const hourHeight = 46

interface WeekGridProps {
  readonly days: readonly string[]
  readonly happenings: readonly Happening[]
  readonly today: string
  readonly zone: string
  onOpen(key: string): void
}

export function WeekGrid({ days, happenings, today, zone, onOpen }: WeekGridProps): ReactNode {
  const scroller = useRef<HTMLElement>(null)
  const { locale } = useFormats()
  useEffect(() => {
    scroller.current?.scrollTo({ top: 7.75 * hourHeight })
  }, [])
  const heading = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' })
  const columns = 'grid grid-cols-[3rem_repeat(7,minmax(0,1fr))]'
  const allDay = happenings.filter(({ isAllDay }) => isAllDay)
  return (
    <section
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
      tabIndex={0}
      aria-label="Week"
      className="max-h-[min(72dvh,48rem)] scroll-pt-24 overflow-auto -outline-offset-2"
    >
      <div className="min-w-[46rem]">
        <div className="sticky top-0 z-20 bg-panel">
          <div className={`${columns} border-b`}>
            <span />
            {days.map((date) => (
              <h2
                key={date}
                className={`border-l py-2 text-center text-xs font-medium ${date === today ? 'text-accent' : 'text-soft'}`}
              >
                {heading.format(Date.parse(`${date}T12:00:00Z`))}{' '}
                <span
                  className={`inline-grid h-6 min-w-6 place-items-center rounded-full px-1 text-sm font-semibold tabular-nums ${date === today ? 'bg-accent text-on-accent' : 'text-ink'}`}
                >
                  {Number(date.slice(8))}
                </span>
                {date === today && <span className="sr-only">, today</span>}
              </h2>
            ))}
          </div>
          <AllDay columns={columns} days={days} happenings={allDay} onOpen={onOpen} />
        </div>
        <div className={`${columns} relative`} style={{ height: 24 * hourHeight }}>
          <div className="relative">
            {Array.from({ length: 23 }, (_, index) => index + 1).map((hour) => (
              <span
                key={hour}
                className="absolute right-2 -translate-y-1/2 text-2xs text-soft tabular-nums"
                style={{ top: hour * hourHeight }}
              >
                {hour}:00
              </span>
            ))}
          </div>
          {days.map((date) => (
            <div
              key={date}
              className={`relative border-l ${date === today ? 'bg-accent-soft/40' : ''}`}
              style={{
                backgroundImage: 'linear-gradient(var(--line) 1px, transparent 1px)',
                backgroundSize: `100% ${hourHeight}px`,
                backgroundPosition: '0 -1px',
              }}
            >
              {date === today && <Now zone={zone} />}
              <ul aria-label={date}>
                {blocksOf(happenings, date, zone).map((block) => (
                  <BlockView key={block.happening.key} block={block} onOpen={onOpen} />
                ))}
              </ul>
            </div>
          ))}
        </div>
      </div>
    </section>
  )
}

function AllDay({
  columns,
  days,
  happenings,
  onOpen,
}: {
  readonly columns: string
  readonly days: readonly string[]
  readonly happenings: readonly Happening[]
  onOpen(key: string): void
}): ReactNode {
  const book = useBook()
  if (happenings.length === 0) return null
  const [first = '', last = ''] = [days[0], days.at(-1)]
  return (
    <ul aria-label="All day" className={`${columns} gap-y-0.5 border-b py-1`}>
      {happenings.map((happening) => {
        const { key, title, days: span, home } = happening
        const from = Math.max(0, days.indexOf(span.first))
        const to = span.last > last ? days.length : days.indexOf(span.last) + 1
        if (span.last < first || to <= from) return null
        const { soft, edge } = serviceOf(book.calendar(home)?.provider ?? '')
        return (
          <li key={key} className="min-w-0 px-0.5" style={{ gridColumn: `${from + 2} / ${to + 2}` }}>
            <button
              type="button"
              onClick={() => onOpen(key)}
              className={`flex h-6 w-full min-w-0 items-center gap-1.5 rounded border-l-3 px-1.5 text-left text-xs ${soft} ${edge}`}
            >
              <span className="truncate font-medium">{title || 'No title'}</span>
              <Trail happening={happening} isShort />
            </button>
          </li>
        )
      })}
    </ul>
  )
}

function Now({ zone }: { readonly zone: string }): ReactNode {
  return (
    <span
      aria-hidden="true"
      className="absolute inset-x-0 z-10 border-t-2 border-bad"
      style={{ top: (wallOf(Date.now(), zone).minute / 60) * hourHeight }}
    >
      <span className="absolute -top-[5px] -left-1 size-2 rounded-full bg-bad" />
    </span>
  )
}

function BlockView({
  block: { happening, from, to, column, columns },
  onOpen,
}: {
  readonly block: Block
  onOpen(key: string): void
}): ReactNode {
  const book = useBook()
  const { time } = useFormats()
  const { soft, edge } = serviceOf(book.calendar(happening.home)?.provider ?? '')
  const isOpen = happening.synced.some(({ conflictId }) => conflictId !== undefined)
  const minutes = to - from
  const height = (minutes / 60) * hourHeight - 2
  return (
    <li
      className="absolute px-px"
      style={{
        top: (from / 60) * hourHeight,
        height,
        insetInlineStart: `${(column / columns) * 100}%`,
        width: `${100 / columns}%`,
      }}
    >
      <button
        type="button"
        onClick={() => onOpen(happening.key)}
        className={`flex size-full min-h-0 flex-col overflow-hidden rounded-md border-l-3 px-1.5 text-left text-xs leading-4 transition-shadow hover:shadow-md ${soft} ${edge} ${
          minutes >= 40 ? 'py-1' : 'justify-center'
        } ${isOpen ? 'outline-1 -outline-offset-1 outline-warn outline-dashed' : ''}`}
      >
        <span className="flex w-full items-center gap-1">
          {isOpen && <TriangleAlert size={12} className="shrink-0 text-warn" aria-label="In conflict" />}
          <span className={`min-w-0 flex-1 font-medium ${minutes >= 110 ? 'line-clamp-2' : 'truncate'}`}>
            {happening.title || 'No title'}
          </span>
          {minutes < 55 && columns === 1 && <Trail happening={happening} isShort isTiny />}
        </span>
        {minutes >= 75 && <span className="truncate text-2xs text-soft tabular-nums">{time(happening.start)}</span>}
        {minutes >= 55 && (
          <span className="mt-auto">
            <Trail happening={happening} isShort />
          </span>
        )}
        <span className="sr-only">
          {time(happening.start)} to {time(happening.end)}
        </span>
      </button>
    </li>
  )
}
