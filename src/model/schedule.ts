import * as z from 'zod'

/**
 * When a group is synced by itself.
 *
 * - `{ every }`: this many milliseconds apart, at least a minute: 900_000 is every 15 minutes, 3_600_000 hourly,
 *   86_400_000 daily. Each group has a moment of its own within that time, so that groups made together do not run together
 * - `{ cron, zone }`: at the times of a cron expression with five fields, on the clocks of an IANA zone
 * - `manual`: when somebody asks for it, and when a service tells of a change
 */
export type Schedule = { readonly every: number } | { readonly cron: string; readonly zone: string } | 'manual'

/** Of groups that say nothing: every 15 minutes. */
export const defaultSchedule: Schedule = { every: 900_000 }

export const ScheduleSchema: z.ZodType<Schedule> = z.union([
  z.literal('manual'),
  z.strictObject({
    every: z
      .int()
      .min(60_000, 'must be a minute or more, in milliseconds')
      .max(31 * 86_400_000),
  }),
  z.strictObject({ cron: z.string().min(1).max(256), zone: z.string().min(1).max(128) }),
])
