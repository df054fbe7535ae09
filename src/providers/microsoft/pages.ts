import * as z from 'zod'
import { throwIfAborted } from '../../errors.js'
import type { AskOptions, GraphClient } from './client.js'
import { invalidResponse, type Resource } from './failure.js'

/** A service that never comes to an end is not believed. */
const mostPages = 10_000

/**
 * Follows a listing over its pages. A page may be empty and not the last; only the link of the next page tells.
 * @returns the link from which the next round of changes starts, where this listing gives one
 * @throws SyncError `invalid_response` for a listing that goes round in circles.
 */
export async function* pagesOf(
  client: GraphClient,
  first: Resource,
  options: AskOptions,
): AsyncGenerator<readonly Resource[], string | undefined> {
  const links = new Set<string>()
  let page = readPage(first)
  for (;;) {
    throwIfAborted(options.signal)
    yield page.items
    const { next } = page
    if (next === undefined) return page.delta
    if (links.has(next) || links.size >= mostPages) throw invalidResponse('ENDLESS_LISTING')
    links.add(next)
    page = readPage(await client.follow(next, options))
  }
}

interface Page {
  readonly items: readonly Resource[]
  readonly next: string | undefined
  readonly delta: string | undefined
}

function readPage(value: Resource): Page {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw invalidResponse('NOT_A_PAGE')
  const { value: items, '@odata.nextLink': next, '@odata.deltaLink': delta } = parsed.data
  return { items, next: next ?? undefined, delta: delta ?? undefined }
}

const link = z.string().refine((text) => URL.canParse(text))

const schema = z.object({
  value: z.array(z.record(z.string(), z.unknown())),
  '@odata.nextLink': link.nullish(),
  '@odata.deltaLink': link.nullish(),
})
