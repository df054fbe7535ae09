import { digest } from '../../model/hash.js'
import { changeKeyOf, type Ids } from './ids.js'
import type { Mailbox, StoredEvent } from './mailbox.js'
import { delivered, validated } from './notify.js'
import type { FakeMicrosoftOptions } from './options.js'
import { Refusal } from './refusals.js'

/** A subscription: an address that is told when events change. */
export interface FakeMicrosoftSubscription {
  readonly id: string
  /** As it was asked for: `/me/events`. */
  readonly resource: string
  readonly changeType: string
  readonly notificationUrl: string
  readonly lifecycleNotificationUrl: string | undefined
  readonly clientState: string | undefined
  /** Milliseconds since 1970. */
  readonly expiration: number
  /** The mailbox. */
  readonly email: string
  /** Undefined for all calendars of the mailbox. */
  readonly calendarId: string | undefined
  /** Whether it was made with `IdType="ImmutableId"`: its notifications carry the ids of that form. */
  readonly isImmutable: boolean
}

/** What a lifecycle notification tells. */
export type MicrosoftLifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed'

/** What a request for a subscription says. */
export interface SubscriptionBody {
  readonly changeType?: string
  readonly notificationUrl?: string
  readonly lifecycleNotificationUrl?: string
  readonly resource?: string
  readonly expirationDateTime?: string
  readonly clientState?: string
}

type Change = 'created' | 'updated' | 'deleted'

/** Subscriptions and the notifications on their way. */
export class Subscriptions {
  readonly #options: FakeMicrosoftOptions
  readonly #now: () => number
  readonly #ids: Ids
  readonly #all = new Map<string, FakeMicrosoftSubscription>()
  /** Those that are quiet until they are authorized anew. */
  readonly #paused = new Set<string>()
  #count = 0
  #underWay: Promise<unknown> = Promise.resolve()

  constructor(options: FakeMicrosoftOptions, now: () => number, ids: Ids) {
    this.#options = options
    this.#now = now
    this.#ids = ids
  }

  /** Those that are alive now, of one mailbox or of all. */
  open(email?: string): readonly FakeMicrosoftSubscription[] {
    return [...this.#all.values()].filter(
      (one) => one.expiration > this.#now() && (email === undefined || one.email === email),
    )
  }

  need(mailbox: Mailbox, id: string): FakeMicrosoftSubscription {
    const found = this.open(mailbox.email).find((one) => one.id === id)
    if (!found) throw new Refusal('ResourceNotFound', { message: 'The object was not found.' })
    return found
  }

  /** Makes a subscription, if both of its addresses give back what they are sent. */
  async create(mailbox: Mailbox, body: SubscriptionBody, isImmutable: boolean): Promise<FakeMicrosoftSubscription> {
    const { changeType = '', notificationUrl = '', lifecycleNotificationUrl, resource = '', clientState } = body
    const kinds = changeType.split(',').map((kind) => kind.trim())
    if (kinds.some((kind) => !['created', 'updated', 'deleted'].includes(kind))) throw wrong('changeType is not valid.')
    for (const url of [notificationUrl, ...(lifecycleNotificationUrl === undefined ? [] : [lifecycleNotificationUrl])])
      this.#assertAddress(url)
    // The type has room for 255 characters, the service takes 128.
    if ((clientState?.length ?? 0) > 128) throw wrong('clientState has at most 128 characters.')
    const calendarId = calendarIn(resource, mailbox)
    const expiration = this.#expiration(body.expirationDateTime)
    const id = uuidOf('subscription', mailbox.email, String(++this.#count))
    const made = {
      ...{ id, resource, changeType, notificationUrl, lifecycleNotificationUrl, clientState, expiration, isImmutable },
      ...{ email: mailbox.email, calendarId },
    }
    const deliver = this.#options.deliver ?? fetch
    for (const url of [notificationUrl, lifecycleNotificationUrl])
      if (url !== undefined) await validated(deliver, url, `Validation: Testing client application ${id} <&> ü`)
    this.#all.set(id, made)
    return made
  }

  /** Makes a subscription live longer, and gives it its permission anew. */
  renew(mailbox: Mailbox, id: string, body: SubscriptionBody): FakeMicrosoftSubscription {
    const before = this.need(mailbox, id)
    const foreign = Object.keys(body).find((name) => name !== 'expirationDateTime' && name !== 'notificationUrl')
    if (foreign !== undefined) throw wrong(`${foreign} cannot be changed.`)
    if (body.notificationUrl !== undefined) this.#assertAddress(body.notificationUrl)
    const after = {
      ...before,
      ...(body.notificationUrl !== undefined && { notificationUrl: body.notificationUrl }),
      ...(body.expirationDateTime !== undefined && { expiration: this.#expiration(body.expirationDateTime) }),
    }
    this.#all.set(id, after)
    this.#paused.delete(id)
    return after
  }

  reauthorize(mailbox: Mailbox, id: string): void {
    this.#paused.delete(this.need(mailbox, id).id)
  }

  remove(mailbox: Mailbox, id: string): void {
    this.#all.delete(this.need(mailbox, id).id)
  }

  /** Tells the owner of a subscription how it stands. One that is removed is gone. */
  lifecycle(id: string, lifecycleEvent: MicrosoftLifecycleEvent): void {
    const one = this.#all.get(id)
    if (!one) throw new Error(`there is no subscription ${id}`)
    if (lifecycleEvent === 'subscriptionRemoved') this.#all.delete(id)
    // That nothing else is told before the permission is renewed is a guess.
    if (lifecycleEvent === 'reauthorizationRequired') this.#paused.add(id)
    if (one.lifecycleNotificationUrl === undefined) return
    this.#send(one.lifecycleNotificationUrl, [{ ...frameOf(one), lifecycleEvent }])
  }

  /** Tells those who wait for it that an event changed. A move to another calendar is an end and a beginning. */
  changed(mailbox: Mailbox, before: StoredEvent | undefined, after: StoredEvent): void {
    for (const one of this.open(mailbox.email)) {
      const was = before && before.gone === undefined && (one.calendarId ?? before.calendarId) === before.calendarId
      const is = after.gone === undefined && (one.calendarId ?? after.calendarId) === after.calendarId
      const changes: Change[] = was && is ? ['updated'] : was ? ['deleted'] : is ? ['created'] : []
      if (one.calendarId === undefined && before && was && is && before.calendarId !== after.calendarId)
        changes.splice(0, 1, 'deleted', 'created')
      for (const change of changes) this.#tell(one, mailbox, change === 'deleted' && before ? before : after, change)
    }
  }

  /** Waits until every notification has arrived or is lost. */
  async settled(): Promise<void> {
    let last: Promise<unknown>
    do {
      last = this.#underWay
      await last
    } while (last !== this.#underWay)
  }

  #tell(one: FakeMicrosoftSubscription, mailbox: Mailbox, event: StoredEvent, change: Change): void {
    const { notifications = 'delivered' } = this.#options
    const kinds: Change[] =
      change === 'created' && notifications === 'noisy' ? ['created', 'updated', 'updated'] : [change]
    const wanted = kinds.filter((kind) => one.changeType.split(',').some((name) => name.trim() === kind))
    if (this.#paused.has(one.id)) return
    const id = this.#ids.of(event, undefined, one.isImmutable)
    const path = `Users/${mailbox.userId}/Events/${id}`
    const etag = `W/"${changeKeyOf(mailbox.email, event.stamp)}"`
    const resourceData = { '@odata.type': '#Microsoft.Graph.Event', '@odata.id': path, '@odata.etag': etag, id }
    for (const changeType of wanted)
      for (let copy = 0; copy < (notifications === 'lost' ? 0 : notifications === 'doubled' ? 2 : 1); copy++)
        this.#send(one.notificationUrl, [{ ...frameOf(one), changeType, resource: path, resourceData }])
  }

  #send(url: string, value: readonly object[]): void {
    const { deliver = fetch } = this.#options
    this.#underWay = Promise.all([this.#underWay, delivered(deliver, url, { value })])
  }

  #assertAddress(url: string): void {
    const protocol = URL.canParse(url) ? new URL(url).protocol : ''
    if (protocol !== 'https:' && !(this.#options.plainPushAddresses && protocol === 'http:'))
      throw wrong('The notification URL has to be HTTPS.')
  }

  #expiration(text: string | undefined): number {
    const wanted = Date.parse(text ?? '')
    const now = this.#now()
    const longest = this.#options.longestSubscriptionMinutes ?? 10_080
    if (!Number.isFinite(wanted) || wanted <= now) throw wrong('expirationDateTime has to be in the future.')
    if (wanted > now + longest * 60_000)
      throw wrong(`Subscription expiration can only be ${longest} minutes in the future.`)
    return Math.max(wanted, now + 45 * 60_000)
  }
}

/** A subscription as answers carry it. */
export function subscriptionView(one: FakeMicrosoftSubscription, userId: string): object {
  const { id, resource, changeType, clientState, notificationUrl, lifecycleNotificationUrl, expiration } = one
  return {
    ...{ id, resource, applicationId: uuidOf('application'), changeType, clientState: clientState ?? null },
    ...{ notificationUrl, lifecycleNotificationUrl: lifecycleNotificationUrl ?? null },
    ...{ notificationQueryOptions: null, notificationUrlAppId: null, latestSupportedTlsVersion: 'v1_2' },
    ...{ expirationDateTime: new Date(expiration).toISOString(), creatorId: userId, includeResourceData: null },
    ...{ encryptionCertificate: null, encryptionCertificateId: null },
  }
}

function frameOf({ id, expiration, clientState, email }: FakeMicrosoftSubscription): object {
  return {
    subscriptionId: id,
    subscriptionExpirationDateTime: new Date(expiration).toISOString(),
    ...(clientState !== undefined && { clientState }),
    tenantId: uuidOf('tenant', email),
  }
}

/** The calendar of a resource; undefined for the whole mailbox. */
function calendarIn(resource: string, mailbox: Mailbox): string | undefined {
  const [, user, , calendarId] =
    /^\/?(?:me|users\/([^/]+))\/(calendars\/([^/]+)\/)?events$/i.exec(resource.replace(/\('([^']+)'\)/g, '/$1')) ?? []
  const isKnown = /^\/?(?:me|users\/[^/]+)\/(?:calendars\/[^/]+\/)?events$/i.test(
    resource.replace(/\('([^']+)'\)/g, '/$1'),
  )
  if (!isKnown) throw wrong(`The resource '${resource}' is not supported.`)
  if (user !== undefined && user !== mailbox.userId && user !== mailbox.email) throw new Refusal('ErrorAccessDenied')
  if (calendarId !== undefined && !mailbox.calendars.has(calendarId)) throw new Refusal('ErrorItemNotFound')
  return calendarId
}

function uuidOf(...parts: readonly string[]): string {
  const hex = [...digest(...parts), ...digest('more', ...parts)]
    .map((one) => (one.charCodeAt(0) % 16).toString(16))
    .join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

function wrong(message: string): Refusal {
  return new Refusal('ValidationError', { message })
}
