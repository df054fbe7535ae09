import { SyncError } from '../../errors.js'
import type { EventContent, Field, Slot } from '../../model/content.js'
import type { Mark } from '../../model/origin.js'
import { statesAfter } from '../../model/series-states.js'
import { sameTime } from '../../model/time.js'
import type { EventBody } from './client.js'
import type { Place } from './context.js'
import { readMark, writtenMark } from './mark.js'
import { cutShort, type Properties, patchBody, seriesAfter } from './master-body.js'
import { type Cut, writePending } from './pending.js'
import { isSeries, readContent, slotOf } from './series.js'
import { stepsTo } from './series-writes.js'
import type { GraphEvent } from './wire.js'

/** A patch of an event, with a note of all occurrences where more than one request is needed. */
export function noted(
  { context }: Place,
  base: GraphEvent,
  content: EventContent,
  named: readonly Field[],
  mark: Mark | undefined,
): EventBody {
  const isNewMark = mark !== undefined && JSON.stringify(readMark(base)) !== JSON.stringify(mark)
  const marked = isNewMark ? { Mark: writtenMark(mark) } : {}
  const plain = patchBody(base, content, named, {})
  const whole = (properties: Properties) => patchBody(base, content, named, { ...marked, ...properties })
  const repeats = 'recurrence' in plain ? plain['recurrence'] !== null : isSeries(base)
  if (!repeats) return whole({})
  const isTouched = Object.keys(plain).length > 0
  const cut = isSeries(base) && !('recurrence' in plain) ? cutShort(base, content) : undefined
  const { start } = readContent(base).time
  const known = (base.exceptionOccurrences ?? []).map((one) => slotOf(one, start))
  const wanted = Object.keys(content.overrides)
  // Without a change of the series, one occurrence is one request, and whole by itself.
  const isWhole = (): boolean =>
    isTouched ? known.length === 0 && wanted.length === 0 : stepsTo(content, base).length < 2
  if (!cut && isWhole()) return whole({})
  const isMoved = 'start' in plain && !sameTime(start, content.time.start)
  const slots = new Set<Slot>([...(isMoved ? [] : known), ...wanted])
  const left = readContent(seriesAfter(base, plain, cut !== undefined))
  const begun = known.length === 0 || cut ? [left] : statesAfter({ before: readContent(base), left, isMoved })
  const body = whole({ Pending: noteOf({ content, slots, at: context.now(), begun, cut }) })
  return cut ? { ...body, recurrence: { ...cut.recurrence, range: cutRange(cut) } } : body
}

function cutRange({ count, recurrence }: Cut): object {
  const { startDate, recurrenceTimeZone } = recurrence.range ?? {}
  return {
    type: 'numbered',
    startDate,
    numberOfOccurrences: count,
    ...(recurrenceTimeZone && { recurrenceTimeZone }),
  }
}

export function noteOf(input: Parameters<typeof writePending>[0]): string {
  const note = writePending(input)
  if (note !== undefined) return note
  throw new SyncError(
    'limit_exceeded',
    'This series has so many changed occurrences that Microsoft cannot be told of all of them at once. Split it.',
    { reason: 'LIMIT_OVERRIDES' },
  )
}
