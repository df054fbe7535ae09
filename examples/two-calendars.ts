// Two calendars in this process, woven together. `npm run demo` shows more.
import { SyncEngine } from 'calweave'
import { memoryProvider } from 'calweave/providers/memory'
import { memoryStorage } from 'calweave/storage/memory'

const provider = memoryProvider({ calendars: [{ id: 'work' }, { id: 'home' }] })
const engine = new SyncEngine({ storage: memoryStorage(), providers: [provider] })
const user = engine.user('user_1')

const { calendars } = await user.connections.add({ provider: 'memory' })
const group = await user.groups.create({ name: 'Mine', members: calendars.map(({ id }) => ({ calendarId: id })) })

const day = { kind: 'date', date: '2026-03-26' } as const
provider.service
  .calendar('home')
  .add({ title: 'Moving house', time: { start: day, end: { ...day, date: '2026-03-27' } } })
const run = await user.groups.sync(group.id)

console.log(`${run.counts.created} copied:`, provider.service.calendar('work').all()[0]?.content.title)
