import type { CalendarStore } from './calendar-store.js'
import { type Answer, type Call, ok } from './call.js'
import { invalid, Refusal, required } from './refusals.js'
import { isSeries, occurrencesOf, touches } from './series.js'
import { instantOf, isIanaZone, textIn } from './times.js'
import { roleIn } from './world.js'

/** `freebusy.query`. A calendar that cannot be looked at is told of inside of a good answer. */
export function queryFreeBusy({ world, account, body }: Call): Answer {
  const {
    timeMin,
    timeMax,
    timeZone = 'UTC',
    items = [],
    calendarExpansionMax = 50,
  } = body as {
    readonly [name in 'timeMin' | 'timeMax' | 'timeZone']?: string
  } & { readonly items?: readonly { readonly id?: string }[]; readonly calendarExpansionMax?: number }
  if (timeMin === undefined || timeMax === undefined) throw required('Missing time range.')
  const range = { from: Date.parse(timeMin), to: Date.parse(timeMax) }
  if (!Number.isFinite(range.from) || !Number.isFinite(range.to)) throw invalid('Invalid time range.')
  if (range.to <= range.from) throw new Refusal('timeRangeEmpty')
  if (!isIanaZone(timeZone)) throw invalid('Invalid time zone.')
  if (calendarExpansionMax > 50) throw invalid('calendarExpansionMax is at most 50.')
  const calendars: Record<string, object> = {}
  for (const { id = '' } of items.slice(0, calendarExpansionMax)) {
    const calendar = world.calendars.get(id === 'primary' ? account.email : id)
    const isVisible = calendar && roleIn(calendar, account) !== 'none'
    calendars[id] = isVisible
      ? {
          busy: busyIn(calendar, range).map(({ start, end }) => ({
            start: textIn(start, timeZone),
            end: textIn(end, timeZone),
          })),
        }
      : { errors: [{ domain: 'global', reason: 'notFound' }], busy: [] }
  }
  const [from, to] = [new Date(range.from).toISOString(), new Date(range.to).toISOString()]
  return ok({ kind: 'calendar#freeBusy', timeMin: from, timeMax: to, calendars })
}

interface Busy {
  readonly start: number
  readonly end: number
}

/** Busy times, cut to the range and joined where they meet. */
function busyIn(calendar: CalendarStore, range: { readonly from: number; readonly to: number }): readonly Busy[] {
  const zone = calendar.timeZone
  const found = calendar
    .all()
    .flatMap((event) => {
      if (event.data.recurringEventId !== undefined) return []
      return isSeries(event) ? occurrencesOf(calendar, event, range, 1_000) : [event]
    })
    .filter(
      ({ data }) => data.status !== 'cancelled' && data.transparency !== 'transparent' && touches(data, range, zone),
    )
    .map(({ data }) => ({
      start: Math.max(range.from, instantOf(data.start ?? {}, zone)),
      end: Math.min(range.to, instantOf(data.end ?? {}, zone)),
    }))
    .sort((a, b) => a.start - b.start)
  const joined: Busy[] = []
  for (const one of found) {
    const last = joined.at(-1)
    if (last && one.start <= last.end)
      joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, one.end) }
    else joined.push(one)
  }
  return joined
}
