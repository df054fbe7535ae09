import type { Calendar } from '../../../model/connection.js'
import type { ChangePage } from '../../../providers/provider.js'
import type { Place } from '../kinds.js'
import type { Violation } from './violation.js'

/** Whether a cursor is only kept once everything that it covers is kept. */
export class Cursors {
  readonly #places: readonly Place[]
  readonly #complain: (violation: Violation) => void
  /** What was told before a cursor was handed out, by worker, calendar and cursor. */
  readonly #told: Map<string, readonly string[]> = new Map()
  readonly #kept: Map<string, string> = new Map()

  constructor(places: readonly Place[], complain: (violation: Violation) => void) {
    this.#places = places
    this.#complain = complain
  }

  /** Notes what the pages of a listing tell, and the cursor at their end. */
  async *noted(
    worker: number | undefined,
    calendarId: string,
    pages: AsyncIterable<ChangePage>,
  ): AsyncGenerator<ChangePage> {
    const ids = new Set<string>()
    for await (const page of pages) {
      for (const change of page.changes)
        if (change.type === 'upsert') ids.add(change.event.id)
        // The later word counts; that one is asked for before it is believed.
        else if (change.type === 'removed') ids.delete(change.id)
      if (page.cursor !== undefined) this.#told.set(`${worker}/${calendarId}/${page.cursor}`, [...ids])
      yield page
    }
  }

  /** The storage was put back: what was told before is to be told anew, under the same cursors. */
  forget(): void {
    this.#told.clear()
    this.#kept.clear()
  }

  /** A calendar was kept: what was told before its cursor has to be in the mirror, unless it is gone by now. */
  async check(
    { id, remoteId, pull: { cursor } }: Calendar,
    worker: number | undefined,
    read: (ids: readonly string[]) => Promise<readonly { readonly id: string }[]>,
  ): Promise<void> {
    if (cursor === undefined || this.#kept.get(remoteId) === cursor) return
    this.#kept.set(remoteId, cursor)
    const told = this.#told.get(`${worker}/${remoteId}/${cursor}`) ?? []
    const place = this.#places.find(({ calendar }) => calendar.id === remoteId)
    const kept = new Set((await read(told.map((one) => `${id}/${one}`))).map((row) => row.id))
    for (const one of told)
      if (!kept.has(`${id}/${one}`) && place?.calendar.get(one))
        this.#complain({
          invariant: 'I12 cursor',
          what: `the cursor of ${remoteId} is past ${one}, which was not kept`,
        })
  }
}
