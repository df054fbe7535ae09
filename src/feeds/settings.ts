import * as z from 'zod'
import { SyncError } from '../errors.js'
import { type Projection, ProjectionSchema } from '../model/projection.js'

/** What a feed shows: the events of a group, each once, or all that stands in one calendar. */
export type FeedSource = { readonly group: string } | { readonly calendar: string }

/** How a feed is made. */
export interface FeedSettings {
  readonly source: FeedSource
  /** What subscribers see as the calendar's name. */
  readonly name: string
  /**
   * What is shown of each event, as in a member of a group. Whoever has the address sees it, so a feed says no more than
   * it is told to. @default `{ show: 'busy' }`, and what a member shows by default
   */
  readonly projection?: Partial<Projection>
  /** How long ago what is shown may have ended, in days. @default everything */
  readonly pastDays?: number
  /** How far ahead what is shown may begin, in days. @default everything */
  readonly futureDays?: number
  /** How often subscribers are asked to come back, in seconds. @default 3600 */
  readonly refreshSeconds?: number
  /**
   * Whether an installation of calweave that subscribes may take the events for its own and copy them on. Without it they
   * carry a mark, as copies do: should they come back into the calendars that they are from, nothing runs in circles.
   * Events have other UIDs with it than without. @default false
   */
  readonly mayBeCopied?: boolean
}

/** Settings with everything that has a default. */
export interface CheckedSettings extends FeedSettings {
  readonly projection: Projection
  readonly refreshSeconds: number
  readonly mayBeCopied: boolean
}

/**
 * Checks what a host hands in.
 * @throws SyncError `invalid_input` naming the path that does not fit.
 */
export function checkSettings(given: FeedSettings): CheckedSettings {
  const parsed = settings.safeParse(given)
  if (parsed.success) {
    const { projection, refreshSeconds = 3_600, mayBeCopied = false, ...rest } = parsed.data
    // Filled in here, since the schema's own default shows everything.
    return { ...rest, projection: ProjectionSchema.parse({ show: 'busy', ...projection }), refreshSeconds, mayBeCopied }
  }
  const [issue] = parsed.error.issues
  const path = ['feed', ...(issue?.path ?? [])].map(String).join('.').slice(0, 500)
  throw new SyncError('invalid_input', `${path}: ${(issue?.message ?? 'does not fit').slice(0, 500)}.`)
}

const id = z.string().min(1).max(512)
const days = z.number().min(0).max(36_500)

const settings = z.strictObject({
  source: z.union([z.strictObject({ group: id }), z.strictObject({ calendar: id })]),
  name: z.string().min(1).max(1_024),
  projection: z
    .custom<Partial<Projection>>((value) => ProjectionSchema.safeParse(value).success, 'is no projection')
    .exactOptional(),
  pastDays: days.exactOptional(),
  futureDays: days.exactOptional(),
  refreshSeconds: z.int().min(60).max(2_592_000).exactOptional(),
  mayBeCopied: z.boolean().exactOptional(),
})
