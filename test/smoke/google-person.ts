import type { calendar_v3 } from '@googleapis/calendar'
import type { EventContent } from '../../src/model/content.js'
import type { RemoteId } from '../../src/model/ids.js'
import { slotTime } from '../../src/model/recurrence.js'
import { toInstant } from '../../src/model/time.js'
import type { ProviderFixture } from '../../src/testing/provider-contract.js'
import { bodyOf, occurrence } from '../providers/google/people.js'

/** Somebody else who edits the calendar, with Google's own client. Nobody is mailed. */
export function personWith(api: calendar_v3.Calendar, calendarId: string): ProviderFixture['person'] {
  const quiet = { calendarId, sendUpdates: 'none' } as const
  const whole = { ...quiet, supportsAttachments: true }
  return {
    async add(content) {
      const { data } = await api.events.insert({ ...whole, requestBody: asSent(bodyOf(content)) })
      const id = data.id ?? ''
      for (const [slot, override] of Object.entries(content.overrides)) {
        const eventId = await occurrenceId(id, slot, content)
        const change = override.kind === 'cancelled' ? { status: 'cancelled' } : asSent(occurrence(override.content))
        await api.events.patch({ ...whole, eventId, requestBody: change })
      }
      return id as RemoteId
    },
    async edit(id, content) {
      await api.events.patch({ ...whole, eventId: id, requestBody: asSent(bodyOf(content)) })
    },
    async remove(id) {
      await api.events.delete({ ...quiet, eventId: id })
    },
    async copy(id) {
      const { data } = await api.events.get({ calendarId, eventId: id })
      const { id: _id, etag: _etag, iCalUID: _uid, organizer: _organizer, creator: _creator, ...event } = data
      return ((await api.events.insert({ ...whole, requestBody: event })).data.id ?? '') as RemoteId
    },
  }

  async function occurrenceId(id: string, slot: string, { time }: EventContent): Promise<string> {
    const start = slotTime(slot, time.start)
    const originalStart = start.kind === 'date' ? start.date : new Date(toInstant(start)).toISOString()
    const { data } = await api.events.instances({ calendarId, eventId: id, originalStart, maxResults: 1 })
    return data.items?.[0]?.id ?? ''
  }
}

const asSent = (body: object): calendar_v3.Schema$Event => body as calendar_v3.Schema$Event
