import { type EventContent, occurrenceFields } from '../../../src/model/content.js'
import type { RemoteId } from '../../../src/model/ids.js'
import { slotTime } from '../../../src/model/recurrence.js'
import { toInstant } from '../../../src/model/time.js'
import { codecs, withoutNulls, writeFields } from '../../../src/providers/google/event-map.js'
import { formatRecurrence } from '../../../src/providers/google/recurrence-lines.js'
import type { FakeGoogleCalendar } from '../../../src/testing/google/person.js'
import type { GoogleEvent } from '../../../src/testing/google/resources.js'
import type { ProviderFixture } from '../../../src/testing/provider-contract.js'

const writable = occurrenceFields.filter((field) => codecs[field].write)

/** What a person does at a screen, for contents of the contract: not by requests, and without marks. */
export function personAt(calendar: FakeGoogleCalendar): ProviderFixture['person'] {
  return {
    async add(content) {
      const { id = '' } = calendar.create(withoutNulls({ ...bodyOf(content) }) as GoogleEvent)
      editOccurrences(id, content)
      return id as RemoteId
    },
    async edit(id, content) {
      calendar.edit(id, bodyOf(content))
      editOccurrences(id, content)
    },
    remove: async (id) => calendar.remove(id),
    async copy(id) {
      const { id: _id, etag: _etag, iCalUID: _uid, organizer: _o, creator: _c, ...rest } = calendar.get(id) ?? {}
      const {
        kind: _k,
        created: _cr,
        updated: _u,
        sequence: _s,
        htmlLink: _h,
        ...event
      } = rest as GoogleEvent & {
        readonly [name: string]: unknown
      }
      return calendar.create(event as GoogleEvent).id as RemoteId
    },
  }

  function editOccurrences(id: string, { overrides, time }: EventContent): void {
    for (const [slot, override] of Object.entries(overrides)) {
      const start = slotTime(slot, time.start)
      const original = start.kind === 'date' ? start.date : new Date(toInstant(start)).toISOString()
      if (override.kind === 'cancelled') calendar.removeOccurrence(id, original)
      else calendar.editOccurrence(id, original, occurrence(override.content))
    }
  }
}

export function bodyOf(content: EventContent): GoogleEvent {
  const { recurrence, time } = content
  const lines = recurrence ? { recurrence: formatRecurrence({ recurrence, exdates: [], start: time.start }) } : {}
  return { ...occurrence(content), ...lines }
}

export function occurrence(content: Parameters<typeof writeFields>[0]): GoogleEvent {
  return writeFields(content, writable, { zone: 'Europe/Berlin', before: undefined, kept: {} }).body as GoogleEvent
}
