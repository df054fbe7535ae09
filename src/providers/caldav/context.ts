import type { Pace } from '../../http/pace.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { DavClient } from './client.js'
import { isPlainPath, resolve, toId } from './href.js'
import type { Scheduling } from './scheduling.js'
import type { Traits } from './traits.js'

/** What the parts of one account share. */
export interface AccountContext {
  readonly dav: DavClient
  readonly now: () => number
  readonly traits: Traits
  readonly scheduling: Scheduling
  /** The last change of a calendar object before it is sent, at services that want more than the standard does. */
  readonly dress?: (text: string) => string
  /** What we learnt about a calendar while this account is open. Forgetting it costs requests, never correctness. */
  readonly habits: Map<string, Habits>
  readonly spellings: Spellings
  /** Ids that this account wrote, so that their echo is told from a server's list of everything. */
  readonly written: Set<string>
  /** How many writes are under way at once. */
  readonly pace: Pace
  /** The end of the queue of writes to each event. */
  readonly queues: Map<string, Promise<unknown>>
}

const maxWritten = 20_000

/** Remembers a write of our own. */
export function rememberWrite(context: AccountContext, id: string): void {
  if (context.written.size >= maxWritten) context.written.clear()
  context.written.add(id)
}

/** How one calendar behaves. Absent: not known yet. */
export interface Habits {
  /** Answers sync-collection reports. */
  sync?: boolean
  /** `true`: reports for many events at once have found some; `false`: it refuses them, or knows nothing in them. */
  multiget?: boolean
}

/** How the server itself spells an address whose id we spell in another way. */
export interface Spellings {
  remember(id: string, url: string): void
  urlOf(id: string): string
  /** Whether an address is at the account's own host, where the id of a plain path is that path. */
  isOwn(url: string): boolean
}

const maxSpellings = 10_000

export function spellings(site: string): Spellings {
  const known = new Map<string, string>()
  const { origin } = new URL(site)
  return {
    remember(id, url) {
      if (resolve(id, site).href === url) return
      if (known.size >= maxSpellings) known.clear()
      known.set(id, url)
    },
    urlOf: (id) => known.get(id) ?? (isPlainPath(id) ? origin + id : resolve(id, site).href),
    isOwn: (url) => url.startsWith(`${origin}/`),
  }
}

/** A calendar's address, always with the slash at its end that makes hrefs below it resolve. */
export function calendarUrl(context: AccountContext, calendar: RemoteCalendarId): string {
  const url = context.spellings.urlOf(calendar)
  return url.endsWith('/') ? url : `${url}/`
}

/** The id of what a server calls `href`, in an answer from `url`. Remembers how the server spells it. */
export function learnId(context: AccountContext, href: string, url: string): string {
  if (isPlainPath(href) && context.spellings.isOwn(url)) return href
  const absolute = resolve(href, url).href
  const id = toId(absolute, context.dav.site)
  context.spellings.remember(id, absolute)
  return id
}

/** What we know of a calendar's behaviour; changed in place as we learn. */
export function habitsOf(context: AccountContext, calendar: RemoteCalendarId): Habits {
  const found = context.habits.get(calendar)
  if (found) return found
  const fresh: Habits = {}
  context.habits.set(calendar, fresh)
  return fresh
}

/**
 * Lets one `work` after the other touch an id. Two servers let several guarded writes to one event win that arrive at
 * the same time, and where guards count for nothing, reading, comparing and writing are three steps. Within this
 * account, at least, nothing comes between them.
 */
export async function inTurn<T>(context: AccountContext, id: string, work: () => Promise<T>): Promise<T> {
  const turn = (context.queues.get(id) ?? Promise.resolve()).then(work, work)
  context.queues.set(id, turn)
  try {
    return await turn
  } finally {
    if (context.queues.get(id) === turn) context.queues.delete(id)
  }
}
