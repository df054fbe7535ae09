import * as z from 'zod'
import { isSyncError, SyncError } from '../../errors.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { CallOptions } from '../provider.js'
import type { Notice, PushMessage, PushRequest, RemoteWatch, WatchedCalendar, WatchRequest } from '../watching.js'
import type { GraphClient } from './client.js'
import { calendarGone, invalidResponse, parseJson, type Resource } from './failure.js'

/**
 * Subscribes to a calendar's changes. Microsoft asks the address whether somebody is there before this answers, so it must
 * be served at that moment.
 *
 * Notices name what changed and do not tell it: those that do ("rich" ones) come encrypted for a certificate that the host
 * would have to keep and renew, live for a day in place of a week, and are not believed without asking anyway.
 *
 * @see https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
 */
export async function watch(
  client: GraphClient,
  calendar: RemoteCalendarId,
  { token, address, expiresAt }: WatchRequest,
  { own, now, longestMs, signal }: WatchOptions,
): Promise<RemoteWatch> {
  if (!URL.canParse(address) || new URL(address).protocol !== 'https:')
    throw new SyncError(
      'invalid_input',
      'The address of a watch must begin with https://, or Microsoft sends nothing there.',
    )
  const ends = Math.min(expiresAt, now + longestMs)
  const body = {
    changeType: 'created,updated,deleted',
    notificationUrl: address,
    lifecycleNotificationUrl: address,
    resource: `${own}/calendars/${calendar}/events`,
    expirationDateTime: new Date(ends).toISOString(),
    clientState: token,
  }
  try {
    const answer = subscription(await client.root.post('subscriptions', body, { about: 'watch', signal }))
    return { id: answer.id, expiresAt: Math.min(answer.ends, expiresAt) }
  } catch (error) {
    throw isSyncError(error, 'not_found') ? calendarGone() : error
  }
}

export interface WatchOptions {
  /** How subscriptions name whose calendar it is. */
  readonly own: string
  readonly now: number
  /** So long a subscription may live. */
  readonly longestMs: number
  readonly signal: AbortSignal | undefined
}

/** Ends a subscription. Only the account and the app that made it can. */
export async function unwatch(client: GraphClient, { watch }: WatchedCalendar, options?: CallOptions): Promise<void> {
  try {
    await client.root.delete(`subscriptions/${encodeURIComponent(watch.id)}`, {
      about: 'watch',
      signal: options?.signal,
    })
  } catch (error) {
    if (!isSyncError(error, 'not_found')) throw error
  }
}

/** Reads what came to the address: the question whether somebody is there, or notices, of one subscription or several. */
export function readPush({ method, url, body }: PushRequest): PushMessage {
  const token = url.searchParams.get('validationToken')
  if (method === 'POST' && token !== null && token.length <= longestToken)
    return { type: 'handshake', text: escaped(token) }
  const parsed = method === 'POST' ? message.safeParse(parseJson(body)) : undefined
  if (!parsed?.success)
    return { type: 'refused', code: 'invalid_input', why: 'This is no message of a Microsoft subscription.' }
  const notices = parsed.data.value.map(
    ({ subscriptionId, clientState, lifecycleEvent }): Notice => ({
      watchId: subscriptionId,
      token: clientState ?? '',
      kind: lifecycleEvent != null && endings.has(lifecycleEvent) ? 'ending' : 'changed',
    }),
  )
  return { type: 'notices', notices }
}

const longestToken = 4_096

/** Whoever knows the address can have it say anything; so nothing that it says is a page. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** `missed` says that notices were lost: so something may have changed. */
const endings: ReadonlySet<string> = new Set(['subscriptionRemoved', 'reauthorizationRequired'])

const message = z.object({
  value: z
    .array(
      z.object({
        subscriptionId: z.string().min(1).max(256),
        clientState: z.string().max(256).nullish(),
        lifecycleEvent: z.string().max(64).nullish(),
      }),
    )
    .min(1)
    .max(1_000),
})

function subscription(value: Resource): { readonly id: string; readonly ends: number } {
  const parsed = subscriptionAnswer.safeParse(value)
  const ends = parsed.success ? Date.parse(parsed.data.expirationDateTime) : Number.NaN
  if (!parsed.success || Number.isNaN(ends)) throw invalidResponse('NO_SUBSCRIPTION')
  return { id: parsed.data.id, ends }
}

const subscriptionAnswer = z.object({ id: z.string().min(1).max(256), expirationDateTime: z.string() })
