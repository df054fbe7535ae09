import { invalidResponse } from './failure.js'
import { type EventsPage, type GoogleItem, readItem } from './wire.js'

/** A service that never comes to an end is not believed. */
const mostPages = 10_000

/** One page, and what is in it. */
export interface ItemsPage {
  readonly page: EventsPage
  readonly items: readonly GoogleItem[]
}

/**
 * Follows a listing over its pages. A page may be empty and not the last; only the token of the next page tells.
 * @throws SyncError `invalid_response` for a listing that goes round in circles.
 */
export async function* eventsIn(
  ask: (more: { readonly pageToken?: string }) => Promise<EventsPage>,
  first?: EventsPage,
): AsyncGenerator<ItemsPage> {
  const tokens = new Set<string>()
  let page = first ?? (await ask({}))
  for (;;) {
    yield { page, items: page.items.map(readItem) }
    const { nextPageToken } = page
    if (nextPageToken === undefined) return
    if (tokens.has(nextPageToken) || tokens.size >= mostPages) throw invalidResponse('ENDLESS_LISTING')
    tokens.add(nextPageToken)
    page = await ask({ pageToken: nextPageToken })
  }
}
