import type { EventContent } from '../../model/content.js'
import { frequencies, parseRule } from '../../model/rule.js'

/** Whether Google takes a series as one: of rules that repeat within a day it takes none. */
export function holdsSeries({ recurrence }: Pick<EventContent, 'recurrence'>): boolean {
  if (!recurrence?.rule) return true
  try {
    return frequencies.indexOf(parseRule(recurrence.rule).freq) >= frequencies.indexOf('DAILY')
  } catch {
    return false
  }
}
