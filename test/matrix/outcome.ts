import type { EventContent, EventTime, Field, OccurrenceContent, Reminder } from '../../src/model/content.js'
import { differingFields, sameField } from '../../src/model/equality.js'
import type { Travel } from './pair.js'

/**
 * What became of a value in a copy.
 *
 * - `unsaid`: nobody can enter it where it was to come from
 * - `carried`: every program sees it in the copy
 * - `noted`: calweave reads it back from the copy, where other programs see `shown`
 * - `degraded`: the copy says something else, and the engine reports it
 * - `refused`: there is no copy, and the engine says why
 * - `unreported`: the copy says something else, and the engine reports nothing
 */
export interface Outcome {
  readonly kind: 'unsaid' | 'carried' | 'noted' | 'degraded' | 'refused' | 'unreported'
  /** In a few words; '' where there is nothing to add. */
  readonly how: string
}

/** Derives what became of a value from what happened to it. */
export function outcomeOf(travel: Travel): Outcome {
  const { value, source, copy, shown, standing, parts } = travel
  const { field } = value
  if (!source) return { kind: 'unsaid', how: '' }
  const all = standing?.losses ?? []
  if (field === 'overrides' && copy && all.length > 0 && !sameField(field, source, copy))
    return { kind: 'degraded', how: all.map((loss) => `${loss.field} ${loss.becomes.replaceAll('_', ' ')}`).join(', ') }
  const losses = all.filter((loss) => loss.field === field || loss.field === 'recurrence')
  const becomes = losses[0]?.becomes.replaceAll('_', ' ')
  if (standing?.because === 'series_as_single_events')
    return becomes && parts > 0 ? { kind: 'degraded', how: becomes } : { kind: 'unreported', how: `${parts} parts` }
  if (!copy || !shown)
    return { kind: 'refused', how: standing?.failure?.reason ?? standing?.failure?.code ?? standing?.because ?? '' }
  const [isSame, isShown] = [sameField(field, source, copy), sameField(field, source, shown)]
  if (isSame && isShown)
    return becomes
      ? { kind: 'unreported', how: `${becomes}, but it is there` }
      : { kind: 'carried', how: readAs(travel) }
  if (isSame) return { kind: 'noted', how: words(field, shown) }
  const seen = words(field, copy)
  if (!becomes) return { kind: 'unreported', how: seen }
  return {
    kind: 'degraded',
    how: becomes === 'cut' ? `cut to ${seen}` : becomes === 'text' ? 'names in the description' : becomes,
  }
}

/** What a service has of its own is read in the words that there are. */
function readAs({ value, source }: Travel): string {
  const { field, content } = value
  return !source || sameField(field, source, content) ? '' : `read as ${words(field, source)}`
}

/** Fields in which the copy differs although neither the value is about them nor the engine reports them. */
export function strayFields({ value, source, copy, standing }: Travel): readonly Field[] {
  if (!source || !copy) return []
  const losses = standing?.losses ?? []
  // Guests that are text stand in the description.
  const told = losses.flatMap(({ field, becomes }): readonly Field[] =>
    becomes === 'text' ? [field, 'description'] : [field],
  )
  return differingFields(source, copy).filter((field) => field !== value.field && !told.includes(field))
}

/** The value of a field in a few words. */
function words(field: Field, content: EventContent): string {
  switch (field) {
    case 'title':
    case 'description':
    case 'location':
      return content[field].length > 60 ? `${content[field].length} characters` : quoted(content[field])
    case 'time':
      return `${moment(content.time.start)} to ${moment(content.time.end)}`
    case 'recurrence':
      return content.recurrence?.rule ?? (content.recurrence ? 'dates only' : 'does not repeat')
    case 'overrides':
      return (
        Object.values(content.overrides)
          .map((one) => (one.kind === 'cancelled' ? 'cancelled' : 'changed'))
          .join(', ') || 'none'
      )
    case 'reminders':
      if (content.reminders === 'default') return 'the default'
      if (content.reminders.length > 3) return `${content.reminders.length} of them`
      return content.reminders.map(reminder).join(', ') || 'none'
    case 'conferences':
      return content.conferences.map(({ label, url }) => (label ? `${label}, ${url}` : url)).join(', ') || 'nothing'
    default:
      return plain(content[field])
  }
}

function plain(value: OccurrenceContent[keyof OccurrenceContent]): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'nothing'
  if (Array.isArray(value) && value.length > 3) return `${value.length} of them`
  return typeof value === 'object' ? JSON.stringify(value) : String(value).replaceAll('_', ' ')
}

function quoted(text: string): string {
  return text === '' ? 'nothing' : JSON.stringify(text)
}

function moment(time: EventTime): string {
  if (time.kind === 'date') return time.date
  const local = time.local.slice(0, 16).replace('T', ' ')
  return time.kind === 'floating' ? local : `${local} (${time.zone})`
}

function reminder({ method, trigger }: Reminder): string {
  const how = method === 'popup' ? '' : ` by ${method === 'email' ? 'mail' : 'sound'}`
  if (trigger.kind === 'at') return `${trigger.at}${how}`
  const minutes = Math.round(Math.abs(trigger.seconds) / 60)
  return `${minutes} min ${trigger.seconds > 0 ? 'after' : 'before'} the ${trigger.from}${how}`
}
