import * as z from 'zod'
import { type OccurrenceContent, type Reminder, ReminderSchema } from '../../model/content.js'
import { localSeconds, toInstant } from '../../model/time.js'
import type { ReadScene, WriteScene, WrittenField } from './field-codec.js'
import { recall } from './kept.js'
import { grounded } from './times.js'
import type { GoogleEvent } from './wire.js'

type Reminders = OccurrenceContent['reminders']
type Override = { readonly method: string; readonly minutes: number }

/** So many, and so early, as Google takes them. */
export const mostReminders = 5
const mostMinutes = 40_320

/** The reminders of whoever is signed in; nobody else sees them. */
export function readReminders({ reminders }: GoogleEvent, { kept }: ReadScene): Reminders {
  if (reminders?.useDefault) return 'default'
  const overrides = reminders?.overrides ?? []
  const meant = recall(kept, 'reminders', shownOf(overrides), z.array(ReminderSchema))
  if (meant) return meant
  return overrides.map(({ method, minutes }) => ({
    method: method === 'email' ? 'email' : 'popup',
    trigger: { kind: 'offset', seconds: -Math.round(minutes) * 60, from: 'start' },
  }))
}

export function writeReminders({ reminders, time }: OccurrenceContent, { zone }: WriteScene): WrittenField {
  // Google refuses overrides beside the default, and an empty list must be said, or the default rings.
  if (reminders === 'default')
    return { body: { reminders: { useDefault: true, overrides: null } }, keep: { reminders: null } }
  const overrides = reminders.flatMap((one) => overrideOf(one, time, zone)).slice(0, mostReminders)
  const back = readReminders({ id: '', reminders: { useDefault: false, overrides } }, { zone, kept: {} })
  const isSame = JSON.stringify(back) === JSON.stringify(reminders)
  return {
    body: { reminders: { useDefault: false, overrides } },
    keep: { reminders: isSame ? null : [shownOf(overrides), reminders] },
  }
}

/** Nothing for a reminder after the start, or more than four weeks before it: Google has none of these. */
function overrideOf({ method, trigger }: Reminder, time: OccurrenceContent['time'], zone: string): readonly Override[] {
  const start = grounded(time.start, zone)
  const seconds =
    trigger.kind === 'at'
      ? (Date.parse(trigger.at) - toInstant(start, zone)) / 1_000
      : trigger.seconds + (trigger.from === 'end' ? lengthOf(time) : 0)
  const minutes = Math.round(-seconds / 60)
  if (minutes < 0 || minutes > mostMinutes) return []
  return [{ method: method === 'email' ? 'email' : 'popup', minutes }]
}

function lengthOf({ start, end }: OccurrenceContent['time']): number {
  if (start.kind === 'timed' && end.kind === 'timed') return (toInstant(end) - toInstant(start)) / 1_000
  return localSeconds(start.kind === 'date' ? start.date : start.local, end.kind === 'date' ? end.date : end.local)
}

/** Google sorts them as it likes. */
function shownOf(overrides: readonly Override[]): string {
  return overrides
    .map(({ method, minutes }) => `${method}${minutes}`)
    .sort()
    .join(' ')
}
