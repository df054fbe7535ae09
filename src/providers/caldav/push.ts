import * as z from 'zod'
import { SyncError } from '../../errors.js'
import { type HttpAnswer, type HttpClientOptions, httpClient } from '../../http/client.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { CallOptions } from '../provider.js'
import { type DavClient, davClient, multistatusOf } from './client.js'
import { failure } from './failure.js'
import { resolve } from './href.js'
import { pushNamespace } from './push-message.js'
import { child, escapeXml, parseErrorBody, prop } from './xml.js'

/**
 * Push for one account at a server that speaks WebDAV-Push (a draft: draft-bitfire-webdav-push-00).
 *
 * The server sends a small encrypted message to a Web Push subscription whenever a calendar changes. The subscription is
 * the host's: it comes from a push service (in a browser `PushManager.subscribe`, elsewhere UnifiedPush or a service
 * of the host's own), and the push service or the host decrypts what arrives (RFC 8291). calweave registers it, and
 * reads the decrypted message; it never holds a private key.
 *
 * A message is a hint that a sync is worth while and nothing more: it may be late, lost or forged. Keep polling, less often.
 */
export interface CaldavPush {
  /** What the server offers for a calendar; null where it offers no Web Push, and polling is all there is. */
  offer(calendar: RemoteCalendarId, options?: CallOptions): Promise<PushOffer | null>
  /**
   * Asks for messages about a calendar's changes. Registering the same subscription again renews it: do so when
   * {@link PushRegistration.renewAt} has come, and whenever the host gets another subscription or the server another key.
   *
   * @throws SyncError `unsupported` when the server offers no push here or not to this account; `invalid_input` for a
   * subscription that does not fit or that the server refuses.
   */
  register(
    calendar: RemoteCalendarId,
    subscription: WebPushSubscription,
    options?: PushOptions,
  ): Promise<PushRegistration>
  /** Ends a registration. One that is not there any more is fine. */
  unregister(registration: Pick<PushRegistration, 'url'>, options?: CallOptions): Promise<void>
}

/** How a calendar can be watched. */
export interface PushOffer {
  /** Stands in every message about this calendar. */
  readonly topic: string
  /** The server's key (VAPID, RFC 8292), for making a subscription that only this server can use; null when it has none. */
  readonly vapidPublicKey: string | null
  /** Whether changes of events cause messages. Where the server does not say, it is asked for them all the same. */
  readonly contentUpdates: boolean
}

/** A Web Push subscription, in the shape in which browsers give it (`PushSubscription.toJSON()`). */
export interface WebPushSubscription {
  /** Where the push service takes messages. */
  readonly endpoint: string
  /** What the server encrypts with, base64url without padding: the public key (P-256, uncompressed) and the secret. */
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

/** What a registration can be told. */
export interface PushOptions extends CallOptions {
  /** Until when messages are wanted, in milliseconds since 1970. The server may end it earlier. @default in 7 days */
  readonly expiresAt?: number
  /** The offer, where it is known already; saves a request. */
  readonly offer?: PushOffer
}

/** What the host keeps of a registration. Plain JSON. */
export interface PushRegistration {
  readonly calendar: RemoteCalendarId
  readonly topic: string
  /** Where the registration can be ended. */
  readonly url: string
  /** When the server ends it, in milliseconds since 1970. */
  readonly expiresAt: number
  /** When to register again, in milliseconds since 1970: with a third of the time left. */
  readonly renewAt: number
}

/** What push is opened with, already validated. */
export interface PushAccess {
  /** Finds an address of the account. */
  find(): Promise<string>
  readonly authorization: string
  readonly http: HttpClientOptions
  readonly now: () => number
}

const dayMs = 86_400_000
const base64url = z
  .string()
  .max(512)
  .regex(/^[A-Za-z0-9_-]+$/, 'must be base64url without padding')

const subscriptionSchema = z.object({
  endpoint: z
    .string()
    .max(4_096)
    .refine((text) => URL.canParse(text) && new URL(text).protocol === 'https:', 'must begin with https://'),
  keys: z.object({ p256dh: base64url, auth: base64url }),
})

export function caldavPush(access: PushAccess): CaldavPush {
  const clients = new Map<string, DavClient>()

  async function connect(): Promise<DavClient> {
    const site = await access.find()
    const known = clients.get(site)
    if (known) return known
    const dav = davClient(httpClient(access.http), site, access.authorization)
    clients.clear()
    clients.set(site, dav)
    return dav
  }

  async function offer(calendar: RemoteCalendarId, options?: CallOptions): Promise<PushOffer | null> {
    const dav = await connect()
    const props = ['transports', 'topic', 'supported-triggers'].map((name) => `<P:${name} xmlns:P="${pushNamespace}"/>`)
    const answer = await dav.propfind(resolve(calendar, dav.site).href, '0', props, options?.signal)
    const self = multistatusOf(answer).responses[0]
    const topic = prop(self, pushNamespace, 'topic')?.text.trim()
    const webPush = child(prop(self, pushNamespace, 'transports'), pushNamespace, 'web-push')
    if (!topic || !webPush) return null
    const triggers = prop(self, pushNamespace, 'supported-triggers')
    return {
      topic,
      vapidPublicKey: child(webPush, pushNamespace, 'vapid-public-key')?.text.trim() || null,
      contentUpdates: triggers === undefined || child(triggers, pushNamespace, 'content-update') !== undefined,
    }
  }

  return {
    offer,
    async register(calendar, subscription, options = {}) {
      const { endpoint, keys } = checkedSubscription(subscription)
      const found = options.offer ?? (await offer(calendar, options))
      if (!found?.contentUpdates) throw noPush()
      const dav = await connect()
      const wanted = options.expiresAt ?? access.now() + 7 * dayMs
      const answer = await dav.send('POST', resolve(calendar, dav.site).href, {
        headers: { 'content-type': 'application/xml; charset=utf-8' },
        body: registerBody(endpoint, keys, wanted),
        signal: options.signal,
      })
      if (answer.status !== 200 && answer.status !== 201 && answer.status !== 204) throw refusal(answer)
      return registrationOf(calendar, found.topic, answer, wanted, access.now())
    },
    async unregister(registration, options) {
      const dav = await connect()
      const url = resolve(registration.url, dav.site).href
      const answer = await dav.send('DELETE', url, { signal: options?.signal })
      const isGone = answer.status === 404 || answer.status === 410
      if (!isGone && (answer.status < 200 || answer.status >= 300)) throw failure(answer, 'reading')
    },
  }
}

/** Depth 1: the events in the calendar, which is all that a sync reads. */
function registerBody(endpoint: string, keys: WebPushSubscription['keys'], expiresAt: number): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><push-register xmlns="${pushNamespace}" xmlns:D="DAV:">` +
    `<subscription><web-push-subscription><push-resource>${escapeXml(endpoint)}</push-resource>` +
    '<content-encoding>aes128gcm</content-encoding>' +
    `<subscription-public-key type="p256dh">${keys.p256dh}</subscription-public-key>` +
    `<auth-secret>${keys.auth}</auth-secret></web-push-subscription></subscription>` +
    '<trigger><content-update><D:depth>1</D:depth></content-update></trigger>' +
    `<expires>${new Date(expiresAt).toUTCString()}</expires></push-register>`
  )
}

/** The server decides when a registration ends, and does not have to take what it was asked for. */
function registrationOf(
  calendar: RemoteCalendarId,
  topic: string,
  answer: HttpAnswer,
  wanted: number,
  now: number,
): PushRegistration {
  const location = answer.headers.get('location')
  if (!location)
    throw new SyncError(
      'invalid_response',
      'The server registered the push subscription but does not say where. It ends by itself; go on polling.',
      { reason: 'NO_LOCATION' },
    )
  const told = Date.parse(answer.headers.get('expires') ?? '')
  const expiresAt = Number.isNaN(told) || told <= now ? wanted : told
  const renewAt = now + Math.floor(((expiresAt - now) * 2) / 3)
  return { calendar, topic, url: resolve(location, answer.url).href, expiresAt, renewAt }
}

function checkedSubscription(given: WebPushSubscription): z.infer<typeof subscriptionSchema> {
  const parsed = subscriptionSchema.safeParse(given)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${['subscription', ...issue.path].join('.')}: ${issue.message}`)
  throw new SyncError('invalid_input', `The push subscription does not fit. ${issues.join('; ')}.`)
}

function refusal(answer: HttpAnswer): SyncError {
  const { conditions } = parseErrorBody(answer.text)
  if (conditions.includes('push-not-available') || conditions.includes('no-supported-trigger')) return noPush()
  if (conditions.includes('invalid-subscription'))
    return new SyncError('invalid_input', 'The server does not accept this push subscription. Make a new one.', {
      reason: 'invalid-subscription',
    })
  return answer.status === 405 || answer.status === 415 ? noPush() : failure(answer, 'reading')
}

function noPush(): SyncError {
  return new SyncError('unsupported', 'The server offers no push for this calendar. Go on polling it.', {
    reason: 'NO_PUSH',
  })
}
