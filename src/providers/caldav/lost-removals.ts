import { SyncError } from '../../errors.js'
import type { RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { PullFrom } from '../provider.js'
import { type AccountContext, calendarUrl } from './context.js'
import { guardOf } from './etag.js'
import { entriesOf, type Listing } from './listing.js'

/** With fewer entries a full list is hardly worth the suspicion, where the server is not known for it. */
const suspiciousSize = 10

/**
 * Some servers answer a token that they have forgotten with a list of everything and without a word of what was
 * removed. That looks like a change list in which nothing has changed, and so does the echo of many writes
 * that another process of ours made. Where both are possible, the calendar's entity tags are listed once, and what we
 * hold but it does not have decides. Writes of this very account are remembered and raise no suspicion.
 *
 * A server that is known to do so answers an unchanged calendar with the token that it was asked with. From it, a new
 * token without any change is suspicious, too (of an empty list nothing else could be told), and so is a small list.
 *
 * @param token What the server was asked with.
 * @throws SyncError `cursor_expired` when removals are missing from the list.
 */
export async function assertNoLostRemovals(
  context: AccountContext,
  calendar: RemoteCalendarId,
  token: string,
  listing: Listing,
  from: PullFrom,
  signal?: AbortSignal,
): Promise<void> {
  const { entries } = listing
  if (listing.more || entries.some((entry) => entry.type !== 'there')) return
  if (!(await isSuspicious(context, token, listing, from))) return
  const listed = new Set(entries.map((entry) => entry.id))
  if (await nothingMissing(listed, from)) return

  const answer = await context.dav.propfind(
    calendarUrl(context, calendar),
    '1',
    ['<D:getetag/>', '<D:resourcetype/>'],
    signal,
  )
  const all = new Set<RemoteId>(entriesOf(context, calendar, answer).entries.map((entry) => entry.id))
  if (await nothingMissing(all, from)) return
  throw new SyncError('cursor_expired', 'The server has forgotten the sync token. List the calendar from the start.', {
    reason: 'LOST_REMOVALS',
  })
}

async function isSuspicious(
  context: AccountContext,
  token: string,
  { entries, token: next }: Listing,
  from: PullFrom,
): Promise<boolean> {
  const { forgetsTokens } = context.traits
  if (forgetsTokens && next === token) return false
  if (forgetsTokens && entries.length === 0) return true
  const sample = entries.filter(({ id }) => !context.written.has(id)).slice(0, 500)
  const least = forgetsTokens ? 1 : suspiciousSize
  if (sample.length < least) return false
  const known = await from.known(sample.map(({ id }) => id))
  const unchanged = sample.filter(
    (entry) => entry.type === 'there' && entry.revision && guardOf(known.get(entry.id)) === entry.revision,
  )
  return unchanged.length >= least && unchanged.length * 2 >= sample.length
}

async function nothingMissing(there: ReadonlySet<RemoteId>, from: PullFrom): Promise<boolean> {
  for await (const page of from.held()) for (const id of page.keys()) if (!there.has(id)) return false
  return true
}
