import type { MemoryCalendar, MemoryService } from '../../src/providers/memory/index.js'
import type { RemoteEvent } from '../../src/providers/provider.js'
import type { Random } from '../../src/testing/sim/random.js'

/** A value that somebody typed over another one, which stood there and was seen. */
interface Typed {
  readonly user: number
  readonly event: string
  readonly token: string
  readonly over: string
}

/** What people did, kept outside of the engine. */
export class People {
  readonly typed: Typed[] = []
  /** Values that somebody saw when throwing the event away. */
  readonly dismissed: Set<string> = new Set()
  /** Events that somebody removed somewhere. */
  readonly removed: Set<string> = new Set()
  /** Every event that was ever made, and whose it is. */
  readonly made: Map<string, number> = new Map()
  readonly #service: MemoryService
  readonly #random: Random
  #tokens = 0

  constructor(service: MemoryService, random: Random) {
    this.#service = service
    this.#random = random
  }

  /** Somebody adds an event to one of their calendars. */
  add(user: number): void {
    const event = `e${this.made.size + 1}`
    const token = this.#token()
    const minute = this.made.size
    const at = (add: number) => new Date(Date.UTC(2026, 0, 5) + (minute + add) * 60_000).toISOString().slice(0, 19)
    const time = (local: string) => ({ kind: 'timed', local, zone: 'Europe/Berlin' }) as const
    this.#calendar(user).add({ title: `${event} ${token}`, time: { start: time(at(0)), end: time(at(30)) } })
    this.made.set(event, user)
    this.typed.push({ user, event, token, over: '' })
  }

  /** Somebody does something in one of their calendars. */
  act(user: number): void {
    const calendar = this.#calendar(user)
    const events = calendar.all()
    if (events.length === 0 || this.#random.chance(0.15)) this.add(user)
    else if (this.#random.chance(0.1)) this.#remove(calendar, this.#random.pick(events))
    else this.#type(calendar, this.#random.pick(events), user)
  }

  #type(calendar: MemoryCalendar, event: RemoteEvent, user: number): void {
    const field = this.#random.pick(['title', 'location', 'description'] as const)
    const token = this.#token()
    const name = nameOf(event)
    const over = tokenOf(event.content[field])
    calendar.edit(event.id, { [field]: field === 'title' ? `${name} ${token}` : token })
    this.typed.push({ user, event: name, token, over })
  }

  #remove(calendar: MemoryCalendar, event: RemoteEvent): void {
    for (const token of tokensOf(event)) this.dismissed.add(token)
    this.removed.add(nameOf(event))
    calendar.remove(event.id)
  }

  #calendar(user: number): MemoryCalendar {
    return this.#random.pick(this.#service.calendarsOf(accountOf(user)))
  }

  #token(): string {
    return `t${++this.#tokens}`
  }
}

export function accountOf(user: number): string {
  return `account-${user}`
}

export function nameOf({ content: { title } }: RemoteEvent): string {
  return title.split(' ')[0] ?? ''
}

/** The words that people typed which stand in an event. */
export function tokensOf({ content: { title, location, description } }: RemoteEvent): readonly string[] {
  return [title, location, description].map(tokenOf).filter((token) => token !== '')
}

function tokenOf(text: string): string {
  return /\bt\d+\b/.exec(text)?.[0] ?? ''
}
