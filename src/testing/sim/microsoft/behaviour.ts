import type { MemoryBehaviour } from '../../../providers/memory/index.js'
import { holding } from '../../../providers/microsoft/holding.js'
import { withoutIdle } from '../idle.js'

/**
 * What Microsoft makes of what it is given, in the words of the provider in memory: it has no room for some fields, takes
 * so much of others, and knows no changed occurrence that is as its series has it. What it shows in another way (times that
 * float, a status and how it blocks time in one word) the provider reads back as it was meant, where it wrote it; of what a
 * person typed there, nothing else can have been meant.
 */
export const microsoftBehaviour: MemoryBehaviour = {
  returnsBody: true,
  returnsRevision: true,
  cannotHold: (holding.cannotHold ?? []).filter((field) => field !== 'time'),
  ...(holding.limits && { limits: holding.limits }),
  normalize: withoutIdle,
}
