import { type EventContent, neutralContent } from '../../model/content.js'
import { frequencies, parseRule } from '../../model/rule.js'
import { writePending } from './pending.js'

/**
 * Whether Google takes a series as one: it takes no rule that repeats within a day, and no more changed occurrences than
 * can be noted while they are written.
 */
export function holdsSeries(series: Pick<EventContent, 'time' | 'recurrence' | 'overrides'>): boolean {
  if (!series.recurrence) return true
  try {
    const { rule } = series.recurrence
    if (rule !== null && frequencies.indexOf(parseRule(rule).freq) < frequencies.indexOf('DAILY')) return false
    const changed = Object.keys(series.overrides).filter((slot) => series.overrides[slot]?.kind === 'changed')
    // Not compared with what the series says, which is not known here: a little more than will be noted.
    return changed.length === 0 || writePending({ ...neutralContent, ...series }, changed, 0, []) !== undefined
  } catch {
    return false
  }
}
