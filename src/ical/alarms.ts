import type { EventContent, Reminder } from '../model/content.js'
import { isLocal, parseCompact } from '../model/time.js'
import { type Component, type Item, isComponent, propertyOf } from './component.js'
import { escapeText, paramOf } from './content-line.js'
import { type FieldCodec, line, toLine, type WriteContext } from './field-codec.js'
import { compactInstant, formatDuration, parseDuration } from './times.js'

/**
 * Reminders as VALARMs. iCalendar has no word for "as the calendar does by default", so a property of ours says it;
 * an alarm beside it wins.
 * @see RFC 5545 section 3.6.6
 */
export const reminders: FieldCodec<EventContent['reminders']> = {
  owns: (item) => item.name === defaultMark || reminderOf(item) !== undefined,
  read(component) {
    const found = new Map<string, Reminder>()
    for (const item of component.items) {
      const reminder = reminderOf(item)
      if (reminder) found.set(JSON.stringify(reminder), reminder)
    }
    if (found.size === 0 && component.items.some((item) => item.name === defaultMark)) return 'default'
    return [...found.values()]
  },
  write(value, existing, context) {
    if (value === 'default') return [line(defaultMark, 'TRUE')]
    const there = new Map<string, Item[]>()
    for (const item of existing) {
      const key = JSON.stringify(reminderOf(item))
      const same = there.get(key)
      if (same) same.push(item)
      else there.set(key, [item])
    }
    return value.flatMap((reminder) => there.get(JSON.stringify(reminder)) ?? [alarm(reminder, context)])
  },
}

const defaultMark = 'X-CALWEAVE-DEFAULT-REMINDERS'

const methods: Readonly<Record<string, Reminder['method']>> = { DISPLAY: 'popup', EMAIL: 'email', AUDIO: 'sound' }
const actions: Readonly<Record<Reminder['method'], string>> = { popup: 'DISPLAY', email: 'EMAIL', sound: 'AUDIO' }

/** Undefined for alarms that are none of these: they start programs, are placeholders, or cannot be read. */
function reminderOf(item: Item): Reminder | undefined {
  if (!isComponent(item) || item.name !== 'VALARM') return undefined
  const method = methods[propertyOf(item, 'ACTION')?.value.trim().toUpperCase() ?? '']
  const trigger = triggerOf(item)
  return method && trigger && { method, trigger }
}

function triggerOf(alarm: Component): Reminder['trigger'] | undefined {
  const property = propertyOf(alarm, 'TRIGGER')
  if (!property) return undefined
  const duration = parseDuration(property.value)
  if (duration) {
    const from = paramOf(property, 'related')?.toUpperCase() === 'END' ? 'end' : 'start'
    return { kind: 'offset', seconds: duration.days * 86_400 + duration.seconds, from }
  }
  const time = parseCompact(property.value)
  return time && time.kind !== 'date' && isLocal(time.local) ? { kind: 'at', at: `${time.local}Z` } : undefined
}

function alarm({ method, trigger }: Reminder, context: WriteContext): Component {
  const text = escapeText(context.title === '' ? 'Reminder' : context.title)
  const items: Item[] = [
    line('ACTION', actions[method]),
    trigger.kind === 'at'
      ? toLine({ name: 'TRIGGER', params: {}, type: 'date-time', value: compactInstant(Date.parse(trigger.at)) })
      : toLine({
          name: 'TRIGGER',
          params: trigger.from === 'end' ? { related: 'END' } : {},
          value: formatDuration(trigger.seconds),
        }),
  ]
  if (method === 'popup') items.push(line('DESCRIPTION', text))
  if (method === 'email') items.push(line('SUMMARY', text), line('DESCRIPTION', text))
  return { name: 'VALARM', items }
}
