import { SyncError } from '../errors.js'
import { EventContentSchema, type EventSpan, type EventTime } from '../model/content.js'
import { isDate, isLocal, resolveZone } from '../model/time.js'
import type { ChangePage, Fetched, ProviderAccount, RemoteEvent, Written } from '../providers/provider.js'

/**
 * The door through which events come in: what an adapter hands over is checked here, once, and trusted from here on. An
 * event that does not hold is set aside as unreadable; its page, its calendar and its neighbours go on.
 */
export function trustedAccount(account: ProviderAccount): ProviderAccount {
  return {
    capabilities: account.capabilities,
    listCalendars: (options) => account.listCalendars(options),
    idFor: (calendar, key) => account.idFor(calendar, key),
    remove: (calendar, current, options) => account.remove(calendar, current, options),
    async changes(calendar, from, options) {
      const { complete, pages } = await account.changes(calendar, from, options)
      return { complete, pages: checkedPages(pages) }
    },
    async fetch(calendar, ids, options) {
      return (await account.fetch(calendar, ids, options)).map(checkedAnswer)
    },
    async create(calendar, draft, options) {
      return checkedWrite(await account.create(calendar, draft, options))
    },
    async update(calendar, change, options) {
      return checkedWrite(await account.update(calendar, change, options))
    },
    ...(account.watch ? { watch: account.watch.bind(account) } : {}),
    ...(account.unwatch ? { unwatch: account.unwatch.bind(account) } : {}),
  }
}

async function* checkedPages(pages: AsyncIterable<ChangePage>): AsyncGenerator<ChangePage> {
  for await (const page of pages)
    yield {
      ...page,
      changes: page.changes.map((change) => {
        const error = change.type === 'upsert' ? defectOf(change.event) : undefined
        return error && change.type === 'upsert' ? unreadable(change.event, error) : change
      }),
    }
}

function checkedAnswer(answer: Fetched): Fetched {
  const error = answer.type === 'found' ? defectOf(answer.event) : undefined
  return error && answer.type === 'found' ? unreadable(answer.event, error) : answer
}

/** A body that does not hold is no body; the engine looks again. */
function checkedWrite(written: Written): Written {
  if (!written.shown || !defectOf(written.shown)) return written
  const { shown: _broken, ...rest } = written
  return rest
}

function unreadable({ id, revision }: RemoteEvent, error: SyncError) {
  return { type: 'unreadable' as const, id, error, ...(revision === undefined ? {} : { revision }) }
}

function defectOf({ content }: RemoteEvent): SyncError | undefined {
  const parsed = EventContentSchema.safeParse(content)
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? ''
    return new SyncError('invalid_event', `This event cannot be synced: ${path} does not hold.`, { reason: 'CONTENT' })
  }
  const overridden = Object.values(content.overrides).flatMap((one) =>
    one.kind === 'changed' ? [one.content.time] : [],
  )
  if ([content.time, ...overridden].every(isKnownSpan)) return undefined
  return new SyncError(
    'invalid_event',
    'This event cannot be synced: its time is in no calendar or in no known zone.',
    {
      reason: 'TIME',
    },
  )
}

function isKnownSpan({ start, end }: EventSpan): boolean {
  return isKnownTime(start) && isKnownTime(end)
}

function isKnownTime(time: EventTime): boolean {
  if (time.kind === 'date') return isDate(time.date)
  return isLocal(time.local) && (time.kind === 'floating' || resolveZone(time.zone) !== undefined)
}
