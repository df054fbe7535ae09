import { memoryProvider } from 'calweave/providers/memory'
import { person, type Side } from './side.js'

/** Two calendars in this process, each in an account of its own. */
export function memorySides(): { readonly work: Side; readonly home: Side } {
  const provider = memoryProvider()
  const side = (id: 'work' | 'home', name: string): Side => {
    const calendar = provider.service.addCalendar({ id, name, zone: 'Europe/Berlin' }, id)
    const settings = { account: id }
    return {
      connection: { provider: provider.id, id, name, settings },
      provider,
      add: async (content) => void calendar.add(content),
      ...person(provider.open({ settings, credentials: undefined }), calendar.id),
      close: async () => undefined,
    }
  }
  return { work: side('work', 'Work'), home: side('home', 'Home') }
}
