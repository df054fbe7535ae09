import { randomUUID } from 'node:crypto'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { UserHandle } from '../../src/engine/user.js'
import type { RequestRecord } from '../../src/http/client.js'
import type { SyncGroup } from '../../src/model/group.js'
import type { CalendarId, RemoteCalendarId } from '../../src/model/ids.js'
import type { Run } from '../../src/model/run.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import type { CalendarProvider, RemoteEvent } from '../../src/providers/provider.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'
import { Mirror } from '../providers/caldav/fixtures.js'

/** One calendar at a CalDAV server, and the way in for the person who owns it. */
export interface Place {
  /** The calendar's whole address, with a slash at its end. */
  readonly url: string
  readonly username: string
  readonly password: string
  /** How many requests it takes to learn that nothing has changed. */
  readonly quietRequests: number
  /** For how long the calendar tells of a change once more. @default 0 */
  readonly repeatsForMs?: number
  /** Takes the whole calendar away from the server. */
  destroy(): Promise<void>
}

/** What a worker is started with in place of the usual. */
export interface WorkerOptions {
  readonly storage?: Storage
  readonly provider?: CalendarProvider
}

/**
 * Two calendars at CalDAV servers woven into one group, and the people who edit them with programs that know nothing of
 * calweave. The clock is moved by hand.
 */
export class DavWorld {
  readonly clock: { now: number } = { now: Date.UTC(2026, 2, 2, 8) }
  /** What the engine sent since this was last emptied. */
  readonly requests: RequestRecord[] = []
  /** What the host hands over as passwords. */
  readonly passwords: [string, string]
  readonly places: readonly [Place, Place]
  storage: Storage = memoryStorage()
  user: UserHandle
  group!: SyncGroup
  calendarIds!: readonly [CalendarId, CalendarId]
  /** Signs the marks of workers that start from now on. */
  secret = 'a secret of this test'
  #workers = 0

  constructor(places: readonly [Place, Place]) {
    this.places = places
    this.passwords = [places[0].password, places[1].password]
    this.user = this.#worker({})
  }

  /** Connects both calendars and weaves them together. */
  async start(): Promise<this> {
    const ids: CalendarId[] = []
    for (const [side, { url }] of this.places.entries()) {
      const { calendars } = await this.user.connections.add({
        provider: 'caldav',
        id: `side_${side}`,
        settings: { url },
      })
      ids.push(...calendars.map(({ id }) => id))
    }
    if (ids.length !== 2) throw new Error(`expected one calendar at each address, found ${ids.length} in all`)
    this.calendarIds = ids as [CalendarId, CalendarId]
    this.group = await this.user.groups.create({
      name: 'pair',
      id: 'group',
      members: ids.map((calendarId) => ({ calendarId })),
    })
    return this
  }

  /** A new worker takes over, as after a crash. With another storage it has forgotten everything. */
  restart(options: WorkerOptions = {}): void {
    this.clock.now += 120_000
    this.user = this.#worker(options)
  }

  /** Both servers run on this machine, without TLS. */
  get hosts(): readonly string[] {
    return this.places.map(({ url }) => new URL(url).host)
  }

  /** The provider that workers use. */
  provider(): CalendarProvider {
    return caldavProvider({
      allowedHosts: this.hosts,
      now: () => this.clock.now,
      onRequest: (request) => void this.requests.push(request),
    })
  }

  sync(): Promise<Run> {
    this.clock.now += 60_000
    this.requests.length = 0
    return this.user.groups.sync('group')
  }

  /** Waits until no calendar tells of what it has told already. */
  async rest(): Promise<void> {
    const ms = Math.max(...this.places.map(({ repeatsForMs = 0 }) => repeatsForMs))
    if (ms === 0) return
    await new Promise((resolve) => setTimeout(resolve, ms))
    await this.sync()
  }

  /** Syncs until nothing is left to do. */
  async settle(): Promise<Run> {
    for (let runs = 0; runs < 8; runs++) {
      const run = await this.sync()
      if (!run.more && wrote(run) === 0) return run
    }
    throw new Error('the calendars do not come to rest')
  }

  /** Everything in a calendar, as a program reads it that has no memory. */
  async events(side: 0 | 1): Promise<readonly RemoteEvent[]> {
    const { url, username, password } = this.places[side]
    const account = caldavProvider({ allowedHosts: this.hosts }).open({
      settings: { url },
      credentials: { username, password },
    })
    const mirror = new Mirror(account, new URL(url).pathname as RemoteCalendarId)
    await mirror.pull()
    return [...mirror.events.values()]
  }

  async titles(side: 0 | 1): Promise<readonly string[]> {
    return (await this.events(side)).map(({ content }) => content.title).sort()
  }

  /** The one event with this title. */
  async event(side: 0 | 1, title: string): Promise<RemoteEvent> {
    const found = (await this.events(side)).filter(({ content }) => content.title === title)
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} events are called ${title}`)
    return found[0]
  }

  async add(side: 0 | 1, text: string): Promise<void> {
    await this.#send(side, 'PUT', `${this.places[side].url}${randomUUID()}.ics`, text)
  }

  /** A person changes the text of an event, as their program would. */
  async edit(side: 0 | 1, title: string, change: (text: string) => string): Promise<void> {
    const address = await this.#addressOf(side, title)
    const text = await this.#send(side, 'GET', address)
    const changed = change(text)
    if (changed === text) throw new Error('the edit changes nothing')
    await this.#send(side, 'PUT', address, changed)
  }

  async remove(side: 0 | 1, title: string): Promise<void> {
    await this.#send(side, 'DELETE', await this.#addressOf(side, title))
  }

  async text(side: 0 | 1, title: string): Promise<string> {
    return this.#send(side, 'GET', await this.#addressOf(side, title))
  }

  async #addressOf(side: 0 | 1, title: string): Promise<string> {
    return new URL((await this.event(side, title)).id, this.places[side].url).href
  }

  async #send(side: 0 | 1, method: string, address: string, body?: string): Promise<string> {
    const { username, password } = this.places[side]
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    const headers = { authorization, 'content-type': 'text/calendar; charset=utf-8' }
    const answer = await fetch(address, { method, headers, ...(body === undefined ? {} : { body }) })
    if (!answer.ok) throw new Error(`the person's ${method} ended with ${answer.status}: ${await answer.text()}`)
    return answer.text()
  }

  #worker({ storage = this.storage, provider = this.provider() }: WorkerOptions): UserHandle {
    this.storage = storage
    const engine = new SyncEngine({
      storage,
      providers: [provider],
      credentials: ({ id }) => {
        const side = id === 'side_0' ? 0 : 1
        return { username: this.places[side].username, password: this.passwords[side] }
      },
      now: () => this.clock.now,
      owner: `worker_${++this.#workers}`,
      secret: this.secret,
    })
    return engine.user('user_1')
  }
}

/** How much a run wrote. */
export function wrote({ counts }: Run): number {
  return counts.created + counts.updated + counts.removed
}

/** A worker that dies between a create and the commit that would tell of it: the calls after the first never end. */
export function dyingAfterCreate(provider: CalendarProvider): { provider: CalendarProvider; died: Promise<void> } {
  let die = (): void => undefined
  let isDead = false
  const died = new Promise<void>((resolve) => {
    die = resolve
  })
  const never = new Promise<never>(() => undefined)
  const mortal: CalendarProvider = {
    id: provider.id,
    open(access) {
      const account = provider.open(access)
      return {
        ...account,
        create: async (...args) => {
          if (isDead) return never
          isDead = true
          await account.create(...args)
          die()
          return never
        },
      }
    },
  }
  return { provider: mortal, died }
}
