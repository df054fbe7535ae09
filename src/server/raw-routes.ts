import type { AuditFormat, UserHandle } from '../index.js'
import type { Door } from './door.js'
import type { Live } from './live/live.js'
import { Refusal } from './problem.js'
import { completeSignIn } from './sign-in-return.js'
import type { SignedIn } from './signed-in.js'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a raw route is called with. */
interface RawCall {
  readonly request: Request
  readonly params: Readonly<Record<string, string>>
  readonly door: Door
  readonly live: Live
}

/** A route that answers with something else than JSON, or to somebody else than a person. */
export type RawRoute = {
  readonly summary: string
  /** What it answers with when all is well. */
  readonly contentType: string
  /** Parameters of the query, and what they are for. */
  readonly query?: Readonly<Record<string, string>>
} & (
  | {
      readonly access: 'user'
      handle(call: RawCall & { readonly who: SignedIn; readonly user: UserHandle }): Promise<Response>
    }
  | { readonly access: 'public'; handle(call: RawCall): Promise<Response> }
  /** A browser that comes back: who is nobody is sent on as well. */
  | { readonly access: 'returning'; handle(call: RawCall & { readonly who: SignedIn | null }): Promise<Response> }
)

export const rawRoutes: Readonly<Record<string, RawRoute>> = {
  'GET /sign-ins/callback/{client}': {
    summary: 'The browser comes back from a calendar service, and is sent on to a page of the application',
    access: 'returning',
    contentType: 'text/plain',
    handle: async ({ request, params, door, who }) =>
      completeSignIn(request, who ?? { userId: '' }, params['client'] ?? '', door),
  },
  'POST /push/{provider}': {
    summary: 'Notices of calendar services; each has to prove itself',
    access: 'public',
    contentType: 'text/plain',
    handle: async ({ request, params, door }) => {
      const provider = params['provider'] ?? ''
      if (!door.engine.features.providers.includes(provider)) throw new Refusal('no_such_route')
      return door.engine.receive(provider, request)
    },
  },
  'GET /feeds/{feedId}/{token}': {
    summary: 'A published feed, for who knows its address',
    access: 'public',
    contentType: 'text/calendar',
    handle: async ({ request, door }) => {
      if (!door.feeds) throw new Refusal('no_such_route')
      return door.feeds.handle(request)
    },
  },
  'GET /live': {
    summary: 'What happens, as it happens (server-sent events)',
    access: 'user',
    contentType: 'text/event-stream',
    query: { since: 'The id of the last message that was seen; the header Last-Event-ID counts more' },
    handle: async ({ request, who, user, live }) => live.open(request, who.userId, user),
  },
  'GET /audit/export': {
    summary: 'The audit as a file',
    access: 'user',
    contentType: 'application/x-ndjson',
    query: {
      format: '`jsonl` or `csv`',
      chain: "A group's id, or `~user` for the settings; all chains where it is absent",
    },
    handle: async ({ request, user }) => {
      const { searchParams } = new URL(request.url)
      // The engine checks it.
      const format = (searchParams.get('format') ?? 'jsonl') as AuditFormat
      const chain = searchParams.get('chain')
      const lines = user.audit.export(chain === null ? { format } : { format, chain })
      return fileOf(lines, `audit.${format}`, format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
    },
  },
  'GET /export': {
    summary: 'Everything that is kept of this user, as a file with a JSON text per line',
    access: 'user',
    contentType: 'application/x-ndjson',
    handle: async ({ user }) => fileOf(user.export(), 'calweave.jsonl', 'application/x-ndjson'),
  },
}

/** A file that is made while it is sent. */
async function fileOf(lines: AsyncGenerator<string>, name: string, contentType: string): Promise<Response> {
  const encoder = new TextEncoder()
  // What cannot be begun is told as a problem; later nothing is left but to break off.
  const first = await lines.next()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (!first.done) controller.enqueue(encoder.encode(first.value))
    },
    async pull(controller) {
      const { done, value } = await lines.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await lines.return(undefined)
    },
  })
  return new Response(body, {
    headers: { 'content-type': contentType, 'content-disposition': `attachment; filename="${name}"` },
  })
}
