import * as z from 'zod'
import { type OccurrenceContent, type Reminder, ReminderSchema } from '../../model/content.js'
import { recall } from '../../model/kept.js'
import { localSeconds, toInstant } from '../../model/time.js'
import type { ReadScene, WrittenField } from './field-codec.js'
import type { GraphEvent } from './wire.js'

type Reminders = OccurrenceContent['reminders']

/** Graph has one. */
export const mostReminders = 1

/** What rings for an event of which nobody says anything: 15 minutes before, in all answers that were kept. */
const defaultMinutes = 15

/** A year. No limit is documented. A guess. */
const mostMinutes = 527_040

export function readReminders(event: GraphEvent, { kept }: ReadScene): Reminders {
  const minutes = minutesOf(event)
  const meant = recall(kept, 'reminders', shownOf(minutes), z.union([z.literal('default'), z.array(ReminderSchema)]))
  return meant ?? plain(minutes)
}

/** The earliest on a screen; that there is none is said as well, or the mailbox's default rings. */
export function writeReminders({ reminders, time }: OccurrenceContent): WrittenField {
  const minutes = reminders === 'default' ? defaultMinutes : earliest(reminders, time)
  const isSame = JSON.stringify(plain(minutes)) === JSON.stringify(reminders)
  return {
    body: {
      isReminderOn: minutes !== undefined,
      ...(minutes === undefined ? {} : { reminderMinutesBeforeStart: minutes }),
    },
    keep: { reminders: isSame ? null : [shownOf(minutes), reminders] },
  }
}

function minutesOf({ isReminderOn, reminderMinutesBeforeStart }: GraphEvent): number | undefined {
  return isReminderOn ? Math.round(reminderMinutesBeforeStart ?? 0) : undefined
}

function plain(minutes: number | undefined): readonly Reminder[] {
  if (minutes === undefined) return []
  return [{ method: 'popup', trigger: { kind: 'offset', seconds: 0 - minutes * 60, from: 'start' } }]
}

/** None for what rings after the start: whether Graph takes such a one is not documented. */
function earliest(reminders: readonly Reminder[], time: OccurrenceContent['time']): number | undefined {
  const minutesOfAll = (all: readonly Reminder[]): readonly number[] =>
    all.map((one) => minutesBefore(one, time)).filter((minutes) => minutes >= 0 && minutes <= mostMinutes)
  const onScreen = minutesOfAll(reminders.filter(({ method }) => method !== 'email'))
  const all = onScreen.length > 0 ? onScreen : minutesOfAll(reminders)
  return all.length > 0 ? Math.max(...all) : undefined
}

function minutesBefore({ trigger }: Reminder, time: OccurrenceContent['time']): number {
  const seconds =
    trigger.kind === 'at'
      ? (Date.parse(trigger.at) - toInstant(time.start)) / 1_000
      : trigger.seconds + (trigger.from === 'end' ? lengthOf(time) : 0)
  return Math.round(0 - seconds / 60) + 0
}

function lengthOf({ start, end }: OccurrenceContent['time']): number {
  if (start.kind === 'timed' && end.kind === 'timed') return (toInstant(end) - toInstant(start)) / 1_000
  return localSeconds(start.kind === 'date' ? start.date : start.local, end.kind === 'date' ? end.date : end.local)
}

function shownOf(minutes: number | undefined): string {
  return minutes === undefined ? 'off' : String(minutes)
}
