import type { EventContent } from '../model/content.js'
import { digest } from '../model/hash.js'
import { toInstant } from '../model/time.js'

/** What an event is recognised by when two calendars are first woven together: title, time and rule, nothing else. */
export function fingerprint(content: EventContent): string {
  const known = fingerprints.get(content)
  if (known !== undefined) return known
  const print = digest(...fingerprintParts(content))
  fingerprints.set(content, print)
  return print
}

/** Matching asks for the same contents over and over. */
const fingerprints: WeakMap<EventContent, string> = new WeakMap()

function fingerprintParts({ title, time, recurrence }: EventContent): readonly string[] {
  const moment = (one: typeof time.start) =>
    one.kind === 'timed' ? String(toInstant(one)) : one.kind === 'date' ? one.date : one.local
  return [title.normalize('NFC').trim(), moment(time.start), moment(time.end), recurrence ? 'series' : '']
}
