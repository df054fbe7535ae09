import { SyncError } from '../../errors.js'
import { type MeetingPart, meetingOf, othersIn, plainAddress } from '../../ical/meeting.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import { multistatusOf } from './client.js'
import { type AccountContext, calendarUrl } from './context.js'
import { failure } from './failure.js'
import { resolve } from './href.js'
import { isClosed } from './principals.js'
import { hrefTexts, ns } from './xml.js'

/** A write: what is there before it (not for a create), and after it (not for a removal). */
export interface GuardedWrite {
  readonly before?: string
  readonly after?: string
}

/**
 * Refuses a write that would have the server mail anybody. Costs nothing for events without guests; for the first event
 * with guests, up to four small requests.
 *
 * There is no header and no parameter with which a change of an organizer's event is made in silence (RFC 6638): asking
 * for `SCHEDULE-AGENT=CLIENT` in the same write cancels the meeting for its guests, and `Schedule-Reply: F` is about
 * removals by those who were invited only. So:
 *
 * - who organizes an event with guests changes and removes it in their own calendar program, not through a sync;
 * - who is invited may change what is theirs (alarms, titles, free or busy), but an answer, an occurrence that is left out
 *   or a cancellation is a reply;
 * - who is invited may remove it: the server is asked not to reply.
 * @throws SyncError `unsupported` with the reason `WOULD_MAIL`.
 */
export async function assertNoMail(
  context: AccountContext,
  calendar: RemoteCalendarId,
  { before, after }: GuardedWrite,
  signal?: AbortSignal,
): Promise<void> {
  if (context.scheduling.policy === 'allow') return
  const [old, next] = [partsOf(before), partsOf(after)]
  const parts = [...old, ...next]
  if (parts.every((part) => othersIn(part).length === 0)) return
  if (!(await schedules(context, calendar, signal))) return
  const { mailsRegardless } = context.traits
  if (!mailsRegardless && parts.flatMap(othersIn).every((guest) => guest.isSilent)) return
  const owner = await ownerOf(context, calendar, signal)
  const isOwner = (addresses: readonly string[]) => addresses.some((address) => owner.has(address))
  if (owner.size === 0 || parts.some(({ organizer }) => organizer.length === 0 || isOwner(organizer))) throw wouldMail()
  // Only invited here, or not even that.
  const isReply = after === undefined ? mailsRegardless : before === undefined || !sameAnswers(old, next)
  if (isReply) throw wouldMail()
}

/** Asks the server not to reply for somebody who removes an invitation. @see RFC 6638 section 8.1 */
export function quiet(raw: string): Readonly<Record<string, string>> {
  return /^ORGANIZER[;:]/im.test(raw) ? { 'schedule-reply': 'F' } : {}
}

function partsOf(text: string | undefined): readonly MeetingPart[] {
  return text !== undefined && /^ATTENDEE[;:]/im.test(text) ? meetingOf(text) : []
}

/** Whether two states of an invitation give the organizer the same answers. */
function sameAnswers(old: readonly MeetingPart[], next: readonly MeetingPart[]): boolean {
  const before = new Map(old.map((part) => [part.occurrence, part]))
  const after = new Set(next.map(({ occurrence }) => occurrence))
  return (
    [...before.keys()].every((occurrence) => after.has(occurrence)) &&
    next.every((part) => {
      const there = before.get(part.occurrence)
      if (there) return answersIn(part) === answersIn(there) && String(part.leftOut) === String(there.leftOut)
      const series = before.get('') // a new occurrence of its own begins as its series does
      return series !== undefined && answersIn(part) === answersIn(series)
    })
  )
}

function answersIn({ organizer, guests, isCancelled }: MeetingPart): string {
  return JSON.stringify([organizer, guests.map(({ addresses, answer }) => [addresses, answer]), isCancelled])
}

/**
 * Whether the server mails guests by itself. A server that does not say so, or does not know the question, does not.
 * @see RFC 6638 section 2
 */
async function schedules(context: AccountContext, calendar: RemoteCalendarId, signal?: AbortSignal): Promise<boolean> {
  const { scheduling } = context
  if (scheduling.isAutomatic === undefined) {
    const answer = await context.dav.send('OPTIONS', calendarUrl(context, calendar), { signal })
    if ([401, 429].includes(answer.status) || (answer.status >= 500 && answer.status !== 501))
      throw failure(answer, 'reading')
    const classes = (answer.headers.get('dav') ?? '').split(',').map((text) => text.trim().toLowerCase())
    scheduling.isAutomatic = context.traits.mailsRegardless || classes.includes('calendar-auto-schedule')
  }
  return scheduling.isAutomatic
}

/** The addresses of the owner of a calendar and of whoever is signed in; empty where the server does not tell. */
async function ownerOf(
  context: AccountContext,
  calendar: RemoteCalendarId,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { owners } = context.scheduling
  const known = owners.get(calendar)
  if (known) return known
  const asked = ['<D:owner/>', '<D:current-user-principal/>']
  const answer = await context.dav.propfind(calendarUrl(context, calendar), '0', asked, signal)
  const self = multistatusOf(answer).responses[0]
  const principals = new Set([
    ...hrefTexts(self, ns.dav, 'owner'),
    ...hrefTexts(self, ns.dav, 'current-user-principal'),
  ])
  const urls = new Set([...principals].map((href) => resolve(href, answer.url).href.replace(/\/*$/, '/')))
  const addresses = new Set<string>()
  for (const url of urls) {
    // The owner of a shared calendar may be somebody whom we may not look up.
    for (const href of await addressesOf(context, url, signal)) addresses.add(plainAddress(href))
  }
  owners.set(calendar, addresses)
  return addresses
}

async function addressesOf(context: AccountContext, url: string, signal?: AbortSignal): Promise<readonly string[]> {
  try {
    const answer = await context.dav.propfind(url, '0', ['<C:calendar-user-address-set/>'], signal)
    return hrefTexts(multistatusOf(answer).responses[0], ns.caldav, 'calendar-user-address-set')
  } catch (error) {
    if (!isClosed(error)) throw error
    return []
  }
}

function wouldMail(): SyncError {
  return new SyncError(
    'unsupported',
    'This event has guests, and its server would mail them or its organizer about this change. Make the change in the ' +
      "event's own calendar, or let the provider do it with the option `scheduling: 'allow'`.",
    { reason: 'WOULD_MAIL' },
  )
}
