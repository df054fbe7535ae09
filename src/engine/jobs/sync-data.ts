import * as z from 'zod'
import type { GroupId, UserId } from '../../model/ids.js'

/** What the job of a group says. */
export interface SyncData {
  readonly user: UserId
  readonly group: GroupId
  readonly tries?: number | undefined
  readonly stuck?: number | undefined
}

/** Whoever wrote it. */
export const syncData: z.ZodType<SyncData> = z.object({
  user: z
    .string()
    .min(1)
    .max(512)
    .refine((id) => !id.startsWith('~calweave/')) as unknown as z.ZodType<UserId>,
  group: z.string().min(1) as unknown as z.ZodType<GroupId>,
  tries: z.int().min(0).max(1_000_000).optional(),
  stuck: z.int().min(0).max(1_000_000).optional(),
})
