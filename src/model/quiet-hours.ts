import type { QuietHours } from './delivery.js'
import { addDays, localAt, toInstant } from './time.js'

/**
 * When quiet hours that are on now will end, in milliseconds since 1970; undefined where it is not quiet. By the clocks of
 * the zone, so in a night when they change, quiet hours are longer or shorter.
 */
export function quietUntil({ zone, from, to }: QuietHours, now: number): number | undefined {
  const local = localAt(now, zone)
  const [date, time] = [local.slice(0, 10), local.slice(11, 16)]
  const isOverMidnight = from > to
  const isQuiet = isOverMidnight ? time >= from || time < to : time >= from && time < to
  if (!isQuiet) return undefined
  const end = isOverMidnight && time >= from ? addDays(date, 1) : date
  const until = toInstant({ kind: 'timed', local: `${end}T${to}:00`, zone })
  // In a night that shows an hour twice, the end may lie in the first of the two, and that has passed.
  return until > now ? until : now + 60_000
}
