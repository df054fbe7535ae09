import * as z from 'zod'
import type { CalendarStatus, ConnectionStatus, GroupStatus, UserStatus } from '../../model/health.js'
import { healthOf } from '../../model/health-of.js'
import type { HealthWords } from '../../model/health-words.js'
import type { GroupId, UserId } from '../../model/ids.js'
import type { Engine } from '../engine.js'
import { checked } from '../input.js'
import { unknownId } from '../records.js'
import { gather } from './evidence.js'

/** How a status is told. */
export interface StatusOptions {
  /** Words in place of the English ones. @default {} */
  readonly words?: Partial<HealthWords>
  /**
   * Up to how many events and changes are counted in each group, 1 to 100,000; a number that is not whole says so
   * (`atLeast`). Counting reads what it counts. @default 1_000
   */
  readonly countUpTo?: number
}

/**
 * How everything of a user is, and why. Made anew of what is kept each time it is asked for: a few reads for every group, and
 * no request to any provider.
 *
 * @example
 * ```ts no-run
 * import type { UserHandle } from 'calweave'
 *
 * export async function show(user: UserHandle): Promise<void> {
 *   const { level, groups } = await user.status()
 *   console.log(level)
 *   for (const { name, reasons } of groups) console.log(name, reasons.map(({ words }) => words))
 * }
 * ```
 */
export interface StatusReader {
  (options?: StatusOptions): Promise<UserStatus>
  /** @throws SyncError `invalid_input` when the user has no such group. */
  group(groupId: string, options?: StatusOptions): Promise<GroupStatus>
  /** @throws SyncError `invalid_input` when the user has no such calendar. */
  calendar(calendarId: string, options?: StatusOptions): Promise<CalendarStatus>
  /** @throws SyncError `invalid_input` when the user has no such connection. */
  connection(connectionId: string, options?: StatusOptions): Promise<ConnectionStatus>
}

/** Made for {@link UserHandle}. */
export function statusReader(engine: Engine, user: UserId): StatusReader {
  const read = async (given: StatusOptions = {}, groupId?: string): Promise<UserStatus> => {
    const { words = {}, countUpTo = 1_000 } = given
    checked(statusOptions, given, 'options')
    const scope = { countUpTo, isWhole: true, ...(groupId === undefined ? {} : { groupId: groupId as GroupId }) }
    return healthOf(await gather(engine, user, scope), { words, userId: user })
  }
  return Object.assign((options?: StatusOptions) => read(options), {
    group: async (id: string, options?: StatusOptions) =>
      there((await read(options, id)).groups.find(({ groupId }) => groupId === id)),
    calendar: async (id: string, options?: StatusOptions) =>
      there((await read(options)).calendars.find(({ calendarId }) => calendarId === id)),
    connection: async (id: string, options?: StatusOptions) =>
      there((await read(options)).connections.find(({ connectionId }) => connectionId === id)),
  })
}

function there<T>(found: T | undefined): T {
  if (found === undefined) throw unknownId('There is nothing with this id. Look at the whole status.')
  return found
}

const statusOptions: z.ZodType<unknown> = z.looseObject({
  words: z.looseObject({}).exactOptional(),
  countUpTo: z.int().min(1).max(100_000).exactOptional(),
})
