import { RRuleTemporal } from 'rrule-temporal'
import { toText } from 'rrule-temporal/totext'
import type { EventTime } from './content.js'
import { formatRule, parseRule, type Rule } from './rule.js'
import { formatCompact, localText } from './time.js'
import { untilWall } from './until.js'

/**
 * A rule as a sentence for people: `every 2 weeks on Monday and Wednesday until December 31, 2026`.
 *
 * Spoken in English, and in the other languages that the library underneath knows (`de`, `fr`, `es` ...); any other
 * locale gives English. With the series' `start` the sentence also tells what the rule only implies, and UNTIL is the date
 * in the series' own zone.
 * @throws SyncError as `parseRule` does.
 */
export function describeRule(text: string, locale = 'en', start?: EventTime): string {
  const rule = parseRule(text)
  const impliesDay = start === undefined && rule.freq === 'WEEKLY' && rule.byDay.length === 0
  const sentence = toText(forText(rule, start), impliesDay ? 'en' : locale, { excludeTzAbbreviation: true })
  return impliesDay ? sentence.replace(` on ${standInDay}`, '') : sentence
}

/** The library needs a start. This one is a midnight, which it does not mention, and its weekday is taken out again. */
const standIn: EventTime = { kind: 'date', date: '2026-01-07' }
const standInDay = 'Wednesday'

function forText(rule: Rule, start: EventTime = standIn): RRuleTemporal {
  const local = start.kind === 'date' ? `${start.date}T00:00:00` : start.local
  const utc = (wall: string) => formatCompact({ kind: 'timed', local: wall, zone: 'UTC' })
  const until = untilWall(rule, start)
  const { until: _until, ...endless } = rule
  const ending = until === undefined ? '' : `;UNTIL=${utc(localText(until))}`
  return new RRuleTemporal({
    rruleString: `DTSTART:${utc(local)}\nRRULE:${formatRule({ ...endless, extra: [] })}${ending}`,
  })
}
