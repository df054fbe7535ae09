import type { Attachment, Conference, OccurrenceContent } from '../model/content.js'
import { oneLine } from './clean.js'
import { type FieldView, isDropped } from './field-view.js'
import { guestsIn, type Scene } from './scene.js'
import { mappedBy, unmappedBy } from './value-fields.js'

/** Categories, each one mapped by itself. Those that the calendar has no room for stay with the event. */
export const categoriesField: FieldView<'categories'> = {
  show: (own, scene) => (isDropped('categories', scene) ? [] : shownCategories(own, scene)),
  read: (shown, own, scene) => {
    if (isDropped('categories', scene) || own.categories.some((name) => !isBack(name, scene))) return undefined
    const there = shownCategories(own, scene)
    const seen = new Set(shown.categories)
    const unseen = own.categories.filter((name) => !there.includes(lookOf(name, scene)))
    const kept = own.categories.filter((name) => seen.has(lookOf(name, scene)))
    const added = [...seen].filter((name) => !kept.some((own) => lookOf(own, scene) === name))
    const back = added.map((name) => unmappedBy(name, 'categories', scene))
    return back.includes(undefined) ? undefined : [...kept, ...(back as readonly string[]), ...unseen]
  },
  becomes: (own, scene) => {
    if (isDropped('categories', scene)) return 'hidden'
    if (looksOf(own, scene).length > limit('categories', scene)) return 'cut'
    return own.categories.every((name) => isBack(name, scene)) ? undefined : 'mapped'
  },
}

function shownCategories(own: OccurrenceContent, scene: Scene): readonly string[] {
  return looksOf(own, scene).slice(0, limit('categories', scene))
}

function looksOf({ categories }: OccurrenceContent, scene: Scene): readonly string[] {
  return [...new Set(categories.map((name) => lookOf(name, scene)))].filter((name) => name.trim() !== '')
}

function lookOf(name: string, scene: Scene): string {
  return oneLine(mappedBy(name, 'categories', scene))
}

function isBack(name: string, scene: Scene): boolean {
  return unmappedBy(mappedBy(name, 'categories', scene), 'categories', scene) === name
}

export const conferencesField: FieldView<'conferences'> = linksField('conferences', ({ url, label }: Conference) => ({
  url: oneLine(url),
  ...named('label', label),
}))

export const attachmentsField: FieldView<'attachments'> = linksField(
  'attachments',
  ({ url, name, mimeType }: Attachment) => ({
    url: oneLine(url),
    ...named('name', name),
    ...named('mimeType', mimeType),
  }),
  (scene) => limit('attachments', scene),
)

/** Links are shown as they are, each text on one line, or not at all. Those beyond the limit stay with the event. */
function linksField<F extends 'conferences' | 'attachments'>(
  field: F,
  clean: (link: OccurrenceContent[F][number]) => OccurrenceContent[F][number],
  most: (scene: Scene) => number = () => Number.POSITIVE_INFINITY,
): FieldView<F> {
  return {
    show: (own, scene) => (isDropped(field, scene) ? [] : own[field].slice(0, most(scene)).map(clean)) as never,
    read: (shown, own, scene) =>
      isDropped(field, scene) ? undefined : ([...shown[field], ...own[field].slice(most(scene))] as never),
    becomes: (own, scene) => {
      if (isDropped(field, scene)) return 'hidden'
      return own[field].length > most(scene) ? 'cut' : undefined
    },
  }
}

/** Guests, where they can be carried in silence. */
export const attendeesField: FieldView<'attendees'> = {
  show: ({ attendees }, scene) =>
    guestsIn(scene) !== 'carry'
      ? []
      : attendees
          .slice(0, limit('attendees', scene))
          .map((attendee) => ({ ...attendee, ...named('name', attendee.name) })),
  // A change of the guests of a copy would have the sync mail people from the original.
  read: () => undefined,
  becomes: ({ attendees }, scene) => {
    if (guestsIn(scene) !== 'carry') return guestsLost(scene)
    return attendees.length > limit('attendees', scene) ? 'cut' : undefined
  },
}

export const organizerField: FieldView<'organizer'> = {
  show: ({ organizer }, scene) =>
    guestsIn(scene) === 'carry' && organizer ? { ...organizer, ...named('name', organizer.name) } : null,
  read: () => undefined,
  becomes: (_own, scene) => (guestsIn(scene) === 'carry' ? undefined : guestsLost(scene)),
}

function guestsLost(scene: Scene): 'hidden' | 'text' | 'left_out' {
  if (guestsIn(scene) === 'omit') return 'hidden'
  return scene.holds.cannotHold.includes('description') ? 'left_out' : 'text'
}

function limit(field: 'categories' | 'attendees' | 'attachments', { holds }: Scene): number {
  return holds.limits?.[field] ?? Number.POSITIVE_INFINITY
}

function named<Name extends string>(name: Name, value: string | undefined): { readonly [N in Name]?: string } {
  return (value === undefined ? {} : { [name]: oneLine(value) }) as { readonly [N in Name]?: string }
}
