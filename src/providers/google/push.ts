import { isSyncError, SyncError } from '../../errors.js'
import type { RemoteCalendarId } from '../../model/ids.js'
import type { CallOptions } from '../provider.js'
import type { Notice, PushMessage, PushRequest, RemoteWatch, WatchedCalendar, WatchRequest } from '../watching.js'
import type { GoogleClient } from './client.js'

/**
 * Opens a channel for a calendar's changes. A channel cannot be made longer: another one is opened before it ends, and
 * both may be open for a while. Its first message may come before this answers.
 *
 * @see https://developers.google.com/workspace/calendar/api/guides/push
 */
export async function watch(
  client: GoogleClient,
  calendar: RemoteCalendarId,
  { id, token, address, expiresAt }: WatchRequest,
  options?: CallOptions,
): Promise<RemoteWatch> {
  if (!URL.canParse(address) || new URL(address).protocol !== 'https:')
    throw new SyncError(
      'invalid_input',
      'The address of a watch must begin with https://, or Google sends nothing there.',
    )
  const body = { id, type: 'web_hook', address, token, expiration: String(expiresAt) }
  const answer = await client.watchEvents(calendar, body, options?.signal)
  // What Google does not say it keeps, and it may only end it earlier.
  const told = answer.expiration ?? expiresAt
  return { id: answer.id, resource: answer.resourceId, expiresAt: Math.min(told, expiresAt) }
}

/** Ends a channel. Only the account and the app that opened it can. */
export async function unwatch(
  client: GoogleClient,
  { watch: { id, resource } }: WatchedCalendar,
  options?: CallOptions,
): Promise<void> {
  if (resource === undefined)
    throw new SyncError('invalid_input', 'This watch does not say what Google calls its calendar. It ends by itself.')
  try {
    await client.stopChannel({ id, resourceId: resource }, options?.signal)
  } catch (error) {
    if (!isSyncError(error, 'not_found')) throw error
  }
}

/** Reads a message of a channel: all of it is in the headers, and what changed is not told. */
export function readPush({ method, headers }: PushRequest): PushMessage {
  const watchId = headers.get('x-goog-channel-id')
  const kind = kinds.get(headers.get('x-goog-resource-state') ?? '')
  if (method !== 'POST' || !watchId || !kind)
    return { type: 'refused', code: 'invalid_input', why: 'This is no message of a Google channel.' }
  const resource = headers.get('x-goog-resource-id')
  const token = headers.get('x-goog-channel-token') ?? ''
  return { type: 'notices', notices: [{ watchId, token, kind, ...(resource ? { resource } : {}) }] }
}

const kinds: ReadonlyMap<string, Notice['kind']> = new Map([
  ['sync', 'begun'],
  ['exists', 'changed'],
  ['not_exists', 'changed'],
])
