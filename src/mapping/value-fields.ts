import { neutralOccurrence, type OccurrenceContent } from '../model/content.js'
import { choices, closedness } from '../model/projection.js'
import { oneLine } from './clean.js'
import { type FieldView, isDropped, transformsOf } from './field-view.js'
import type { Scene } from './scene.js'
import { mapped, unmapped } from './transform.js'

/** A field that is shown as it is, or not at all. */
export function plainField<F extends 'priority' | 'geo' | 'url'>(
  field: F,
  clean: (value: OccurrenceContent[F]) => OccurrenceContent[F] = (value) => value,
): FieldView<F> {
  return {
    show: (own, scene) => (isDropped(field, scene) ? (neutralOccurrence[field] as never) : clean(own[field])),
    read: (shown, _own, scene) => (isDropped(field, scene) ? undefined : shown[field]),
    becomes: (_own, scene) => (isDropped(field, scene) ? 'hidden' : undefined),
  }
}

/** A web address is a line of its own. */
export const urlField: FieldView<'url'> = plainField('url', (url) => url && oneLine(url))

/** A field with a fixed set of values: read back only where no two of them look alike in the copy. */
export function choiceField<F extends keyof typeof choices>(field: F): FieldView<F> {
  type Value = OccurrenceContent[F]
  const show = (value: Value, scene: Scene): Value => {
    if (isDropped(field, scene)) return neutralOccurrence[field] as Value
    const wanted = mappedBy(value, field, scene) as Value
    return isMoreOpen(wanted, value) ? value : wanted
  }
  const all = choices[field] as readonly string[] as readonly Value[]
  return {
    show: (own, scene) => show(own[field], scene),
    read: (shown, _own, scene) => {
      const looks = all.map((value) => show(value, scene))
      return new Set(looks).size === all.length ? all[looks.indexOf(shown[field])] : undefined
    },
    becomes: (_own, scene) => {
      if (isDropped(field, scene)) return 'hidden'
      return new Set(all.map((value) => show(value, scene))).size === all.length ? undefined : 'mapped'
    },
  }
}

/** Whatever is stored as a projection: a copy is never more open than its event. */
function isMoreOpen(wanted: string, own: string): boolean {
  const rank: Readonly<Record<string, number>> = closedness
  return (rank[wanted] ?? 0) < (rank[own] ?? 0)
}

export const colorField: FieldView<'color'> = {
  show: ({ color }, scene) => {
    if (isDropped('color', scene) || color === null) return null
    return mappedBy(color, 'color', scene)
  },
  read: (shown, own, scene) => {
    if (isDropped('color', scene)) return undefined
    const back = own.color === null ? null : unmappedBy(mappedBy(own.color, 'color', scene), 'color', scene)
    if (back !== own.color) return undefined
    return shown.color === null ? null : unmappedBy(shown.color, 'color', scene)
  },
  becomes: (own, scene) => {
    if (isDropped('color', scene)) return 'hidden'
    return colorField.read({ ...own, color: colorField.show(own, scene) }, own, scene) === undefined
      ? 'mapped'
      : undefined
  },
}

/** What the maps of a field make of a value. */
export function mappedBy(value: string, field: 'categories' | 'color' | keyof typeof choices, scene: Scene): string {
  return transformsOf(field, scene).reduce(
    (before, transform) => ('mapValues' in transform ? mapped(before, transform.mapValues) : before),
    value,
  )
}

/** The value that the maps of a field made this one of; undefined where they lose something. */
export function unmappedBy(value: string, field: 'categories' | 'color', scene: Scene): string | undefined {
  return transformsOf(field, scene).reduceRight<string | undefined>(
    (after, transform) =>
      after !== undefined && 'mapValues' in transform ? unmapped(after, transform.mapValues) : after,
    value,
  )
}
