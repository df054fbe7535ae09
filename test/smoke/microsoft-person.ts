import type { Client, GraphRequest } from '@microsoft/microsoft-graph-client'
import type { EventContent, Slot } from '../../src/model/content.js'
import type { RemoteCalendarId, RemoteId } from '../../src/model/ids.js'
import { slotTime } from '../../src/model/recurrence.js'
import { toInstant } from '../../src/model/time.js'
import { expandedProperties } from '../../src/providers/microsoft/properties.js'
import type { ProviderFixture } from '../../src/testing/provider-contract.js'
import { bodyOf, occurrence } from '../providers/microsoft/people.js'

/** An event as Microsoft's client gives it, as far as this looks into it. */
export interface Told {
  readonly id: string
  readonly start?: { readonly dateTime: string }
}

/** Every request of a program that is to meet the same ids as the provider. */
export function ask(api: Client, path: string): GraphRequest {
  return api.api(path).headers({ Prefer: 'IdType="ImmutableId", outlook.timezone="UTC"' })
}

/** Somebody else who edits the calendar, with Microsoft's own client. Nobody is mailed, as there are no guests. */
export function personWith(api: Client, calendarId: RemoteCalendarId): ProviderFixture['person'] {
  const events = `/me/calendars/${calendarId}/events`
  const at = (id: string): GraphRequest => ask(api, `/me/events/${id}`)
  return {
    async add(content) {
      const { id }: Told = await ask(api, events).post(bodyOf(content))
      await writeOccurrences(id, content)
      return id as RemoteId
    },
    async edit(id, content) {
      await at(id).patch({ ...occurrence(content), ...bodyOf(content) })
      await writeOccurrences(id, content)
    },
    async remove(id) {
      await at(id).delete()
    },
    async copy(id) {
      const event: Record<string, unknown> = await at(id).expand(expandedProperties).get()
      const body = Object.fromEntries(copied.flatMap((name) => (event[name] == null ? [] : [[name, event[name]]])))
      return ((await ask(api, events).post(body)) as Told).id as RemoteId
    },
  }

  async function writeOccurrences(id: string, content: EventContent): Promise<void> {
    for (const [slot, override] of Object.entries(content.overrides)) {
      const one = at(await occurrenceId(id, slot, content))
      await (override.kind === 'cancelled' ? one.delete() : one.patch(occurrence(override.content)))
    }
  }

  async function occurrenceId(id: string, slot: Slot, { time }: EventContent): Promise<string> {
    const start = slotTime(slot, time.start)
    const ms = start.kind === 'date' ? Date.parse(start.date) : toInstant(start)
    const around = { startDateTime: text(ms - dayMs), endDateTime: text(ms + dayMs) }
    const { value }: { readonly value: readonly Told[] } = await ask(api, `/me/events/${id}/instances`)
      .query(around)
      .get()
    const found = value.find((one) => one.start?.dateTime.slice(0, 19) === text(ms))
    if (!found) throw new Error(`The series has no occurrence at ${slot}.`)
    return found.id
  }
}

const dayMs = 86_400_000

function text(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19)
}

/** What of an event is in a copy that a program makes of it; of our properties too, as in one that copies all of them. */
const copied = [
  ...['subject', 'body', 'start', 'end', 'isAllDay', 'location', 'recurrence', 'showAs', 'sensitivity', 'categories'],
  ...['importance', 'isReminderOn', 'reminderMinutesBeforeStart', 'singleValueExtendedProperties'],
]
