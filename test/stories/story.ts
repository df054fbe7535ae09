import { expect } from 'vitest'
import type { EventView } from '../../src/engine/events.js'
import type { Conflict } from '../../src/model/conflict.js'
import { type EventContent, type OccurrenceContent, type Override, occurrenceOf } from '../../src/model/content.js'
import { expand } from '../../src/model/recurrence.js'
import type { Run } from '../../src/model/run.js'
import { localAt } from '../../src/model/time.js'
import type { MemoryCall } from '../../src/providers/memory/index.js'
import type { CalendarProvider, ChangePage, ProviderAccount } from '../../src/providers/provider.js'
import type { World } from '../support/world.js'

/** The calendars of most stories, in the order in which they are woven. */
export const work = 0
export const home = 1
export const family = 2

export const day = 86_400_000

const from = Date.UTC(2026, 0, 1)
const to = Date.UTC(2027, 0, 1)

/**
 * What a person reads who pages through a calendar in 2026: `2026-01-06 09:00 Stand-up`, series written out, in Berlin
 * unless told otherwise.
 */
export function diary(w: Pick<World, 'calendar'>, calendar: number, zone = 'Europe/Berlin'): readonly string[] {
  const lines = w
    .calendar(calendar)
    .all()
    .flatMap((event) => expand(event.content, { from, to }, { floatingZone: zone }))
    .map(({ content, start }) => {
      const { start: begin } = content.time
      const when = begin.kind === 'date' ? `${begin.date} all day` : localAt(start, zone).slice(0, 16).replace('T', ' ')
      return `${when} ${content.title}`
    })
  return lines.sort()
}

/** Every calendar of the story shows exactly these lines. */
export function everyCalendarShows(w: World, lines: readonly string[]): void {
  for (const index of w.calendarIds.keys()) expect(diary(w, index), `calendar ${index}`).toEqual([...lines].sort())
}

/** Every calendar of the story holds events of exactly these titles. */
export function everyCalendarHolds(w: World, titles: readonly string[]): void {
  for (const index of w.calendarIds.keys()) expect(w.titles(index), `calendar ${index}`).toEqual([...titles].sort())
}

/** The one event of this title, in every calendar of the story. */
export function inEveryCalendar(w: World, title: string): readonly EventContent[] {
  return [...w.calendarIds.keys()].map((index) => w.event(index, title).content)
}

/** The writes among the calls that reached the calendars. */
export function writes(calls: readonly MemoryCall[]): readonly MemoryCall[] {
  return calls.filter(({ method }) => method === 'create' || method === 'update' || method === 'remove')
}

/** How many copies a run made, changed and removed. */
export function wrote({ counts: { created, updated, removed } }: Run): number {
  return created + updated + removed
}

/** One occurrence of a series, as somebody changed it. */
export function changed(series: EventContent, given: Partial<OccurrenceContent>): Override {
  return { kind: 'changed', content: { ...occurrenceOf(series), ...given } }
}

export const cancelled: Override = { kind: 'cancelled' }

/** Names an occurrence of a series that starts at nine. */
export const slot = (date: string): string => `${date}T09:00:00`

/** Every event of the group as the host sees it, by title. */
export async function views(w: World, group = 'group'): Promise<ReadonlyMap<string, EventView>> {
  const { items } = await w.user.events.ofGroup(group)
  return new Map(items.map((view) => [view.content.title, view]))
}

/** What was written down of the disagreements about the one event of this title. */
export async function conflictsAbout(w: World, title: string): Promise<readonly Conflict[]> {
  const view = (await views(w)).get(title)
  return w.user.conflicts.ofEvent('group', view?.id ?? '')
}

/** A provider whose accounts do some things in another way. */
export function changedAccount(
  provider: CalendarProvider,
  change: (account: ProviderAccount) => Partial<ProviderAccount>,
): CalendarProvider {
  return {
    id: provider.id,
    open: (access) => {
      const account = provider.open(access)
      return { ...account, ...change(account) }
    },
  }
}

/** A service that never says what changed; only a complete listing shows what is there. */
export function forgetful(provider: CalendarProvider): CalendarProvider {
  return changedAccount(provider, (account) => ({
    changes: async (...given) => {
      const pull = await account.changes(...given)
      return pull.complete ? pull : { complete: false, pages: withoutNews(pull.pages) }
    },
  }))
}

async function* withoutNews(pages: AsyncIterable<ChangePage>): AsyncGenerator<ChangePage> {
  for await (const page of pages) yield { ...page, changes: [] }
}
