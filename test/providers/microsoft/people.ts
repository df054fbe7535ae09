import { type EventContent, type OccurrenceContent, occurrenceOf } from '../../../src/model/content.js'
import type { RemoteId } from '../../../src/model/ids.js'
import { writable, writeFields } from '../../../src/providers/microsoft/event-map.js'
import { newBody } from '../../../src/providers/microsoft/master-body.js'
import type { FakeMicrosoftCalendar } from '../../../src/testing/microsoft/person.js'
import type { MicrosoftEvent } from '../../../src/testing/microsoft/resources.js'
import type { ProviderFixture } from '../../../src/testing/provider-contract.js'

/** What a person does at a screen, for contents of the contract: not by requests, and without marks. */
export function personAt(calendar: FakeMicrosoftCalendar): ProviderFixture['person'] {
  return {
    async add(content) {
      const { id = '' } = calendar.create(bodyOf(content))
      editOccurrences(id, content)
      return id as RemoteId
    },
    async edit(id, content) {
      calendar.edit(id, { ...occurrence(content), ...bodyOf(content) })
      editOccurrences(id, content)
    },
    remove: async (id) => calendar.remove(id),
  }

  function editOccurrences(id: string, { overrides }: EventContent): void {
    for (const [slot, override] of Object.entries(overrides)) {
      if (override.kind === 'cancelled') calendar.removeOccurrence(id, slot.slice(0, 10))
      else calendar.editOccurrence(id, slot.slice(0, 10), occurrence(override.content))
    }
  }
}

export function bodyOf(content: EventContent): MicrosoftEvent {
  return newBody(content) as MicrosoftEvent
}

export function occurrence(content: EventContent | OccurrenceContent): MicrosoftEvent {
  return writeFields(occurrenceOf(content as EventContent), writable, { before: undefined }) as MicrosoftEvent
}
