import type { Clock } from '../fakes/clock.js'
import type { Ids } from './ids.js'
import type { Mailbox, StoredCalendar, StoredEvent } from './mailbox.js'
import type { FakeMicrosoftOptions } from './options.js'
import { Refusal } from './refusals.js'
import type { Rounds } from './rounds.js'
import type { Subscriptions } from './subscriptions.js'

/** A mail that Exchange would have sent: there is no way to write an event with guests without one. */
export interface FakeMicrosoftMail {
  readonly to: string
  readonly kind: 'invitation' | 'update' | 'cancellation' | 'response'
  /** Immutable. */
  readonly eventId: string
}

/** All that the fake knows. */
export interface World {
  readonly clock: Clock
  readonly ids: Ids
  readonly mailboxes: Map<string, Mailbox>
  readonly mails: FakeMicrosoftMail[]
  readonly rounds: Rounds
  readonly subscriptions: Subscriptions
  readonly options: FakeMicrosoftOptions
  /** Tells whoever waits for it that an event changed. */
  changed(mailbox: Mailbox, before: StoredEvent | undefined, after: StoredEvent): void
}

/** Where something is done, and by whom. */
export interface Place {
  readonly world: World
  readonly mailbox: Mailbox
  /** It is the hand of somebody to whom the calendars belong, wherever programs may not go. */
  readonly isOwner?: true
}

/** The calendar of an id; the default one where the address names none, or says `calendar` (an empty text here). */
export function calendarOf({ mailbox, isOwner }: Place, id: string | undefined): StoredCalendar {
  const calendar = id === undefined || id === '' ? mailbox.defaultCalendar : mailbox.calendars.get(id)
  if (!calendar || (!isOwner && mailbox.hidden.has(calendar.id))) throw new Refusal('ErrorItemNotFound')
  return calendar
}

/** Refuses a write to a calendar that is only shown to this person. */
export function assertWritable({ mailbox, isOwner }: Place, calendarId: string): void {
  if (isOwner) return
  if (mailbox.calendars.get(calendarId)?.canEdit !== true) throw new Refusal('ErrorAccessDenied')
}

/** Writes an event, and tells who waits for it. */
export function putEvent(
  { world, mailbox }: Place,
  event: Parameters<Mailbox['put']>[0],
  options: Parameters<Mailbox['put']>[1] = {},
): StoredEvent {
  const before = mailbox.find(event.key)
  const after = mailbox.put(event, options)
  world.changed(mailbox, before, after)
  return after
}
