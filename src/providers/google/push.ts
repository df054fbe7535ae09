import { isSyncError, SyncError } from '../../errors.js'
import { sha256Hex } from '../../model/hash.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { CallOptions } from '../provider.js'
import type { GoogleClient } from './client.js'

/**
 * Push for one account: Google sends an empty request to an address of the host whenever a calendar changes.
 *
 * A message says that something changed and not what; it may be late, lost, or come twice. Sync then, and keep polling,
 * less often. Read messages with {@link readPushMessage}, which tells those of others.
 */
export interface GooglePush {
  /**
   * Opens a channel for a calendar's changes. Channels end and cannot be made longer: register again when
   * {@link PushRegistration.renewAt} has come, and end the old one then; both may be open for a while.
   *
   * @throws SyncError `invalid_input` for an address that Google would not send to; `forbidden`, `calendar_gone` ...
   */
  register(calendar: RemoteCalendarId, target: PushTarget, options?: PushOptions): Promise<PushRegistration>
  /** Ends a channel. One that is not there any more is fine. Only the account and app that opened it can. */
  unregister(registration: Pick<PushRegistration, 'channelId' | 'resourceId'>, options?: CallOptions): Promise<void>
}

/** Where messages go. */
export interface PushTarget {
  /** An https address with a certificate that browsers accept. */
  readonly address: string
}

/** What a registration can be told. */
export interface PushOptions extends CallOptions {
  /** Until when messages are wanted, in milliseconds since 1970. Google may end it earlier. @default in 7 days */
  readonly expiresAt?: number
}

/** What the host keeps of a registration. Plain JSON, without any secret. */
export interface PushRegistration {
  readonly calendar: RemoteCalendarId
  readonly channelId: string
  /** What Google calls the calendar in messages. */
  readonly resourceId: string
  /** SHA-256, in hex, of the secret that stands in every message. */
  readonly tokenHash: string
  /** When the channel ends, in milliseconds since 1970. */
  readonly expiresAt: number
  /** When to register again, in milliseconds since 1970: with a third of the time left. */
  readonly renewAt: number
}

const weekMs = 7 * 86_400_000

export function googlePush(client: GoogleClient, now: () => number): GooglePush {
  return {
    async register(calendar, { address }, options = {}) {
      if (!URL.canParse(address) || new URL(address).protocol !== 'https:')
        throw new SyncError('invalid_input', 'target.address: must begin with https://, or Google sends nothing there.')
      const wanted = options.expiresAt ?? now() + weekMs
      const [channelId, token] = [crypto.randomUUID(), secret()]
      const body = { id: channelId, type: 'web_hook', address, token, expiration: String(wanted) }
      const answer = await client.watchEvents(calendar, body, options.signal)
      const expiresAt = answer.expiration !== undefined && answer.expiration > now() ? answer.expiration : wanted
      return {
        calendar,
        channelId,
        resourceId: answer.resourceId,
        tokenHash: sha256Hex(token),
        expiresAt,
        renewAt: now() + Math.floor(((expiresAt - now()) * 2) / 3),
      }
    },
    async unregister({ channelId, resourceId }, options) {
      try {
        await client.stopChannel({ id: channelId, resourceId }, options?.signal)
      } catch (error) {
        if (!isSyncError(error, 'not_found')) throw error
      }
    },
  }
}

/** 256 bits, as 64 characters of hex: nobody guesses them. */
function secret(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
