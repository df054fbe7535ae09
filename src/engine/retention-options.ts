import * as z from 'zod'
import { SyncError } from '../errors.js'

/** For how many days history is kept; at least one day, or `'forever'`. */
export interface RetentionOptions {
  /** What each sync did (`user.runs`). @default 90 */
  readonly runDays?: number | 'forever'
  /** What events said before and after, which an undo goes by (`user.journal`). @default 90 */
  readonly journalDays?: number | 'forever'
  /**
   * The audit; not shorter than the journal, as an undo needs both. What is left is verified as before.
   * @default 'forever'
   */
  readonly auditDays?: number | 'forever'
}

/** The same in milliseconds; undefined: for ever. */
export interface Retention {
  readonly runMs: number | undefined
  readonly journalMs: number | undefined
  readonly auditMs: number | undefined
}

const dayMs = 86_400_000

/** @throws SyncError `invalid_input` when the audit is to be kept for less long than the journal. */
export function retentionOf(options: RetentionOptions): Retention {
  const { runDays = 90, journalDays = 90, auditDays = 'forever' } = options
  const ms = (days: number | 'forever') => (days === 'forever' ? undefined : days * dayMs)
  const [runMs, journalMs, auditMs] = [ms(runDays), ms(journalDays), ms(auditDays)]
  if (auditMs !== undefined && auditMs < (journalMs ?? Number.POSITIVE_INFINITY))
    throw new SyncError(
      'invalid_input',
      'options.retention: keep the audit for at least as long as the journal; an undo needs both.',
    )
  return { runMs, journalMs, auditMs }
}

const days = z.union([z.number().min(1).max(36_500), z.literal('forever')])

/** For the options of an engine. */
export const retentionOptionsSchema: z.ZodType<RetentionOptions> = z.strictObject({
  runDays: days.exactOptional(),
  journalDays: days.exactOptional(),
  auditDays: days.exactOptional(),
})
