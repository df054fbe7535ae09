import type { AgendaEntry, EventSpan, Json } from 'calweave'
import { type Demo, groupId } from './demo.js'
import { show } from './screen.js'
import { table } from './table.js'
import { week } from './week.js'

/** More rows than this are counted and not shown. */
const mostRows = 20

/** What stands in both calendars, each event with where it came from. */
export async function showWeek(demo: Demo): Promise<void> {
  await showAgenda(demo, 'work', 'Work', {})
  await showAgenda(demo, 'home', 'Home', {})
}

/** What one calendar shows, in all or of one event. */
export async function showAgenda(
  demo: Demo,
  which: 'work' | 'home',
  heading: string,
  { title, days = 7 }: { readonly title?: string; readonly days?: number },
): Promise<void> {
  const window = { from: week.from, to: week.from + days * 86_400_000, zone: week.zone }
  const entries = await demo.worker.user.events.agenda([demo.calendars[which].id], window)
  const found = entries.filter(({ content }) => title === undefined || content.title === title)
  show(
    heading,
    eventTable(
      found.map((entry) => [whenInBerlin(entry), entry.content.title, entry.content.location, cameFrom(entry)]),
    ),
  )
}

/** What was read from a file of the reader's own, whenever it happens. */
export async function showFile(demo: Demo): Promise<void> {
  const { items } = await demo.worker.user.events.ofGroup(groupId, { limit: 1_000 })
  const read = items.filter(({ origin }) => origin.calendarId === demo.calendars.team.id)
  const rows = read.map(({ content, origin }) => [
    wallTimes(content.time),
    content.title,
    content.location,
    origin.calendarName,
  ])
  show('From your file', eventTable(rows))
}

/** What was done to whom, newest last. */
export async function showHistory(demo: Demo, count: number): Promise<void> {
  const { items } = await demo.worker.user.audit.list(groupId, { limit: 1_000 })
  const titles = new Map<string, string>()
  for (const { id, content } of (await demo.worker.user.events.ofGroup(groupId, { limit: 1_000 })).items)
    titles.set(id, content.title)
  const rows = items
    .slice(-count)
    .map(({ action, calendarId, eventId, fields, actor }) => [
      action,
      titles.get(eventId ?? '') ?? '',
      nameOf(demo, calendarId),
      fields.join(', '),
      'user' in actor ? actor.user : 'a sync',
    ])
  show('The last changes, as they were logged', table(['What', 'Event', 'In', 'Fields', 'By'], rows))
}

/** The demo's own name of a calendar, whatever its server calls it. */
export function nameOf({ calendars }: Demo, calendarId: string | null): string {
  const names = { [calendars.team.id]: 'Team', [calendars.work.id]: 'Work', [calendars.home.id]: 'Home' }
  return names[calendarId ?? ''] ?? ''
}

/** A value of a conflict as a person reads it. */
export function readable(value: Json | null): string {
  return isSpan(value) ? wallTimes(value) : typeof value === 'string' ? value : JSON.stringify(value)
}

function eventTable(rows: readonly (readonly string[])[]): string {
  const shown = table(['When', 'Event', 'Where', 'Came from'], rows.slice(0, mostRows))
  return rows.length > mostRows ? `${shown}\n… and ${rows.length - mostRows} more` : shown
}

function cameFrom({ origin }: AgendaEntry): string {
  return origin ? `${origin.calendarName} (${origin.provider})` : 'here'
}

/** When an occurrence happens, for people in Berlin. */
function whenInBerlin({ start, end, content }: AgendaEntry): string {
  if (content.time.start.kind === 'date') return wallTimes(content.time)
  return `${day.format(start).replace(',', '')} ${clock.format(start)}–${clock.format(end)}`
}

/** The times as they were written, with their zone where it is another one. */
function wallTimes({ start, end }: EventSpan): string {
  if (start.kind === 'date' && end.kind === 'date') {
    const last = new Date(Date.parse(end.date) - 86_400_000).toISOString().slice(0, 10)
    return last > start.date ? `${dayOf(start.date)} to ${dayOf(last)}` : `${dayOf(start.date)}, all day`
  }
  if (start.kind === 'date' || end.kind === 'date') return ''
  const zone = start.kind === 'timed' && start.zone !== week.zone ? ` (${start.zone})` : ''
  return `${dayOf(start.local.slice(0, 10))} ${start.local.slice(11, 16)}–${end.local.slice(11, 16)}${zone}`
}

const day = new Intl.DateTimeFormat('en-GB', { timeZone: week.zone, weekday: 'short', day: '2-digit', month: 'short' })
const clock = new Intl.DateTimeFormat('en-GB', { timeZone: week.zone, hour: '2-digit', minute: '2-digit' })

function dayOf(date: string): string {
  return day.format(Date.parse(`${date}T12:00:00Z`)).replace(',', '')
}

function isSpan(value: unknown): value is EventSpan {
  return typeof value === 'object' && value !== null && 'start' in value && 'end' in value
}
