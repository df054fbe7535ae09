import { componentsOf, linesOf, parseCalendars, propertiesOf, propertyOf } from './component.js'
import { type Property, paramOf } from './content-line.js'
import { defaultLimits } from './limits.js'
import { valuesOf } from './series.js'

/** What one VEVENT says of the people in it. */
export interface MeetingPart {
  /** RECURRENCE-ID as written; empty for the master. */
  readonly occurrence: string
  /** Every address that the organizer is known by; empty where there is none. */
  readonly organizer: readonly string[]
  readonly guests: readonly Guest[]
  /** Whether it is said not to take place. */
  readonly isCancelled: boolean
  /** Occurrences that are left out, as written. */
  readonly leftOut: readonly string[]
}

/** Somebody who is invited. */
export interface Guest {
  readonly addresses: readonly string[]
  /** PARTSTAT in upper case. */
  readonly answer: string
  /** The client, not the server, is to tell this person of changes. @see RFC 6638 section 7.1 */
  readonly isSilent: boolean
}

/** The people of a calendar object, in every VEVENT of it. */
export function meetingOf(text: string): readonly MeetingPart[] {
  return parseCalendars(text, defaultLimits)
    .flatMap((calendar) => componentsOf(calendar, 'VEVENT'))
    .map((event) => {
      const organizer = propertyOf(event, 'ORGANIZER')
      return {
        occurrence: linesOf(event, 'RECURRENCE-ID')[0]?.text ?? '',
        organizer: organizer ? addressesOf(organizer) : [],
        guests: propertiesOf(event, 'ATTENDEE').map((property) => ({
          addresses: addressesOf(property),
          answer: paramOf(property, 'partstat')?.toUpperCase() ?? 'NEEDS-ACTION',
          isSilent: ['CLIENT', 'NONE'].includes(paramOf(property, 'schedule-agent')?.toUpperCase() ?? ''),
        })),
        isCancelled: propertyOf(event, 'STATUS')?.value.trim().toUpperCase() === 'CANCELLED',
        leftOut: propertiesOf(event, 'EXDATE').flatMap(valuesOf).sort(),
      }
    })
}

/** The guests besides the organizer, who is often one of them. */
export function othersIn({ guests, organizer }: MeetingPart): readonly Guest[] {
  return guests.filter(({ addresses }) => !addresses.some((address) => organizer.includes(address)))
}

/** One form for addresses: lower case, hrefs without the slash at their end, mail addresses without their scheme. */
export function plainAddress(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/^mailto:/, '')
    .replace(/\/+$/, '')
}

/** Servers with addresses of their own (a path, a urn) give the mail address in EMAIL. */
function addressesOf(property: Property): readonly string[] {
  const email = paramOf(property, 'email')
  return [property.value, ...(email === undefined ? [] : [email])].map(plainAddress).filter((text) => text !== '')
}
