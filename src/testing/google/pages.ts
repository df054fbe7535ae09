import { digest } from '../../model/hash.js'
import { invalid } from './refusals.js'

/** A listing that was begun: what is on it, and what its last page gives. */
export interface Listing {
  readonly ids: readonly string[]
  /** What was asked for, so that no page of one question is taken for one of another. */
  readonly question: string
  readonly nextSyncToken: string | undefined
}

/** One page of a listing. */
export interface Page {
  readonly ids: readonly string[]
  readonly nextPageToken?: string
  readonly nextSyncToken?: string
}

/** Listings that go over several pages. Items are looked up anew for each page, so a page shows what is there by then. */
export class Pages {
  readonly #listings = new Map<string, Listing & { readonly from: number }>()
  #count = 0

  /** The first page of a listing. */
  begin(listing: Listing, size: number): Page {
    return this.#page({ ...listing, from: 0 }, size)
  }

  /** The page that a token stands for. */
  next(token: string, question: string, size: number): Page {
    const listing = this.#listings.get(token)
    if (!listing || listing.question !== question) throw invalid('Invalid page token value.', 'pageToken')
    return this.#page(listing, size)
  }

  #page(listing: Listing & { readonly from: number }, size: number): Page {
    const { ids, from, nextSyncToken } = listing
    const end = from + size
    const page = { ids: ids.slice(from, end) }
    if (end >= ids.length) return { ...page, ...(nextSyncToken !== undefined && { nextSyncToken }) }
    const nextPageToken = digest('page', String(++this.#count))
    this.#listings.set(nextPageToken, { ...listing, from: end })
    // Programs read forward; a thousand listings at a time are more than any test begins.
    const [oldest] = this.#listings.keys()
    if (this.#listings.size > 1_000 && oldest !== undefined) this.#listings.delete(oldest)
    return { ...page, nextPageToken }
  }
}
