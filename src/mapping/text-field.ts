import type { OccurrenceContent } from '../model/content.js'
import { type Cut, clean, cut, longestText, oneLine, uncut } from './clean.js'
import { type FieldView, isDropped, transformsOf } from './field-view.js'
import { guestBlock, mentionsGuests, withGuests, withoutGuests } from './guests.js'
import { descriptionOf, guestsIn, isConverted, limitOf, type Scene, valuesOf } from './scene.js'
import { restored, transformed } from './transform.js'

/** The texts of an event that a projection may change. */
export type TextField = 'title' | 'description' | 'location'

/** A text: made plain, transformed, made clean, cut to its limit, the guests below it; and the same way back. */
export function textField<F extends TextField>(field: F): FieldView<F> {
  return {
    show: (own, scene) => showText(field, own, scene) as OccurrenceContent[F],
    read: (shown, own, scene) => readText(field, shown[field], own, scene) as OccurrenceContent[F] | undefined,
    becomes: (own, scene) => {
      if (isDropped(field, scene)) return 'hidden'
      if (cutText(field, own, blockOf(field, own, scene), scene).tail !== '') return 'cut'
      if (field === 'description' && isConverted(own, scene)) return 'text'
      return readText(field, showText(field, own, scene), own, scene) === undefined ? 'mapped' : undefined
    },
  }
}

function showText(field: TextField, own: OccurrenceContent, scene: Scene): string {
  const block = blockOf(field, own, scene)
  return withGuests(cutText(field, own, block, scene).shown, block)
}

function readText(field: TextField, shown: string, own: OccurrenceContent, scene: Scene): string | undefined {
  if (field === 'description' && isConverted(own, scene)) return undefined
  const { tail } = cutText(field, own, blockOf(field, own, scene), scene)
  const typed = field === 'description' ? typedBeside(shown, own) : shown
  if (typed === undefined) return undefined
  const whole = tail === '' ? typed : uncut(typed, tail, field === 'title' ? ' ' : '\n')
  const transforms = transformsOf(field, scene)
  const told =
    transforms.length === 0
      ? whole
      : restored(whole, cleaned(field, own[field]), field, transforms, valuesOf(own, scene))
  return told === undefined || told.length > longestText ? undefined : told
}

function cutText(field: TextField, own: OccurrenceContent, block: string, scene: Scene): Cut {
  const transforms = transformsOf(field, scene)
  const text = cleaned(field, field === 'description' ? descriptionOf(own, scene) : own[field])
  const changed = transforms.length > 0 ? cleaned(field, transformed(text, transforms, valuesOf(own, scene))) : text
  return cut(changed, limitOf(field, scene) - (block === '' ? 0 : block.length + 2))
}

/** The guests, as far as they leave half of the room to the description itself. */
function blockOf(field: TextField, own: OccurrenceContent, scene: Scene): string {
  if (field !== 'description' || guestsIn(scene) !== 'asText') return ''
  const block = guestBlock(own)
  return block.length <= limitOf('description', scene) / 2 ? block : ''
}

/** Guests that we wrote are no part of the description; where the event has such lines itself, they cannot be told apart. */
function typedBeside(shown: string, own: OccurrenceContent): string | undefined {
  if (!mentionsGuests(shown)) return shown
  return mentionsGuests(own.description) ? undefined : withoutGuests(shown)
}

function cleaned(field: TextField, text: string): string {
  return field === 'title' ? oneLine(text) : clean(text)
}
