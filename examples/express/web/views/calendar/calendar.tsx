import type { EventView } from 'calweave'
import { useFormats, useRoute } from 'calweave/react'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import { useBook } from '../../parts/book.js'
import { Button } from '../../parts/button.js'
import { Panel, Problem, Waiting } from '../../parts/panel.js'
import { Glyph } from '../../parts/service.js'
import { go, useAddress } from '../../router.js'
import { Agenda } from './agenda.js'
import { EventSheet } from './event-sheet.js'
import { useEvents } from './events.js'
import { addDays, happeningsOf, mondayOf, startOf, wallOf } from './week.js'
import { WeekGrid } from './week-grid.js'

/** Zones to look at the week in, beside that of the browser. */
const zones = ['Europe/Berlin', 'Europe/London', 'America/New_York', 'America/Los_Angeles', 'Asia/Tokyo', 'UTC']

/** A week of all calendars: each event once, with where it is from and where its copies are. */
export function CalendarView({ zone, onZone }: { readonly zone: string; onZone(zone: string): void }): ReactNode {
  const address = useAddress()
  const today = wallOf(Date.now(), zone).date
  const asked = address.searchParams.get('week') ?? ''
  const monday = mondayOf(/^\d{4}-\d{2}-\d{2}$/.test(asked) ? asked : today)
  const isList =
    (address.searchParams.get('as') ?? (matchMedia('(max-width: 767px)').matches ? 'list' : 'week')) === 'list'
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [open, setOpen] = useState<string>()
  const book = useBook()
  const [from, to] = [startOf(monday, zone), startOf(addDays(monday, 7), zone)]
  const { data, error } = useRoute('GET /agenda', { query: { from, to, zone } })
  const events: readonly EventView[] = useEvents(book.groups.map(({ id }) => id))
  const happenings = useMemo(() => happeningsOf(data?.items ?? [], events, zone), [data, events, zone])
  const shown = happenings.filter(({ home, copies }) => [home, ...copies].some((id) => !hidden.has(id)))
  const chosen = happenings.find(({ key }) => key === open)
  const turn = (query: Readonly<Record<string, string>>) => {
    const next = new URLSearchParams({ ...Object.fromEntries(address.searchParams), ...query })
    go(`/calendar?${next}`, { replace: true })
  }
  const days = Array.from({ length: 7 }, (_, index) => addDays(monday, index))
  const used = book.calendars.filter(({ id }) =>
    happenings.some(({ home, copies }) => home === id || copies.includes(id)),
  )
  const toggle = (id: string) =>
    setHidden((before) =>
      before.has(id) ? new Set([...before].filter((one) => one !== id)) : new Set([...before, id]),
    )
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-xl font-semibold tracking-tight">
          <span className="sr-only">Calendar: </span>
          <WeekName monday={monday} />
        </h1>
        <div className="flex items-center gap-1">
          <Button look="quiet" label="The week before" onClick={() => turn({ week: addDays(monday, -7) })}>
            <ChevronLeft size={16} aria-hidden="true" />
          </Button>
          <Button onClick={() => turn({ week: mondayOf(today) })}>Today</Button>
          <Button look="quiet" label="The week after" onClick={() => turn({ week: addDays(monday, 7) })}>
            <ChevronRight size={16} aria-hidden="true" />
          </Button>
        </div>
        <div className="flex items-center gap-2 md:ml-auto">
          <label className="text-sm text-soft">
            <span className="sr-only">Time zone</span>
            <select
              value={zone}
              onChange={(event) => onZone(event.target.value)}
              className="h-8 max-w-40 rounded-md border bg-panel px-2 text-ink"
            >
              {[...new Set([...zones, new Intl.DateTimeFormat().resolvedOptions().timeZone, zone])].map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          <fieldset aria-label="Shown as" className="flex rounded-md border bg-panel p-0.5">
            {(['week', 'list'] as const).map((as) => (
              <button
                key={as}
                type="button"
                aria-pressed={isList === (as === 'list')}
                onClick={() => turn({ as })}
                className="h-6.5 rounded px-2.5 text-sm font-medium text-soft aria-pressed:bg-accent-soft aria-pressed:text-accent"
              >
                {as === 'week' ? 'Week' : 'Agenda'}
              </button>
            ))}
          </fieldset>
        </div>
      </div>
      <ul aria-label="Calendars" className="flex flex-wrap gap-1.5">
        {used.map(({ id, name, provider }) => (
          <li key={id}>
            <button
              type="button"
              aria-pressed={!hidden.has(id)}
              onClick={() => toggle(id)}
              className="inline-flex h-7 items-center gap-1.5 rounded-full border bg-panel pr-2.5 pl-1.5 text-sm aria-[pressed=false]:border-dashed aria-[pressed=false]:text-soft aria-[pressed=false]:line-through"
            >
              <Glyph provider={provider} size="sm" />
              {name}
            </button>
          </li>
        ))}
      </ul>
      {error && <Problem message={error.message} />}
      <Panel>
        {!data && !error ? (
          <Waiting rows={10} />
        ) : isList ? (
          <Agenda days={days} happenings={shown} today={today} onOpen={setOpen} />
        ) : (
          <WeekGrid days={days} happenings={shown} today={today} zone={zone} onOpen={setOpen} />
        )}
      </Panel>
      {chosen && <EventSheet happening={chosen} onClose={() => setOpen(undefined)} />}
    </>
  )
}

function WeekName({ monday }: { readonly monday: string }): ReactNode {
  const { locale } = useFormats()
  const format = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  return format.formatRange(Date.parse(`${monday}T12:00:00Z`), Date.parse(`${addDays(monday, 6)}T12:00:00Z`))
}
