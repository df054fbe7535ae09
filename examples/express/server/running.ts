import type { SyncEngine } from 'calweave'
import { syncHandler } from 'calweave/server'
import { newEngine } from './engine.js'
import { type Life, newLife } from './life.js'
import { offersOf } from './offers.js'
import type { Services } from './services.js'
import type { Sessions } from './session.js'

/** What stays when the process dies: its disk, its keys, its address, its users. */
export interface Lasting {
  readonly origin: string
  readonly folder: string
  readonly key: Uint8Array
  readonly secret: string
  readonly now: () => number
  readonly sessions: Sessions
  readonly names: ReadonlyMap<string, string>
  services(life: Life): Services
}

/** One life of the app: an engine that works, and a door to it. */
export interface Running {
  readonly life: Life
  readonly engine: SyncEngine
  readonly services: Services
  readonly handle: (request: Request) => Promise<Response>
}

/** Where a sign-in may come back to. */
export const wizardPath = '/connect'

export function run(lasting: Lasting): Running {
  const { origin, sessions, names, now } = lasting
  const life = newLife()
  const services = lasting.services(life)
  const engine = newEngine({ ...lasting, services, life })
  const handle = syncHandler({
    engine,
    authenticate: (request) => {
      const session = sessions.read(request.headers.get('cookie'))
      if (!session) return null
      const { userId, id } = session
      return { userId, session: id, actor: names.get(userId) ?? userId }
    },
    origin,
    returnTo: [wizardPath],
    offers: offersOf(services),
    live: { pollMs: 2_000 },
    onError: (error) => console.error(error),
    now,
  })
  return { life, engine, services, handle }
}

/** Asks the services of a user's calendars to tell of changes by themselves, where they can and the app can be reached. */
export async function watchCalendars({ engine, services }: Running, userId: string): Promise<void> {
  if (services.pushOrigin === undefined) return
  const user = engine.user(userId)
  const watched = new Set((await user.watches.list()).map(({ calendarId }) => calendarId))
  const woven = new Set(
    (await user.groups.list()).flatMap(({ members }) => members.map(({ calendarId }) => calendarId)),
  )
  for (const { id, provider } of await user.calendars.list()) {
    if (!pushes.has(provider) || watched.has(id) || !woven.has(id)) continue
    await user.watches.start({ calendarId: id, address: `${services.pushOrigin}/calweave/push/${provider}` })
  }
}

/** Apple tells its own devices only, and few CalDAV servers tell anybody. */
const pushes: ReadonlySet<string> = new Set(['google', 'microsoft'])
