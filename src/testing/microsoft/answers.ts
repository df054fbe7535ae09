import type { Answer, Call } from './call.js'
import { deleteEvent } from './event-writes.js'
import { tellOrganizer } from './guests.js'
import { Refusal } from './refusals.js'
import { changeOccurrenceData, type Target } from './series.js'
import { stampText } from './times.js'
import { assertWritable, type Place, putEvent } from './world.js'

/** What somebody answers to an invitation. */
export type MicrosoftAnswer = 'accepted' | 'tentativelyAccepted' | 'declined'

/** `events.accept` and its like. Who declines loses the event from their calendar. */
export function answerInvitation(call: Call, target: Target, response: MicrosoftAnswer): Answer {
  // A good version is passed over, and a malformed one is an error of the server: both seen in 2026.
  if (call.ifMatch !== undefined && !/^(?:\*|(?:W\/)?"[^"]*")$/.test(call.ifMatch))
    throw new Refusal('ErrorInternalServerTransientError')
  const { sendResponse = true } = call.body as { readonly sendResponse?: boolean }
  respond(call, target, response, sendResponse)
  return { code: 202 }
}

/** Answers an invitation. */
export function respond(place: Place, target: Target, response: MicrosoftAnswer, sends: boolean): void {
  const { stored, date, data } = target
  if (data.isOrganizer) throw new Refusal('ErrorInvalidRequest', { message: "You can't respond to your own meeting." })
  assertWritable(place, stored.calendarId)
  const to = data.organizer.address ?? ''
  if (sends) place.world.mails.push({ to, kind: 'response', eventId: place.world.ids.of(stored, date, true) })
  const responseStatus = { response, time: stampText(place.mailbox.stamp()) }
  if (sends) tellOrganizer(place.world, place.mailbox, target, responseStatus)
  if (response === 'declined') {
    deleteEvent(place, place.world.ids.of(stored, date, true))
    return
  }
  const showAs = response === 'accepted' ? 'busy' : 'tentative'
  putEvent(place, changeOccurrenceData(stored, date, { responseStatus, showAs }, place.mailbox.stamp()))
}

/** `events.cancel`: the organizer takes a meeting back, and everybody is told. */
export function cancelMeeting(call: Call, target: Target): Answer {
  if (!target.data.isOrganizer) throw new Refusal('ErrorAccessDenied', { message: 'Only the organizer can cancel.' })
  if (target.data.attendees.length === 0)
    throw new Refusal('ErrorInvalidRequest', { message: 'Only meetings with attendees can be cancelled.' })
  deleteEvent(call, call.world.ids.of(target.stored, target.date, true))
  return { code: 202 }
}
