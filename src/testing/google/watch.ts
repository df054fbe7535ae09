import { digest } from '../../model/hash.js'
import type { Account } from './account.js'
import type { CalendarStore } from './calendar-store.js'
import type { FakeGoogleOptions } from './options.js'
import { invalid, Refusal, required } from './refusals.js'

/** A channel: an address that is told when a list changes. */
export interface FakeGoogleChannel {
  readonly id: string
  readonly resourceId: string
  readonly resourceUri: string
  readonly address: string
  readonly token: string | undefined
  /** Milliseconds since 1970. */
  readonly expiration: number
  /** The account that made it. */
  readonly email: string
  /** The calendar that is watched; undefined for the list of calendars. */
  readonly calendarId: string | undefined
}

/** Channels and the messages on their way. */
export class Watches {
  readonly #options: FakeGoogleOptions
  readonly #now: () => number
  readonly #channels = new Map<string, FakeGoogleChannel & { messages: number }>()
  #underWay: Promise<unknown> = Promise.resolve()

  constructor(options: FakeGoogleOptions, now: () => number) {
    this.#options = options
    this.#now = now
  }

  /** Channels that are open now. */
  open(): readonly FakeGoogleChannel[] {
    return [...this.#channels.values()].filter(({ expiration }) => expiration > this.#now())
  }

  /** Opens a channel to a calendar, or to the list of calendars where none is given. */
  watch(account: Account, calendar: CalendarStore | undefined, body: object): object {
    const { id, token, address, expiration } = this.#asked(body)
    const resource = calendar ? `calendars/${encodeURIComponent(calendar.id)}/events` : 'users/me/calendarList'
    const resourceId = digest('resource', account.email, resource).slice(0, 27)
    const resourceUri = `https://www.googleapis.com/calendar/v3/${resource}?alt=json`
    const place = { email: account.email, calendarId: calendar?.id }
    const channel = { id, resourceId, resourceUri, address, token, expiration, ...place, messages: 0 }
    this.#channels.set(id, channel)
    this.#send(channel, 'sync')
    // The number comes as text, as everywhere in this API where it has 64 bits.
    const shown = { kind: 'api#channel', id, resourceId, resourceUri, expiration: String(expiration) }
    return token === undefined ? shown : { ...shown, token }
  }

  /** Closes a channel. Only who opened it can, and must know both of its names. */
  stop(account: Account, body: object): void {
    const { id = '', resourceId } = body as { readonly id?: string; readonly resourceId?: string }
    const channel = this.#channels.get(id)
    if (!channel || channel.resourceId !== resourceId || channel.email !== account.email) throw new Refusal('notFound')
    this.#channels.delete(id)
  }

  /** Tells those who watch a calendar that something changed. What it was is not said. */
  changed(calendar: CalendarStore): void {
    for (const channel of this.#channels.values()) if (channel.calendarId === calendar.id) this.#send(channel, 'exists')
  }

  /** Tells those who watch the list of an account's calendars. */
  listChanged(account: Account): void {
    for (const channel of this.#channels.values())
      if (channel.calendarId === undefined && channel.email === account.email) this.#send(channel, 'exists')
  }

  /** Waits until every message has arrived or is lost. */
  async settled(): Promise<void> {
    let last: Promise<unknown>
    do {
      last = this.#underWay
      await last
    } while (last !== this.#underWay)
  }

  #asked(body: object): Pick<FakeGoogleChannel, 'id' | 'token' | 'address' | 'expiration'> {
    const { id, type, address, token, expiration, params } = body as {
      readonly [name in 'id' | 'type' | 'address' | 'token']?: string
    } & { readonly expiration?: string | number; readonly params?: { readonly ttl?: string } }
    if (id === undefined || id === '') throw required('The channel needs an id.')
    if (!/^[A-Za-z0-9\-_+/=]{1,64}$/.test(id)) throw invalid('Invalid channel id.')
    if (this.#channels.has(id)) throw new Refusal('channelIdNotUnique', { message: `Channel id ${id} not unique` })
    if (type !== 'web_hook' && type !== 'webhook') throw invalid('Invalid channel type.')
    const plain = this.#options.plainPushAddresses ? 'http:' : 'https:'
    const protocol = address !== undefined && URL.canParse(address) ? new URL(address).protocol : ''
    if (address === undefined || (protocol !== 'https:' && protocol !== plain))
      throw new Refusal('push.webhookUrlNotHttps')
    if ((token?.length ?? 0) > 256) throw invalid('The token of a channel has at most 256 characters.')
    const wanted = expiration === undefined ? this.#now() + Number(params?.ttl ?? 604_800) * 1_000 : Number(expiration)
    if (!Number.isSafeInteger(wanted) || wanted <= this.#now()) throw invalid('Invalid expiration.')
    return { id, token, address, expiration: wanted }
  }

  #send(channel: FakeGoogleChannel & { messages: number }, state: 'sync' | 'exists'): void {
    if (channel.expiration <= this.#now()) return
    // Numbers grow, and are not promised to be without gaps.
    channel.messages += state === 'sync' ? 1 : 2
    const headers = {
      'x-goog-channel-id': channel.id,
      'x-goog-message-number': String(channel.messages),
      'x-goog-resource-id': channel.resourceId,
      'x-goog-resource-state': state,
      'x-goog-resource-uri': channel.resourceUri,
      'x-goog-channel-expiration': new Date(channel.expiration).toUTCString(),
      'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
      ...(channel.token !== undefined && { 'x-goog-channel-token': channel.token }),
    }
    const { pushes = 'delivered', deliver = fetch } = this.#options
    for (let copy = 0; copy < { delivered: 1, lost: 0, doubled: 2 }[pushes]; copy++)
      this.#underWay = Promise.all([this.#underWay, delivered(deliver, channel.address, headers)])
  }
}

/** These are tried again; anything else is a failure for good. */
const passing = [500, 502, 503, 504]

/** Google waits between tries; the fake does not. */
async function delivered(deliver: typeof fetch, address: string, headers: Record<string, string>): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    const status = await deliver(address, { method: 'POST', headers }).then(
      (response) => response.status,
      () => 503,
    )
    if (!passing.includes(status)) return
  }
}
