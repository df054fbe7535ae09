import type { SyncGroup } from '../../model/group.js'
import { sha256Hex } from '../../model/hash.js'
import { defaultSchedule } from '../../model/schedule.js'
import { nextCronTime } from '../../scheduler/cron.js'

/** How often a group is looked at all the same while its services prove that they tell of changes: six hours. */
const safetyMs = 6 * 3_600_000

/** Groups of one cron expression are spread over this, where that is less than a tenth of the time to the next one. */
const cronSpreadMs = 300_000

/** What the pace of a group depends on. */
export interface Pace {
  /** Every calendar that is read is watched, and its service was heard of lately. */
  readonly isPushed: boolean
  /** The group has just been synced: the next time is half of its interval away at least. */
  readonly isFresh: boolean
}

/**
 * When a group is to be synced next by its schedule; undefined: not by itself. Intervals lie on a grid of the group's own,
 * so whatever happens to the queue (a day of standstill, a thousand groups made at once) groups are spread over them.
 */
export function scheduledAt(
  { userId, id, schedule = defaultSchedule }: SyncGroup,
  now: number,
  pace: Pace,
): number | undefined {
  // A host may call the groups of all its users by one name.
  const key = `${userId}/${id}`
  if (schedule === 'manual') return undefined
  if ('cron' in schedule) return cronAt(schedule, key, now)
  const every = pace.isPushed ? Math.max(schedule.every, safetyMs) : schedule.every
  return gridAt(key, every, now + (pace.isFresh ? every / 2 : 0))
}

/** How far apart the times of a group are at most, in milliseconds; null: it has none. What is pushed is polled less. */
export function longestPause(
  { schedule = defaultSchedule }: SyncGroup,
  now: number,
  isWatched: boolean,
): number | null {
  if (schedule === 'manual') return null
  if ('every' in schedule) return isWatched ? Math.max(schedule.every, safetyMs) : schedule.every
  let longest = 0
  let time = nextCronTime(schedule.cron, schedule.zone, now)
  // Eight times span a week of working days.
  for (let n = 0; n < 8 && time !== undefined; n++) {
    const next = nextCronTime(schedule.cron, schedule.zone, time)
    if (next !== undefined) longest = Math.max(longest, next - time)
    time = next
  }
  return longest + cronSpreadMs
}

/** The longest that a retry may wait: the interval of the group, as the pace of polling has it. */
export function intervalOf({ schedule = defaultSchedule }: SyncGroup): number {
  return schedule !== 'manual' && 'every' in schedule ? schedule.every : safetyMs
}

/** The first moment after `after` of a grid that is moved for every key. */
export function gridAt(key: string, every: number, after: number): number {
  const phase = Math.floor(share(key) * every)
  return Math.floor((after - phase) / every + 1) * every + phase
}

/** From 0 to 1, the same for the same key. */
export function share(...parts: readonly (string | number)[]): number {
  return Number.parseInt(sha256Hex(parts.join('/')).slice(0, 8), 16) / 0x1_0000_0000
}

/** A person who writes down an hour means it, pushed or not; only the crowd of that hour is spread a little. */
function cronAt({ cron, zone }: { readonly cron: string; readonly zone: string }, key: string, now: number) {
  const next = nextCronTime(cron, zone, now)
  if (next === undefined) return undefined
  const following = nextCronTime(cron, zone, next) ?? Number.POSITIVE_INFINITY
  return Math.floor(next + share(key) * Math.min(cronSpreadMs, (following - next) / 10))
}
