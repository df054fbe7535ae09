import type { CalendarEvent, EventView } from '../engine/events.js'
import type { ListOptions, ListPage } from '../engine/history.js'
import type { UserHandle } from '../engine/user.js'
import { isSyncError } from '../errors.js'
import { type CalendarFile, calendarFile } from '../ical/calendar-file.js'
import { copyView } from '../mapping/projection.js'
import type { NamedOrigin } from '../mapping/scene.js'
import type { EventContent } from '../model/content.js'
import { digest } from '../model/hash.js'
import { roomForAll } from '../model/holding.js'
import type { CalendarId, CreateKey, EventId, GroupId } from '../model/ids.js'
import type { Mark } from '../model/origin.js'
import { expand } from '../model/recurrence.js'
import { type CheckedSettings, checkSettings, type FeedSettings } from './settings.js'

/** A feed as it is now. */
export interface Feed {
  /** The calendar file. */
  readonly body: string
  /** A strong entity tag, quotes included: equal for equal bodies, whoever makes them. */
  readonly etag: string
  /** When this body was first made, milliseconds since 1970, in whole seconds. */
  readonly lastModified: number
}

/** What {@link feedOf} takes beside the settings. */
export interface FeedOptions {
  /** The feed as it was made before; while nothing changes, `lastModified` stays. */
  readonly previous?: Pick<Feed, 'etag' | 'lastModified'>
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
  /** How many characters the events may take. @default 33_554_432 */
  readonly maxLength?: number
}

/**
 * Makes a calendar file of a group or a calendar, for others to subscribe to. Reads what the last syncs saw; no provider is
 * called.
 *
 * Events have UIDs of their own, which stay the same as long as the event does, and tell nothing of those at the source.
 * Series stay series, with their overrides. In a feed that shows no details, what is cancelled is left out. Nobody is
 * mailed because of a feed, so guests are in it as guests if the projection carries them.
 *
 * @throws SyncError `invalid_input` for settings that do not fit, and where the user has no such group or calendar;
 * `limit_exceeded` when the file grows too long.
 */
export async function feedOf(user: UserHandle, settings: FeedSettings, options: FeedOptions = {}): Promise<Feed> {
  const { previous, now = Date.now, maxLength = 33_554_432 } = options
  const checked = checkSettings(settings)
  const file = calendarFile(maxLength)
  const window = windowOf(checked, now())
  for await (const event of eventsOf(user, checked)) addEvent(file, event, checked, window)
  const body = file.text({ name: checked.name, refreshSeconds: checked.refreshSeconds })
  const etag = `"${digest(body)}"`
  const second = Math.floor(now() / 1_000) * 1_000
  // Two bodies of one second must not share it: this is all that some subscribers compare.
  const lastModified =
    previous?.etag === etag ? previous.lastModified : Math.max(second, (previous?.lastModified ?? 0) + 1_000)
  return { body, etag, lastModified }
}

/** An event on its way into a feed. */
interface SourceEvent {
  /** The same for the same event, for ever. */
  readonly key: CreateKey
  readonly content: EventContent
  readonly origin: NamedOrigin
  /** Milliseconds since 1970. */
  readonly changedAt: number
  /** Where its floating times and whole days fall. */
  readonly zone: string
}

async function* eventsOf(user: UserHandle, { source }: CheckedSettings): AsyncGenerator<SourceEvent> {
  if ('group' in source) {
    const group = await user.groups.get(source.group)
    for await (const view of pages((options) => user.events.ofGroup(group.id, options))) {
      if (view.state === 'live' || view.state === 'parked') yield ofGroup(view)
    }
    return
  }
  const calendar = await user.calendars.get(source.calendar)
  const origin = { provider: calendar.provider, calendarName: calendar.name }
  for await (const event of pages((options) => user.events.ofCalendar(calendar.id, options)))
    yield ofCalendar(event, origin, calendar.zone ?? 'UTC')
}

function ofGroup({ groupId, id, content, origin, changedAt }: EventView): SourceEvent {
  return { key: digest('feed', 'group', groupId, id) as CreateKey, content, origin, changedAt, zone: 'UTC' }
}

function ofCalendar(event: CalendarEvent, origin: NamedOrigin, zone: string): SourceEvent {
  const { calendarId, remoteId, content, changedAt } = event
  const key = digest('feed', 'calendar', calendarId, remoteId) as CreateKey
  return { key, content, origin, changedAt: changedAt ?? 0, zone }
}

async function* pages<T>(read: (options: ListOptions) => Promise<ListPage<T>>): AsyncGenerator<T> {
  let after: string | undefined
  do {
    const page = await read({ limit: 200, ...(after === undefined ? {} : { after }) })
    yield* page.items
    after = page.next
  } while (after !== undefined)
}

function addEvent(file: CalendarFile, event: SourceEvent, settings: CheckedSettings, window: Window | undefined): void {
  const { content, key, origin } = event
  if (window && !takesPlaceIn(window, event)) return
  const view = copyView(settings.projection, { content, origin }, quietRoom)
  if (!view.showsDetails && content.status === 'cancelled') return
  const { mayBeCopied } = settings
  file.add({
    uid: `${key}@${mayBeCopied ? 'feed.' : ''}calweave`,
    content: view.render(content),
    now: event.changedAt,
    ...(mayBeCopied ? {} : { mark: markOf(key) }),
  })
}

const quietRoom = { ...roomForAll, quietAttendees: true }

/** A mark that says: made by us, nobody's source. It names nothing at the source, and needs no secret to be refused. */
function markOf(key: CreateKey): Mark {
  return {
    groupId: 'feed' as GroupId,
    eventId: key as string as EventId,
    calendarId: 'feed' as CalendarId,
    incarnation: 0,
    key,
    signature: 'feed',
  }
}

interface Window {
  readonly from: number
  readonly to: number
}

function windowOf({ pastDays, futureDays }: CheckedSettings, now: number): Window | undefined {
  if (pastDays === undefined && futureDays === undefined) return undefined
  // Whole days, so that a feed does not change with every request.
  const today = Math.floor(now / day) * day
  return {
    from: pastDays === undefined ? -farthest : today - pastDays * day,
    to: futureDays === undefined ? farthest : today + (futureDays + 1) * day,
  }
}

const day = 86_400_000
const farthest = 8e15

/** A series that cannot be listed in a bounded time is shown rather than hidden. */
function takesPlaceIn(window: Window, { content, zone }: SourceEvent): boolean {
  try {
    return expand(content, window, { floatingZone: zone, limit: 1 }).length > 0
  } catch (error) {
    if (isSyncError(error) && error.remedy === 'give_up') return true
    throw error
  }
}
