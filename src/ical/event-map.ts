import type {
  Attachment,
  Conference,
  EventContent,
  EventTime,
  Geo,
  OccurrenceContent,
  OccurrenceField,
} from '../model/content.js'
import { occurrenceFields } from '../model/content.js'
import { sameTime } from '../model/time.js'
import { reminders } from './alarms.js'
import { type Component, isComponent, type Line, propertyOf } from './component.js'
import { escapeText, oneLine, type Property, paramOf, parseLine, unescapeTexts } from './content-line.js'
import { type FieldCodec, line, listField, singleField, textField, withParams } from './field-codec.js'
import { checkLimit, listLimit } from './limits.js'
import { attendees, organizer } from './people.js'
import { addDuration, parseDuration, readSpan, retimedLine, timeLine } from './times.js'
import type { ZoneReader } from './zones.js'

/** How every field of an occurrence stands in a VEVENT. A field without a codec does not compile. */
export const codecs: { readonly [F in OccurrenceField]-?: FieldCodec<OccurrenceContent[F]> } = {
  title: textField('SUMMARY'),
  description: textField('DESCRIPTION', 'X-ALT-DESC'),
  location: textField('LOCATION', 'X-APPLE-STRUCTURED-LOCATION'),

  time: {
    owns: (item) => !isComponent(item) && ['DTSTART', 'DTEND', 'DURATION', allDayFlag].includes(item.name),
    read: readSpan,
    write(span, existing, { nameZone, zones }) {
      const there: Component = { name: 'VEVENT', items: existing }
      const before = spanOf(there, zones)
      const named = (name: string) => existing.find((item): item is Line => item.name === name)
      const keptStart = before && sameTime(before.start, span.start) && named('DTSTART')
      const written = (name: string, time: EventTime) => {
        const there = named(name)
        return there ? retimedLine(there, time, nameZone) : timeLine(name, time, nameZone)
      }
      const lines = keptStart ? existing.filter(({ name }) => name === 'DTSTART') : [written('DTSTART', span.start)]
      const duration = parseDuration(propertyOf(there, 'DURATION')?.value ?? '')
      const keptDuration = duration && sameTime(addDuration(span.start, duration), span.end) && named('DURATION')
      const keptEnd = before && sameTime(before.end, span.end) && named('DTEND')
      const kept = keptDuration || keptEnd
      if (kept) lines.push(kept)
      else if (!sameTime(span.start, span.end)) lines.push(written('DTEND', span.end))
      const flag = named(allDayFlag)
      const isSameKind = before?.start.kind === span.start.kind
      if (flag) lines.push(isSameKind ? flag : line(allDayFlag, span.start.kind === 'date' ? 'TRUE' : 'FALSE'))
      return lines
    },
  },

  status: singleField<OccurrenceContent['status']>({
    names: ['STATUS'],
    neutral: 'confirmed',
    read: ({ value }) => statuses[value.trim().toUpperCase()],
    write: (status, base) => ({ ...base, value: status.toUpperCase() }),
  }),

  // TRANSP says busy or free. Outlook's property is finer, but only Outlook keeps it up to date, so it counts where it
  // does not contradict TRANSP.
  availability: {
    owns: (item) => !isComponent(item) && ['TRANSP', outlookStatus, outlookIntent].includes(item.name),
    read(component) {
      const transparency = propertyOf(component, 'TRANSP')?.value.trim().toUpperCase()
      const fine = busyStatuses[propertyOf(component, outlookStatus)?.value.trim().toUpperCase() ?? '']
      if (transparency === 'TRANSPARENT') return fine === 'working_elsewhere' ? fine : 'free'
      return transparency === 'OPAQUE' && fine === 'free' ? 'busy' : (fine ?? 'busy')
    },
    write(availability, existing) {
      const lines = [line('TRANSP', availability === 'free' ? 'TRANSPARENT' : 'OPAQUE')]
      const fine = Object.keys(busyStatuses).find((word) => busyStatuses[word] === availability) ?? 'BUSY'
      const told = existing.some((item) => item.name === outlookStatus)
      if (told || !['busy', 'free'].includes(availability)) lines.push(line(outlookStatus, fine))
      return lines
    },
  },

  visibility: singleField<OccurrenceContent['visibility']>({
    names: ['CLASS'],
    neutral: 'default',
    read: ({ value }) => visibilities[value.trim().toUpperCase()] ?? 'private', // RFC 5545 section 3.8.1.3
    write: (visibility, base) => (visibility === 'default' ? undefined : { ...base, value: visibility.toUpperCase() }),
  }),

  categories: {
    owns: (item) => item.name === 'CATEGORIES',
    read(component) {
      const found = component.items.flatMap((item) =>
        item.name === 'CATEGORIES' && !isComponent(item) ? unescapeTexts(parseLine(item.text)?.value ?? '') : [],
      )
      checkLimit(found.length, listLimit.categories, 'LIMIT_LIST', 'The number of categories')
      return [...new Set(found.map((category) => category.trim()).filter((category) => category !== ''))]
    },
    write: (categories) => (categories.length === 0 ? [] : [line('CATEGORIES', categories.map(escapeText).join(','))]),
  },

  color: singleField<string | null>({
    names: ['COLOR'],
    neutral: null,
    read: ({ value }) => (/^(#[\da-f]{6}|[a-z]{3,63})$/i.test(value.trim()) ? value.trim().toLowerCase() : undefined),
    write: (color, base) => (color === null ? undefined : { ...base, value: oneLine(color) }),
  }),

  url: singleField<string | null>({
    names: ['URL'],
    neutral: null,
    read: ({ value }) => oneLine(value) || undefined,
    write: (url, base) => (url === null ? undefined : { ...base, value: oneLine(url) }),
  }),

  priority: singleField<number | null>({
    names: ['PRIORITY'],
    neutral: null,
    read: ({ value }) => (/^\s*[1-9]\s*$/.test(value) ? Number(value) : undefined), // 0 says "none"
    write: (priority, base) => (priority === null ? undefined : { ...base, value: String(priority) }),
  }),

  geo: singleField<Geo | null>({
    names: ['GEO'],
    neutral: null,
    read({ value }) {
      const [latitude, longitude, more] = value.replaceAll('\\', '').split(/[;,]/).map(degrees) // SOGo escapes the semicolon
      if (latitude === undefined || longitude === undefined || more !== undefined) return undefined
      if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return undefined
      return { latitude, longitude }
    },
    write: (geo, base) =>
      geo === null ? undefined : { ...base, value: `${decimal(geo.latitude)};${decimal(geo.longitude)}` },
  }),

  conferences: listField<Conference>({
    names: ['CONFERENCE', 'X-GOOGLE-CONFERENCE', 'X-MICROSOFT-SKYPETEAMSMEETINGURL'],
    key: (conference) => conference.url,
    read(property) {
      const url = oneLine(property.value)
      const label = paramOf(property, 'label')
      return url === '' ? undefined : { url, ...(label !== undefined && { label }) }
    },
    write: ({ url, label }, base) => ({
      name: 'CONFERENCE',
      params: withParams(base.params, { label }),
      type: 'uri',
      value: oneLine(url),
    }),
  }),

  // Attachments inside the text are megabytes that no other calendar takes; they stay where they are.
  attachments: listField<Attachment>({
    names: ['ATTACH'],
    key: (attachment) => attachment.url,
    read(property) {
      const url = oneLine(property.value)
      if (isInline(property) || url === '') return undefined
      const name = paramOf(property, 'filename') ?? paramOf(property, 'x-filename') ?? paramOf(property, 'x-label')
      const mimeType = paramOf(property, 'fmttype')
      return { url, ...(name !== undefined && { name }), ...(mimeType !== undefined && { mimeType }) }
    },
    write: ({ url, name, mimeType }, base) => ({
      ...base,
      params: withParams(base.params, {
        filename: name,
        'x-filename': undefined,
        'x-label': undefined,
        fmttype: mimeType,
      }),
      value: oneLine(url),
    }),
  }),

  attendees,
  organizer,
  reminders,
}

/** Everything that one VEVENT says of itself. */
export function readOccurrence(component: Component, zones: ZoneReader): OccurrenceContent {
  const content: Partial<Record<OccurrenceField, unknown>> = {}
  for (const field of occurrenceFields) content[field] = codecs[field].read(component, zones)
  return content as unknown as OccurrenceContent
}

/** True for a property that carries its bytes inside the text. */
export function isInline(property: Property): boolean {
  return property.type === 'binary' || paramOf(property, 'encoding')?.toUpperCase() === 'BASE64'
}

/** Coordinates as calendars keep them: six digits are ten centimetres, and some servers cut there. */
export function roundDegrees(value: number): number {
  return Math.round(value * 1e6) / 1e6 + 0
}

const allDayFlag = 'X-MICROSOFT-CDO-ALLDAYEVENT'
const outlookStatus = 'X-MICROSOFT-CDO-BUSYSTATUS'
const outlookIntent = 'X-MICROSOFT-CDO-INTENDEDSTATUS'

const statuses: Readonly<Record<string, OccurrenceContent['status']>> = {
  CONFIRMED: 'confirmed',
  TENTATIVE: 'tentative',
  CANCELLED: 'cancelled',
}

const visibilities: Readonly<Record<string, EventContent['visibility']>> = {
  PUBLIC: 'public',
  PRIVATE: 'private',
  CONFIDENTIAL: 'confidential',
}

const busyStatuses: Readonly<Record<string, OccurrenceContent['availability']>> = {
  BUSY: 'busy',
  FREE: 'free',
  TENTATIVE: 'tentative',
  OOF: 'out_of_office',
  WORKINGELSEWHERE: 'working_elsewhere',
}

function spanOf(component: Component, zones: ZoneReader): OccurrenceContent['time'] | undefined {
  return propertyOf(component, 'DTSTART') && readSpan(component, zones)
}

function degrees(text: string): number | undefined {
  return /^\s*[+-]?\d+(\.\d*)?\s*$/.test(text) ? roundDegrees(Number(text)) : undefined
}

function decimal(value: number): string {
  return roundDegrees(value)
    .toFixed(6)
    .replace(/\.?0+$/, '')
}
