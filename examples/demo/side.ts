import type {
  CalendarProvider,
  EventContent,
  NewConnection,
  ProviderAccount,
  RemoteCalendar,
  RemoteEvent,
} from 'calweave'

/** One of the two calendars of the demo, and the person who edits it with a program that knows nothing of calweave. */
export interface Side {
  readonly connection: NewConnection & { readonly id: string }
  readonly provider: CalendarProvider
  /** What proves to the provider who we are. */
  readonly credentials?: unknown
  /** The person makes a new event. */
  add(content: EventContent): Promise<void>
  /** The person changes some fields of the event with this title. */
  edit(title: string, patch: (content: EventContent) => Partial<EventContent>): Promise<void>
  /** How many events have this title. */
  count(title: string): Promise<number>
  /** Leaves the calendar behind as it was found. */
  close(): Promise<void>
}

/** What a person can do in any calendar: their program is a plain client of the same service. */
export function person(account: ProviderAccount, calendar: RemoteCalendar['id']): Pick<Side, 'edit' | 'count'> {
  const named = async (title: string): Promise<readonly RemoteEvent[]> =>
    (await everything(account, calendar)).filter(({ content }) => content.title === title)
  return {
    async edit(title, patch) {
      const [current] = await named(title)
      if (!current) throw new Error(`there is no event called ${title}`)
      const changed = patch(current.content)
      const fields = Object.keys(changed) as (keyof EventContent)[]
      await account.update(calendar, { current, content: { ...current.content, ...changed }, fields })
    },
    count: async (title) => (await named(title)).length,
  }
}

/** Every event of a calendar, as a program reads it that has no memory. */
export async function everything(
  account: ProviderAccount,
  calendar: RemoteCalendar['id'],
): Promise<readonly RemoteEvent[]> {
  const pull = await account.changes(calendar, { known: async () => new Map(), async *held() {} })
  const events: RemoteEvent[] = []
  for await (const { changes } of pull.pages)
    for (const change of changes) if (change.type === 'upsert') events.push(change.event)
  return events
}
