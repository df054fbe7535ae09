import type { CalweaveClient } from './client.js'
import type { AnswerOf, CallInput, PagedRouteName } from './routes.js'

/**
 * Reads a list to its end, page by page.
 *
 * @example
 * ```ts no-run
 * import { calweaveClient, readAll } from 'calweave/client'
 *
 * const client = calweaveClient()
 * for await (const run of readAll(client, 'GET /groups/{groupId}/runs', { params: { groupId: 'family' } }))
 *   console.log(run.startedAt, run.counts.created)
 * ```
 */
export async function* readAll<R extends PagedRouteName>(
  client: CalweaveClient,
  route: R,
  input: CallInput<R>,
): AsyncGenerator<AnswerOf<R>['items'][number], void, undefined> {
  let after: string | undefined
  do {
    const query = { ...(input as { query?: object }).query, ...(after === undefined ? {} : { after }) }
    const page = await client.call(route, ...([{ ...(input as object), query }] as never))
    yield* (page as AnswerOf<R>).items
    after = (page as AnswerOf<R>).next
  } while (after !== undefined)
}
