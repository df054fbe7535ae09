import { unwritable } from '../../../providers/google/event-map.js'
import type { MemoryBehaviour } from '../../../providers/memory/index.js'
import { withoutIdle } from '../idle.js'

/**
 * What Google makes of what it is given, in the words of the provider in memory: it has no room for some fields, knows no
 * changed occurrence that is as its series has it, and keeps everything else. What it shows in another way (colours of its
 * palette, times that float) the provider reads back as it was meant, where it wrote it; of what a person typed there,
 * nothing else can have been meant.
 */
export const googleBehaviour: MemoryBehaviour = {
  returnsBody: true,
  returnsRevision: true,
  cannotHold: unwritable.filter((field) => field !== 'time'),
  normalize: withoutIdle,
}
