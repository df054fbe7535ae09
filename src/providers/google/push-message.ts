import { sha256Hex } from '../../model/hash.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { PushRegistration } from './push.js'

/** What a message of a channel is about. It says that something changed and not what: it is a reason to look. */
export interface PushMessage {
  readonly calendar: RemoteCalendarId
  readonly channelId: string
  /** `opened`: the first message of a channel, which tells of no change. */
  readonly kind: 'opened' | 'changed'
}

/**
 * Reads the headers of a message, and tells whether it is one: of a channel that is registered here and has not ended,
 * about the resource that it was opened for, with the secret that only Google was told. Undefined for all others.
 *
 * The very first message may come before {@link GooglePush.register} has given the registration to keep. It tells nothing,
 * and can be answered like any other: with 204, whatever this function says, or Google takes the receiver for broken.
 *
 * @param headers - of the request that came in, whose body is empty
 * @param now - milliseconds since 1970
 */
export function readPushMessage(
  headers: Headers,
  registrations: Iterable<PushRegistration>,
  now: number = Date.now(),
): PushMessage | undefined {
  const channelId = headers.get('x-goog-channel-id')
  const registration = [...registrations].find((one) => one.channelId === channelId)
  const state = headers.get('x-goog-resource-state')
  const token = headers.get('x-goog-channel-token') ?? ''
  if (!registration || token.length > longestToken || !sameDigest(sha256Hex(token), registration.tokenHash))
    return undefined
  if (headers.get('x-goog-resource-id') !== registration.resourceId || registration.expiresAt <= now) return undefined
  const kind = state === 'sync' ? 'opened' : state === 'exists' || state === 'not_exists' ? 'changed' : undefined
  return kind && { calendar: registration.calendar, channelId: registration.channelId, kind }
}

export const longestToken = 256

/** Takes as long whatever the difference is. Both are digests, so their length tells nothing. */
function sameDigest(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let index = 0; index < a.length; index++)
    difference |= a.charCodeAt(index) ^ b.charCodeAt(index % (b.length || 1))
  return difference === 0
}
