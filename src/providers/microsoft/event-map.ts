import * as z from 'zod'
import {
  type EventContent,
  type Geo,
  type OccurrenceContent,
  type OccurrenceField,
  occurrenceFields,
} from '../../model/content.js'
import { formatKept, mergedKept, recall } from '../../model/kept.js'
import { readBody, writeBody } from './body.js'
import type { EventBody } from './client.js'
import type { FieldCodec, ReadScene, WriteScene, WrittenField } from './field-codec.js'
import { keptOf, longestKept } from './kept.js'
import { readAttendees, readOrganizer } from './people.js'
import { type PropertyName, writeProperties } from './properties.js'
import { writeRepetition } from './recurrence.js'
import { readReminders, writeReminders } from './reminders.js'
import { readSpan, writeSpan, zoneOf } from './times.js'
import type { GraphEvent } from './wire.js'

/** How every field of an occurrence stands in an event of Graph. A field without a codec does not compile. */
export const codecs: { readonly [F in OccurrenceField]-?: FieldCodec<F> } = {
  title: {
    read: ({ subject }) => subject ?? '',
    write: ({ title }) => ({ body: { subject: title } }),
  },

  description: { read: readBody, write: writeBody },
  location: { read: ({ location }) => location?.displayName ?? '', write: writeLocation },
  geo: { read: readGeo, write: writeLocation },
  time: { read: readSpan, write: writeSpan },

  // A meeting that its organizer called off stays to be seen, and nobody else can call one off: of a copy, it is free time.
  // That an event is tentative can only be said by how it blocks time.
  status: {
    read: ({ isCancelled, showAs }, { kept }) => {
      if (isCancelled) return 'cancelled'
      return recall(kept, 'status', showAs ?? '', statuses) ?? plainStatus(showAs)
    },
    write: ({ status, availability }) => {
      const shown = shownAs(status, availability)
      return { body: { showAs: shown }, keep: { status: status === plainStatus(shown) ? null : [shown, status] } }
    },
  },

  availability: {
    read: ({ showAs }, { kept }) => recall(kept, 'availability', showAs ?? '', availabilities) ?? plainBusy(showAs),
    write: ({ status, availability }) => {
      const shown = shownAs(status, availability)
      const isPlain = availability === plainBusy(shown)
      return { body: { showAs: shown }, keep: { availability: isPlain ? null : [shown, availability] } }
    },
  },

  visibility: {
    read: ({ sensitivity }) => visibilities.get(sensitivity ?? '') ?? 'default',
    write: ({ visibility }) => ({ body: { sensitivity: sensitivities[visibility] } }),
  },

  categories: {
    read: ({ categories = [] }) => categories,
    write: ({ categories }) => ({ body: { categories: [...new Set(categories)] } }),
  },

  priority: {
    read: ({ importance }, { kept }) =>
      recall(kept, 'priority', importance ?? '', z.int().min(1).max(9)) ?? plainPriority(importance),
    write: ({ priority }) => {
      const shown = priority === null || priority === 5 ? 'normal' : priority < 5 ? 'high' : 'low'
      return {
        body: { importance: shown },
        keep: { priority: priority === plainPriority(shown) ? null : [shown, priority] },
      }
    },
  },

  reminders: { read: readReminders, write: writeReminders },

  // Whoever is written as a guest is mailed, and nothing turns that off.
  attendees: { read: readAttendees },
  organizer: { read: readOrganizer },

  // `isOnlineMeeting` makes a new conference, and nothing takes it back. A link is all that there is to read.
  conferences: {
    read: ({ onlineMeeting, onlineMeetingUrl, onlineMeetingProvider }) => {
      const url = onlineMeeting?.joinUrl || onlineMeetingUrl
      const label = meetings.get(onlineMeetingProvider ?? '')
      return url ? [{ url, ...(label ? { label } : {}) }] : []
    },
  },

  // Graph has no room for these: attachments are files, and colours those of categories.
  attachments: { read: () => [] },
  color: { read: () => null },
  url: { read: () => null },
}

/** The fields of which Graph takes something. */
export const writable: readonly OccurrenceField[] = occurrenceFields.filter((field) => codecs[field].write)

/** The fields of which Graph takes nothing. */
export const unwritable: readonly OccurrenceField[] = occurrenceFields.filter((field) => !codecs[field].write)

/**
 * Everything that an event says of itself. Of an occurrence the series has to be given: what is kept of the series counts
 * for it, and it is in the zone of the series.
 * @throws SyncError `invalid_event`.
 */
export function readOccurrence(event: GraphEvent, series?: GraphEvent): OccurrenceContent {
  const scene = sceneOf(event, series)
  const entries = occurrenceFields.map((field) => [field, codecs[field].read(event, scene)])
  return Object.fromEntries(entries) as OccurrenceContent
}

/** What {@link writeFields} writes over. */
export interface WriteOver extends WriteScene {
  /** Of an occurrence: its series. */
  readonly series?: GraphEvent
}

/**
 * A body that writes these fields of `content` over an event, with the property that keeps what Graph cannot say, and other
 * properties that are to be written along. `recurrence` is written with its content; null ends a series. Empty when there
 * is nothing to write.
 */
export function writeFields(
  content: OccurrenceContent & Partial<Pick<EventContent, 'recurrence'>>,
  fields: readonly (OccurrenceField | 'recurrence')[],
  { series, ...scene }: WriteOver,
  properties: Readonly<Partial<Record<PropertyName, string | undefined>>> = {},
): EventBody {
  const written = withCompanions(fields).map((field): WrittenField => {
    if (field === 'recurrence') return writeRepetition({ ...content, recurrence: content.recurrence ?? null }, scene)
    return codecs[field].write?.(content, scene) ?? { body: {} }
  })
  const body: Record<string, unknown> = Object.assign({}, ...written.map((one) => one.body))
  const known = keptOf(scene.before, series)
  const kept = mergedKept(known, Object.assign({}, ...written.map((one) => one.keep ?? {})))
  const [was, wanted] = [formatKept(known, longestKept), formatKept(kept, longestKept)]
  // Where an occurrence keeps nothing it has to say so, or what its series keeps would count for it.
  const own = wanted ?? (series ? '{}' : undefined)
  const all = wanted === was ? properties : { ...properties, Kept: own }
  if (Object.keys(all).length > 0) body['singleValueExtendedProperties'] = writeProperties(all)
  return body
}

function sceneOf(event: GraphEvent, series?: GraphEvent): ReadScene {
  const kept = keptOf(event, series)
  const seriesZone = series && zoneOf(series, keptOf(series))
  return { kept, ...(seriesZone === undefined ? {} : { seriesZone }) }
}

/** How a field stands there may depend on another one. */
function withCompanions<F extends OccurrenceField | 'recurrence'>(
  fields: readonly F[],
): readonly (F | OccurrenceField)[] {
  const companions = companies.filter((company) => company.some((one) => (fields as readonly string[]).includes(one)))
  return [...new Set<F | OccurrenceField>([...fields, ...companions.flat()])]
}

const companies: readonly (readonly OccurrenceField[])[] = [
  ['status', 'availability'],
  ['location', 'geo'],
]

type Status = OccurrenceContent['status']
type Availability = OccurrenceContent['availability']

const statuses = z.enum(['confirmed', 'tentative', 'cancelled'])
const availabilities = z.enum(['busy', 'free', 'tentative', 'out_of_office', 'working_elsewhere'])

const words: Readonly<Record<Availability, string>> = {
  busy: 'busy',
  free: 'free',
  tentative: 'tentative',
  out_of_office: 'oof',
  working_elsewhere: 'workingElsewhere',
}

function shownAs(status: Status, availability: Availability): string {
  if (status === 'cancelled') return words.free
  return status === 'tentative' && availability === 'busy' ? words.tentative : words[availability]
}

function plainBusy(showAs: string | undefined): Availability {
  const found = Object.entries(words).find(([, word]) => word === showAs)
  return availabilities.safeParse(found?.[0]).data ?? 'busy'
}

function plainStatus(showAs: string | undefined): Status {
  return showAs === words.tentative ? 'tentative' : 'confirmed'
}

function plainPriority(importance: string | undefined): number | null {
  return importance === 'high' ? 1 : importance === 'low' ? 9 : null
}

const visibilities: ReadonlyMap<string, OccurrenceContent['visibility']> = new Map([
  ['normal', 'default'],
  ['personal', 'private'],
  ['private', 'private'],
  ['confidential', 'confidential'],
])

const sensitivities: Readonly<Record<OccurrenceContent['visibility'], string>> = {
  default: 'normal',
  public: 'normal',
  private: 'private',
  confidential: 'confidential',
}

const meetings: ReadonlyMap<string, string> = new Map([
  ['teamsForBusiness', 'Microsoft Teams'],
  ['skypeForBusiness', 'Skype for Business'],
  ['skypeForConsumer', 'Skype'],
])

function readGeo({ location }: GraphEvent, { kept }: ReadScene): Geo | null {
  const { latitude, longitude } = location?.coordinates ?? {}
  if (latitude === undefined || longitude === undefined) return recall(kept, 'geo', '', geos) ?? null
  return geos.safeParse({ latitude, longitude }).data ?? null
}

/** A place is one value: written without its coordinates, it has none. */
function writeLocation({ location, geo }: OccurrenceContent): WrittenField {
  const coordinates = geo && { coordinates: { latitude: geo.latitude, longitude: geo.longitude } }
  // Whether a place without a name keeps them is not known.
  const isDoubtful = geo !== null && location === ''
  return {
    body: { location: { displayName: location, ...coordinates } },
    keep: { geo: isDoubtful ? ['', geo] : null },
  }
}

const geos: z.ZodType<Geo> = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
})
