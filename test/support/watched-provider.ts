import type { SyncError } from '../../src/errors.js'
import type { RemoteCalendarId } from '../../src/model/ids.js'
import type { CalendarProvider } from '../../src/providers/provider.js'
import type { PushMessage, PushRequest, WatchRequest } from '../../src/providers/watching.js'

/** A watch as the service of {@link watchedProvider} has it. */
export interface ServiceWatch extends WatchRequest {
  readonly calendar: RemoteCalendarId
}

/** A provider whose service tells of changes, in the plainest way: JSON with the watch, its token and what happened. */
export interface WatchedProvider extends CalendarProvider {
  readonly watches: Map<string, ServiceWatch>
  /** What the service answers to the next requests for a watch. */
  refusal: SyncError | undefined
  /** How long the service lets a watch live. */
  lifeMs: number
  /** The request that the service sends of a watch. */
  notice(watch: ServiceWatch, kind?: string, change?: object): Request
}

export function watchedProvider(inner: CalendarProvider, now: () => number): WatchedProvider {
  const provider: WatchedProvider = {
    id: inner.id,
    watches: new Map(),
    refusal: undefined,
    lifeMs: 7 * 86_400_000,
    open: (access) => ({
      ...inner.open(access),
      async watch(calendar, request) {
        if (provider.refusal) throw provider.refusal
        const expiresAt = Math.min(request.expiresAt, now() + provider.lifeMs)
        provider.watches.set(request.id, { ...request, expiresAt, calendar })
        return { id: request.id, resource: `resource of ${calendar}`, expiresAt }
      },
      async unwatch({ watch }) {
        provider.watches.delete(watch.id)
      },
    }),
    readPush: ({ body }: PushRequest): PushMessage => {
      if (body.startsWith('anybody there?')) return { type: 'handshake', text: body.slice(15) }
      try {
        return { type: 'notices', notices: [JSON.parse(body)] }
      } catch {
        return { type: 'refused', code: 'invalid_input', why: 'not JSON' }
      }
    },
    notice: ({ id, token, calendar, address }, kind = 'changed', change = {}) =>
      new Request(address, {
        method: 'POST',
        body: JSON.stringify({ watchId: id, token, resource: `resource of ${calendar}`, kind, ...change }),
      }),
  }
  return provider
}
