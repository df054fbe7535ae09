import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { UserHandle } from '../../src/engine/user.js'
import type { EventContent } from '../../src/model/content.js'
import type { RemoteCalendarId } from '../../src/model/ids.js'
import type { Run } from '../../src/model/run.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { icloudProvider } from '../../src/providers/icloud/index.js'
import { memoryProvider } from '../../src/providers/memory/index.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import type { ProviderAccount, RemoteEvent } from '../../src/providers/provider.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { fakeGoogle } from '../../src/testing/google/index.js'
import { fakeIcloud } from '../../src/testing/icloud/index.js'
import { fakeMicrosoft } from '../../src/testing/microsoft/index.js'
import type { ProviderFixture } from '../../src/testing/provider-contract.js'
import { personAt as personAtGoogle } from '../providers/google/people.js'
import { personAt as personAtIcloud } from '../providers/icloud/people.js'
import { personAt as personAtMicrosoft } from '../providers/microsoft/people.js'
import { settled } from './two-calendars.js'

/** The calendars of one person: at Google, at Microsoft, at Apple (CalDAV), and in this process. */
export const services = ['google', 'microsoft', 'icloud', 'memory'] as const
export type Service = (typeof services)[number]

interface Side {
  readonly calendar: RemoteCalendarId
  readonly account: ProviderAccount
  readonly person: ProviderFixture['person']
}

/** Four calendars at four services, woven into one group, and their owner. */
export interface FourServices {
  /** What Google and Microsoft mailed. */
  mails(): readonly unknown[]
  sync(): Promise<Run>
  /** Syncs until nothing is left to do. */
  settle(): Promise<Run>
  /** The database is lost. */
  forget(): Promise<void>
  /** The database is lost, and every calendar is cleaned with a new one. How many copies went. */
  cleanUp(): Promise<number>
  add(service: Service, content: EventContent): Promise<unknown>
  edit(service: Service, title: string, change: (content: EventContent) => Partial<EventContent>): Promise<void>
  remove(service: Service, title: string): Promise<void>
  event(service: Service, title: string): Promise<RemoteEvent>
  /** The titles in every calendar. */
  titles(): Promise<Readonly<Record<Service, readonly string[]>>>
}

export async function fourServices(): Promise<FourServices> {
  const clock = { now: Date.UTC(2026, 1, 27, 8) }
  const now = () => clock.now
  const google = fakeGoogle({ now })
  const jane = google.addAccount({ email: 'jane@example.com', token: 'token-of-jane' })
  const microsoft = fakeMicrosoft({ now })
  const outlook = microsoft.addAccount({ email: 'jane@example.com', token: 'token-of-jane-at-microsoft' })
  const icloud = fakeIcloud({})
  const owner = icloud.addAccount({ calendars: ['home'] })
  const memory = memoryProvider({ now, calendars: [{ id: 'home' }] })
  const home = memory.service.calendar('home')
  const requestsPerMinute = 1e9
  const providers = [
    googleProvider({ fetch: google.fetch, now, requestsPerMinute, projectRequestsPerMinute: 1e9 }),
    microsoftProvider({ fetch: microsoft.fetch, now, requestsPerMinute, appRequestsPerMinute: 1e9 }),
    icloudProvider({ fetch: icloud.fetch }),
    memory,
  ] as const
  const credentials = {
    google: { accessToken: jane.token },
    microsoft: { accessToken: outlook.token },
    icloud: { username: owner.username, password: owner.password },
    memory: undefined,
  }
  const calendars = { google: jane.email, microsoft: outlook.calendar().id, icloud: owner.path('home'), memory: 'home' }
  const people = {
    google: personAtGoogle(jane.calendar()),
    microsoft: personAtMicrosoft(outlook.calendar()),
    icloud: personAtIcloud(owner, 'home'),
    memory: {
      add: async (content: EventContent) => home.add(content),
      edit: async (id: string, content: EventContent) => home.edit(id, content),
      remove: async (id: string) => home.remove(id),
    },
  }
  const side = (service: Service): Side => {
    const provider = providers.find(({ id }) => id === service)
    if (!provider) throw new Error(`there is no ${service}`)
    return {
      calendar: calendars[service] as RemoteCalendarId,
      account: provider.open({ settings: {}, credentials: credentials[service] }),
      person: people[service],
    }
  }
  const sides = Object.fromEntries(services.map((service) => [service, side(service)])) as Record<Service, Side>

  async function begin(): Promise<UserHandle> {
    const engine = new SyncEngine({
      storage: memoryStorage(),
      providers,
      now,
      secret: 'a secret of this test',
      credentials: ({ provider }) => credentials[provider as Service],
    })
    const user = engine.user('jane')
    for (const service of services) await user.connections.add({ provider: service, id: service })
    const known = await user.calendars.list()
    const members = services.map((service) => {
      const found = known.find(({ provider, remoteId }) => provider === service && remoteId === calendars[service])
      return { calendarId: found?.id ?? '' }
    })
    await user.groups.create({ id: 'group', name: 'Mine', members })
    return user
  }
  let user = await begin()

  async function shown(service: Service): Promise<readonly RemoteEvent[]> {
    const { account, calendar } = sides[service]
    const { pages } = await account.changes(calendar, { known: async () => new Map(), async *held() {} })
    const events: RemoteEvent[] = []
    for await (const { changes } of pages)
      for (const change of changes) if (change.type === 'upsert') events.push(change.event)
    return events
  }
  async function event(service: Service, title: string): Promise<RemoteEvent> {
    const [found, more] = (await shown(service)).filter(({ content }) => content.title === title)
    if (!found || more) throw new Error(`${title} does not stand once at ${service}`)
    return found
  }
  const sync = async (): Promise<Run> => {
    clock.now += 60_000
    return user.groups.sync('group')
  }
  return {
    mails: () => [...google.mails, ...microsoft.mails],
    sync,
    event,
    settle: () => settled(sync),
    async forget() {
      user = await begin()
    },
    async cleanUp() {
      user = await begin()
      await user.groups.remove('group', { copies: 'keep' })
      let removed = 0
      for (const { id, access } of await user.calendars.list())
        if (access === 'write') removed += (await user.calendars.cleanup(id)).removed
      return removed
    },
    add: (service: Service, content: EventContent) => sides[service].person.add(content),
    async edit(service: Service, title: string, change: (content: EventContent) => Partial<EventContent>) {
      const { id, content } = await event(service, title)
      await sides[service].person.edit(id, { ...content, ...change(content) })
    },
    async remove(service: Service, title: string) {
      await sides[service].person.remove((await event(service, title)).id)
    },
    async titles() {
      const all = new Map<Service, readonly string[]>()
      for (const service of services)
        all.set(service, (await shown(service)).map(({ content }) => content.title).sort())
      return Object.fromEntries(all) as Record<Service, readonly string[]>
    },
  }
}
