import type { Attendee, OccurrenceContent } from '../model/content.js'
import { folded } from './folded-text.js'

/** What conditions compare of an event, each part prepared when it is first asked for. */
export class FoldedEvent {
  readonly #content: OccurrenceContent
  readonly #texts = new Map<string, string>()
  #categories: ReadonlySet<string> | undefined
  #attendees: Attendees | undefined

  constructor(content: OccurrenceContent) {
    this.#content = content
  }

  text(field: 'title' | 'description' | 'location'): string {
    const known = this.#texts.get(field)
    if (known !== undefined) return known
    const text = folded(this.#content[field])
    this.#texts.set(field, text)
    return text
  }

  get categories(): ReadonlySet<string> {
    this.#categories ??= new Set(this.#content.categories.map(folded))
    return this.#categories
  }

  get attendees(): Attendees {
    this.#attendees ??= attendeesOf(this.#content.attendees)
    return this.#attendees
  }
}

type Statuses = ReadonlySet<Attendee['status']>

/** The answers of the attendees: all of them, by address and by domain. */
export interface Attendees {
  readonly all: Statuses
  readonly byEmail: ReadonlyMap<string, Statuses>
  readonly byDomain: ReadonlyMap<string, Statuses>
}

/** The event as conditions read it. The questions of one condition, and of all rules, are about one event in a row. */
export function foldedEvent(content: OccurrenceContent): FoldedEvent {
  if (latest?.content !== content) latest = { content, event: new FoldedEvent(content) }
  return latest.event
}

let latest: { readonly content: OccurrenceContent; readonly event: FoldedEvent } | undefined

/** The domain of a mail address; the whole text where it has none. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

function attendeesOf(attendees: readonly Attendee[]): Attendees {
  const all = new Set<Attendee['status']>()
  const byEmail = new Map<string, Set<Attendee['status']>>()
  const byDomain = new Map<string, Set<Attendee['status']>>()
  for (const { email, status } of attendees) {
    const address = folded(email)
    all.add(status)
    byEmail.set(address, (byEmail.get(address) ?? new Set()).add(status))
    byDomain.set(domainOf(address), (byDomain.get(domainOf(address)) ?? new Set()).add(status))
  }
  return { all, byEmail, byDomain }
}
