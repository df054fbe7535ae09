import type { MemoryService } from '../../src/providers/memory/index.js'
import type { RemoteEvent } from '../../src/providers/provider.js'
import { accountOf, nameOf, type People, tokensOf } from './people.js'

/** What is wrong, by promise; empty when all is well. */
export interface Verdict {
  readonly apart: readonly string[]
  readonly doubled: readonly string[]
  readonly lost: readonly string[]
  readonly returned: readonly string[]
}

/** What people did, as far as it is judged. */
export type Deeds = Pick<People, 'typed' | 'dismissed' | 'removed' | 'made'>

/**
 * Compares all calendars of all users. `logged`: the words that stand in the conflict log.
 * `apart`: calendars of one user that do not show the same; `doubled`: an event that stands twice in one; `lost`: an event
 * or a word that is gone although nobody who saw it took it away; `returned`: an event that somebody removed and that is there,
 * although everything that was ever typed into it had been seen by whoever removed it.
 */
export function judge(service: MemoryService, users: number, people: Deeds, logged: ReadonlySet<string>): Verdict {
  const apart: string[] = []
  const doubled: string[] = []
  const visible = new Set<string>()
  const present = new Set<string>()
  for (let user = 0; user < users; user++) {
    const shown = service.calendarsOf(accountOf(user)).map((calendar) => calendar.all())
    for (const [index, events] of shown.entries()) {
      const names = events.map(nameOf)
      for (const name of new Set(names)) present.add(name)
      for (const event of events) for (const token of tokensOf(event)) visible.add(token)
      const twice = names.filter((name, at) => names.indexOf(name) !== at)
      doubled.push(...twice.map((name) => `${name} in calendar ${index} of user ${user}`))
    }
    if (new Set(shown.map(pictureOf)).size > 1) apart.push(`user ${user}`)
  }
  const lost = lostOf(people, visible, present, logged)
  return { apart, doubled, lost, returned: returnedOf(people, present) }
}

function pictureOf(events: readonly RemoteEvent[]): string {
  const lines = events.map(({ content: { title, location, description, time } }) =>
    JSON.stringify([title, location, description, time]),
  )
  return lines.sort().join('\n')
}

function lostOf(
  people: Deeds,
  visible: ReadonlySet<string>,
  present: ReadonlySet<string>,
  logged: ReadonlySet<string>,
): readonly string[] {
  const successors = successorsOf(people)
  const isKept = (token: string): boolean =>
    visible.has(token) ||
    people.dismissed.has(token) ||
    logged.has(token) ||
    (successors.get(token) ?? []).some((next) => isKept(next))
  const words = people.typed.filter(({ token }) => !isKept(token)).map(({ token, event }) => `${token} of ${event}`)
  const events = [...people.made.keys()].filter((name) => !people.removed.has(name) && !present.has(name))
  return [...words, ...events]
}

/** An edit outlives a removal. Somebody who types over a word has seen it, and whoever removes that has seen both. */
function returnedOf(people: Deeds, present: ReadonlySet<string>): readonly string[] {
  const successors = successorsOf(people)
  const isSeen = (token: string): boolean =>
    people.dismissed.has(token) || (successors.get(token) ?? []).some((next) => isSeen(next))
  const outliving = new Set(people.typed.filter(({ token }) => !isSeen(token)).map(({ event }) => event))
  return [...people.removed].filter((name) => present.has(name) && !outliving.has(name))
}

/** What was typed over each word. */
function successorsOf(people: Deeds): ReadonlyMap<string, readonly string[]> {
  const successors = new Map<string, string[]>()
  for (const { token, over } of people.typed) successors.set(over, [...(successors.get(over) ?? []), token])
  return successors
}
