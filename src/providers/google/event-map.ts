import * as z from 'zod'
import { type OccurrenceContent, type OccurrenceField, occurrenceFields } from '../../model/content.js'
import type { EventBody, Query } from './client.js'
import { colorOf, nearestColor } from './colors.js'
import type { FieldCodec, ReadScene, WriteScene, WrittenField } from './field-codec.js'
import { formatKept, type Kept, keptKey, mergedKept, readKept, recall } from './kept.js'
import { readAttachments, readConferences, readUrl, writeAttachments, writeUrl } from './links.js'
import { readAttendees, readOrganizer, writeAttendees } from './people.js'
import { readReminders, writeReminders } from './reminders.js'
import { readSpan, writeMoment } from './times.js'
import type { GoogleEvent } from './wire.js'

/** How every field of an occurrence stands in an event of Google. A field without a codec does not compile. */
export const codecs: { readonly [F in OccurrenceField]-?: FieldCodec<F> } = {
  title: textCodec('title', 'summary'),
  description: textCodec('description', 'description'),
  location: textCodec('location', 'location'),

  time: {
    read: (event, { zone, kept }) => readSpan(event, zone, kept),
    write: ({ time }, { zone }) => ({
      body: { start: writeMoment(time.start, zone), end: writeMoment(time.end, zone) },
      keep: { floating: time.start.kind === 'floating' ? [zone, true] : null },
    }),
  },

  // `cancelled` removes an event at Google. A meeting that is called off and still to be seen stands there as free time.
  status: {
    read: ({ status }, { kept }) => {
      const shown = status === 'tentative' ? 'tentative' : 'confirmed'
      return recall(kept, 'status', shown, z.literal('cancelled')) ?? shown
    },
    write: ({ status }) => {
      const shown = status === 'cancelled' ? 'confirmed' : status
      return { body: { status: shown }, keep: { status: shown === status ? null : [shown, status] } }
    },
  },

  availability: {
    read: ({ transparency, eventType }, { kept }) => {
      const shown = transparency === 'transparent' ? 'transparent' : 'opaque'
      const plain = kinds.get(eventType ?? '') ?? (shown === 'transparent' ? 'free' : 'busy')
      return recall(kept, 'availability', shown, availabilities) ?? plain
    },
    write: ({ availability, status }) => {
      const shown = availability === 'free' || status === 'cancelled' ? 'transparent' : 'opaque'
      const isPlain = availability === (shown === 'transparent' ? 'free' : 'busy')
      return { body: { transparency: shown }, keep: { availability: isPlain ? null : [shown, availability] } }
    },
  },

  visibility: {
    read: ({ visibility }) => visibilities.safeParse(visibility).data ?? 'default',
    write: ({ visibility }) => ({ body: { visibility } }),
  },

  color: {
    read: ({ colorId }, { kept }) =>
      colorId === undefined ? null : (recall(kept, 'color', colorId, z.string()) ?? colorOf(colorId)),
    write: ({ color }) => {
      const id = color === null ? null : nearestColor(color)
      const isPlain = id === null || colorOf(id) === color
      return { body: { colorId: id }, keep: { color: isPlain ? null : [id, color] } }
    },
  },

  url: { read: readUrl, write: writeUrl },
  attachments: { read: readAttachments, write: writeAttachments },
  attendees: { read: readAttendees, write: writeAttendees },
  reminders: { read: readReminders, write: writeReminders },

  // Google sets them itself: who owns the calendar organizes, and conferences are taken from their own add-ons only
  // (`conferenceSolution.key.type` "addOn" of anybody else is refused; a Meet of another event must not be copied).
  organizer: { read: readOrganizer },
  conferences: { read: readConferences },

  // Google has no room for these.
  categories: { read: () => [] },
  priority: { read: () => null },
  geo: { read: () => null },
}

/** The fields of which Google takes nothing. */
export const unwritable: readonly OccurrenceField[] = occurrenceFields.filter((field) => !codecs[field].write)

/** Everything that an event says of itself. @throws SyncError `invalid_event`. */
export function readOccurrence(event: GoogleEvent, scene: ReadScene): OccurrenceContent {
  const entries = occurrenceFields.map((field) => [field, codecs[field].read(event, scene)])
  return Object.fromEntries(entries) as OccurrenceContent
}

/** A scene for an event; occurrences say by themselves what is kept of them, or their series does. */
export function sceneOf(event: GoogleEvent, zone: string, master?: GoogleEvent): ReadScene {
  const own = event.extendedProperties?.private
  const kept = own?.[keptKey] === undefined && master ? readKept(master.extendedProperties?.private) : readKept(own)
  return { zone, kept }
}

/** A body, and the parameters that it needs. */
export interface Outgoing {
  readonly body: EventBody
  readonly query: Query
}

/**
 * A patch that writes these fields of `content` over an event, and what goes into its private properties besides.
 * Empty when there is nothing to write.
 */
export function writeFields(
  content: OccurrenceContent,
  fields: readonly OccurrenceField[],
  scene: WriteScene & { readonly kept: Kept; readonly isOccurrence?: boolean },
  properties: Readonly<Record<string, string | null>> = {},
): Outgoing {
  const written = withCompanions(fields).map((field) => codecs[field].write?.(content, scene) ?? nothing)
  const body: Record<string, unknown> = Object.assign({}, ...written.map((one) => one.body))
  const kept = mergedKept(scene.kept, Object.assign({}, ...written.map((one) => one.keep ?? {})))
  // Where an occurrence keeps nothing it has to say so, or what its series keeps would count for it.
  const before = formatKept(scene.kept)
  const wanted = formatKept(kept) ?? (scene.isOccurrence && before !== null ? '{}' : null)
  const own: Record<string, string | null> = { ...properties }
  if (wanted !== before) own[keptKey] = wanted
  if (Object.keys(own).length > 0) body['extendedProperties'] = { private: own }
  return { body, query: 'attachments' in body ? { supportsAttachments: 'true' } : {} }
}

/** A body for an event that is not there yet: there is nothing to remove. */
export function withoutNulls(body: EventBody): EventBody {
  const entries = Object.entries(body).filter(([, value]) => value !== null)
  return Object.fromEntries(entries.map(([name, value]) => [name, isPlainObject(value) ? withoutNulls(value) : value]))
}

const nothing: WrittenField = { body: {} }

/** How a field stands there may depend on another one. */
function withCompanions(fields: readonly OccurrenceField[]): readonly OccurrenceField[] {
  const isCalledOff = fields.includes('status') || fields.includes('availability')
  return isCalledOff ? [...new Set<OccurrenceField>([...fields, 'status', 'availability'])] : fields
}

function textCodec<F extends 'title' | 'description' | 'location'>(
  field: F,
  key: 'summary' | 'description' | 'location',
): FieldCodec<F> {
  return {
    read: (event) => (event[key] ?? '') as OccurrenceContent[F],
    write: (content) => ({ body: { [key]: content[field] === '' ? null : content[field] } }),
  }
}

const visibilities = z.enum(['default', 'public', 'private', 'confidential'])
const availabilities = z.enum(['busy', 'free', 'tentative', 'out_of_office', 'working_elsewhere'])

/** What the kind of an event says of the time. */
const kinds: ReadonlyMap<string, OccurrenceContent['availability']> = new Map([
  ['outOfOffice', 'out_of_office'],
  ['workingLocation', 'working_elsewhere'],
])

function isPlainObject(value: unknown): value is EventBody {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
