import { formatKept as formatWithin, type Kept, parseKept } from '../../model/kept.js'

export { type Kept, type KeptValue, mergedKept, recall } from '../../model/kept.js'

/** Keys of private properties may have 44 characters, values 1,024; what is longer is lost without a word. */
export const keptKey = 'calweaveKept'
export const longestValue = 1_024

/** What of our copy says more than Google can. It stands in a private property. */
export function readKept(properties: Readonly<Record<string, string>> | undefined): Kept {
  return parseKept(properties?.[keptKey])
}

/** As the value of a property; null when there is nothing to keep. */
export function formatKept(kept: Kept): string | null {
  return formatWithin(kept, longestValue)
}
