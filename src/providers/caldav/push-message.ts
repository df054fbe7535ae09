import { isSyncError, SyncError } from '../../errors.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import { child, ns, parseDocument } from './xml.js'

/** The namespace of WebDAV-Push, whose home is still a draft. */
export const pushNamespace = 'https://bitfire.at/webdav-push'

/** What a push message says. Nobody has proven that it is true: it is a reason to look, never a fact. */
export interface PushMessage {
  /** The calendar's topic; null in a message about the server as a whole. */
  readonly topic: string | null
  /** Events changed. */
  readonly contentUpdate: boolean
  /** The sync token after the change, where the server tells it. */
  readonly syncToken: string | null
  /** The calendar's own properties changed: its name, its color, who may write. */
  readonly propertyUpdate: boolean
  /** The server has another key: ask for the offer anew, make a new subscription, and register it. */
  readonly newKey: boolean
}

/** A message has to fit into one record of Web Push, 4 kB. */
const maxLength = 16_384

/**
 * Reads the body of a push message, as it is after decryption.
 * @throws SyncError `invalid_input` for a text that is no push message; `limit_exceeded` for one that is too large.
 */
export function readPushMessage(body: string): PushMessage {
  if (body.length > maxLength)
    throw new SyncError('limit_exceeded', `A push message has at most ${maxLength} characters. It was not read.`, {
      reason: 'LIMIT_BYTES',
    })
  const root = documentOf(body)
  if (root?.uri !== pushNamespace || root.local !== 'push-message')
    throw new SyncError('invalid_input', 'This is no message of WebDAV-Push. Was it decrypted?', {
      reason: 'NOT_PUSH_MESSAGE',
    })
  const content = child(root, pushNamespace, 'content-update')
  const properties = child(root, pushNamespace, 'property-update')
  return {
    topic: child(root, pushNamespace, 'topic')?.text.trim() || null,
    contentUpdate: content !== undefined,
    syncToken: child(content, ns.dav, 'sync-token')?.text.trim() || null,
    propertyUpdate: properties !== undefined,
    newKey: child(child(properties, ns.dav, 'prop'), pushNamespace, 'transports') !== undefined,
  }
}

/**
 * The calendars that a message is about, among those that were registered with the endpoint that it came to. A message
 * that changes no events asks for no sync.
 */
export function calendarsToSync(
  message: PushMessage,
  registrations: Iterable<{ readonly calendar: RemoteCalendarId; readonly topic: string }>,
): readonly RemoteCalendarId[] {
  if (!message.contentUpdate) return []
  const found = [...registrations].filter(({ topic }) => topic === message.topic)
  return [...new Set(found.map(({ calendar }) => calendar))]
}

function documentOf(body: string): ReturnType<typeof parseDocument> | undefined {
  try {
    return parseDocument(body)
  } catch (error) {
    if (isSyncError(error)) return undefined
    throw error
  }
}
