import * as z from 'zod'
import { isSyncError, SyncError, throwIfAborted } from '../../errors.js'
import type { IcalLimits } from '../../ical/limits.js'
import { type IcalCalendar, readCalendar } from '../../ical/read.js'
import type { Cursor, RemoteCalendarId, RemoteId } from '../../model/ids.js'
import type { ChangePage, Fetched, ProviderAccount, PullFrom, RemoteChange } from '../provider.js'
import type { Loaded, Source, Version } from './client.js'
import { type ListedUnit, listed, toChange, toFetched } from './event-map.js'

const pageSize = 200

/** A calendar file as an account with one calendar. */
export function icsAccount(source: Source, limits: Partial<IcalLimits>): ProviderAccount {
  const load: Source['load'] = (since, options) => {
    throwIfAborted(options?.signal)
    return source.load(since, options)
  }

  const readOnly = async (): Promise<never> => {
    throw new SyncError('unsupported', 'A calendar file is read only. Make it a member that is only read from.')
  }

  return {
    capabilities: { guardedWrites: false, cannotHold: [], concurrentWrites: 1 },

    async listCalendars(options) {
      const calendar = parse(await load(undefined, options), limits)
      return [
        { id: source.id, name: calendar.name ?? 'Calendar file', access: 'read', zone: calendar.zone, color: null },
      ]
    },

    async changes(calendar, from, options) {
      check(calendar, source)
      const since = from.cursor === undefined ? undefined : versionOf(from.cursor)
      const loaded = await load(since, options)
      const cursor = JSON.stringify(loaded.version) as Cursor
      if (loaded.text === undefined) return { complete: false, pages: onePage({ changes: [], cursor }) }
      const units = listed(parse(loaded, limits).units)
      return { complete: true, pages: pagesOf(units, from, cursor, options?.signal) }
    },

    async fetch(calendar, ids, options) {
      check(calendar, source)
      const units = new Map(listed(parse(await load(undefined, options), limits).units).map((unit) => [unit.id, unit]))
      return ids.map((id: RemoteId): Fetched => {
        const unit = units.get(id)
        return unit ? toFetched(unit) : { type: 'gone', id }
      })
    },

    idFor: () => undefined,
    create: readOnly,
    update: readOnly,
    remove: readOnly,
  }
}

function check(calendar: RemoteCalendarId, source: Source): void {
  if (calendar === source.id) return
  throw new SyncError('calendar_gone', 'This calendar file is at another address now. Choose it anew.', {
    reason: 'OTHER_CALENDAR',
  })
}

/** A file that ends in the middle was cut off on its way: the next request may bring it whole. */
function parse(loaded: Loaded, limits: Partial<IcalLimits>): IcalCalendar {
  try {
    return readCalendar(loaded.text ?? '', limits)
  } catch (error) {
    if (isSyncError(error) && (error.reason === 'TRUNCATED' || error.reason === 'EMPTY')) {
      throw new SyncError(
        'invalid_response',
        'The calendar file came incomplete. Nothing of it was used; try again later.',
        {
          cause: error,
          reason: error.reason,
        },
      )
    }
    throw error
  }
}

async function* onePage(page: ChangePage): AsyncGenerator<ChangePage> {
  yield page
}

async function* pagesOf(
  units: readonly ListedUnit[],
  from: PullFrom,
  cursor: Cursor,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChangePage> {
  for (let start = 0; start === 0 || start < units.length; start += pageSize) {
    throwIfAborted(signal)
    const part = units.slice(start, start + pageSize)
    const known = await from.known(part.map((unit) => unit.id))
    const changes = part.map(
      (unit): RemoteChange =>
        known.get(unit.id) === unit.revision
          ? { type: 'unchanged', id: unit.id, revision: unit.revision }
          : toChange(unit),
    )
    const isLast = start + pageSize >= units.length
    yield { changes, ...(isLast && { cursor }) }
  }
}

const VersionSchema: z.ZodType<Version> = z.strictObject({
  etag: z.string().exactOptional(),
  modified: z.string().exactOptional(),
  hash: z.string(),
})

function versionOf(cursor: Cursor): Version {
  const parsed = VersionSchema.safeParse(jsonOf(cursor))
  if (parsed.success) return parsed.data
  throw new SyncError('cursor_expired', 'This cursor is not one of a calendar file. The calendar is listed anew.')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
