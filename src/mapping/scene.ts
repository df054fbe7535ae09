import type { OccurrenceContent } from '../model/content.js'
import type { Holding } from '../model/holding.js'
import { htmlToText, looksLikeHtml } from '../model/html.js'
import type { Origin } from '../model/origin.js'
import { originNames, type Projection } from '../model/projection.js'
import { fillTemplate, parseTemplate } from '../model/template.js'
import { clean, cut, longestText, oneLine } from './clean.js'
import type { TemplateValues } from './transform.js'

/** What a template may say of an origin. */
export type NamedOrigin = Pick<Origin, 'provider' | 'calendarName'>

/** All that decides how copies of one event look in one calendar, beside what the event says. */
export interface Scene {
  readonly projection: Projection
  readonly origin: NamedOrigin
  readonly holds: Holding
}

/** What becomes of the guests: as text where they cannot be carried in silence. */
export function guestsIn({ projection, holds }: Scene): Projection['attendees'] {
  if (projection.attendees !== 'carry') return projection.attendees
  return holds.quietAttendees === true && !holds.cannotHold.includes('attendees') ? 'carry' : 'asText'
}

/** How long a text may be there. */
export function limitOf(field: 'title' | 'description' | 'location', { holds }: Scene): number {
  return Math.min(holds.limits?.[field] ?? longestText, longestText)
}

/** The title of a busy copy. */
export function busyTitle(scene: Scene): string {
  const { busyTitle: template } = scene.projection
  const parts = template.includes('{') || template.includes('}') ? parseTemplate(template, originNames) : template
  const title = typeof parts === 'string' ? template : fillTemplate(parts, (name) => originValues(scene)[name])
  return cut(oneLine(title), limitOf('title', scene)).shown
}

/** A description as this copy has it: as it was written, or as text. */
export function descriptionOf(own: OccurrenceContent, scene: Scene): string {
  return isConverted(own, scene) ? htmlToText(own.description) : own.description
}

/** Whether a description is made text of, so that what is typed into it cannot be put back. */
export function isConverted({ description }: OccurrenceContent, { projection }: Scene): boolean {
  return projection.text === 'plain' && looksLikeHtml(description)
}

/** What a template of this occurrence is filled with. */
export function valuesOf(own: OccurrenceContent, scene: Scene): TemplateValues {
  return {
    title: oneLine(own.title),
    description: clean(descriptionOf(own, scene)),
    location: clean(own.location),
    url: oneLine(own.url ?? ''),
    categories: own.categories.map(oneLine).join(', '),
    ...originValues(scene),
  }
}

function originValues({ origin }: Scene): Readonly<Record<(typeof originNames)[number], string>> {
  return { calendar: oneLine(origin.calendarName), provider: oneLine(origin.provider) }
}

/** Whether an occurrence must not be told about: it is private, or could be read by more people than at its source. */
export function isHidden({ visibility }: OccurrenceContent, { projection, holds }: Scene): boolean {
  if (visibility !== 'private' && visibility !== 'confidential') return false
  return projection.privateEvents === 'busy' || holds.cannotHold.includes('visibility')
}
