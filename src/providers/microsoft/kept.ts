import { type Kept, parseKept } from '../../model/kept.js'
import { propertyOf, type WithProperties } from './properties.js'

/** How much a property holds is not documented. Less than 32 KB is in the middle of what servers of mail take. A guess. */
export const longestKept = 16_000

/** What is kept of an event. Occurrences say by themselves what is kept of them, or their series does. */
export function keptOf(event: WithProperties | undefined, series?: WithProperties): Kept {
  return parseKept((event && propertyOf(event, 'Kept')) ?? (series && propertyOf(series, 'Kept')))
}
