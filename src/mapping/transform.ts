import { type TemplateName, type Transform, templateNames } from '../model/projection.js'
import { fillTemplate, parseTemplate } from '../model/template.js'
import { longestText } from './clean.js'

/** What a template is filled with. */
export type TemplateValues = Readonly<Record<TemplateName, string>>

/** Does the transforms of a text field, in their order. */
export function transformed(text: string, transforms: readonly Transform[], values: TemplateValues): string {
  return transforms.reduce((value, transform) => step(value, transform, values).slice(0, longestText), text)
}

/**
 * What a text says that stands where the transforms put one: the way back. Undefined where there is none, because a step
 * loses something, or because this very event would come back as another text.
 *
 * @param own the event's own text, before the transforms
 */
export function restored(
  shown: string,
  own: string,
  field: TemplateName,
  transforms: readonly Transform[],
  values: TemplateValues,
): string | undefined {
  const undo = (text: string) =>
    transforms.reduceRight<string | undefined>(
      (value, transform) => (value === undefined ? undefined : undone(value, transform, field, values)),
      text,
    )
  const back = undo(transformed(own, transforms, values))
  return back !== undefined && meansSame(back, own) ? undo(shown) : undefined
}

function meansSame(a: string, b: string): boolean {
  return a === b || a.normalize('NFC').trimEnd() === b.normalize('NFC').trimEnd()
}

function step(text: string, transform: Transform, values: TemplateValues): string {
  if ('prefix' in transform) return text === '' ? '' : `${transform.prefix}${text}`
  if ('suffix' in transform) return text === '' ? '' : `${text}${transform.suffix}`
  if ('template' in transform) return fillTemplate(partsOf(transform.template), (name) => values[name])
  if ('replace' in transform) return replaced(text, transform.replace.from, transform.replace.to)
  if ('mapValues' in transform) return mapped(text, transform.mapValues)
  return ''
}

function undone(text: string, transform: Transform, field: TemplateName, values: TemplateValues): string | undefined {
  if ('prefix' in transform) return withoutPrefix(text, transform.prefix)
  if ('suffix' in transform) return withoutSuffix(text, transform.suffix)
  if ('template' in transform) return fromTemplate(text, transform.template, field, values)
  if ('replace' in transform)
    return transform.replace.to === '' ? text : replaced(text, transform.replace.to, transform.replace.from)
  if ('mapValues' in transform) return unmapped(text, transform.mapValues)
  return undefined
}

/** The value that a map makes of another; values that it does not name stay. */
export function mapped(value: string, map: Readonly<Record<string, string>>): string {
  return Object.hasOwn(map, value) ? (map[value] as string) : value
}

/** The value that a map made this one of; undefined where the map makes one value of two. */
export function unmapped(value: string, map: Readonly<Record<string, string>>): string | undefined {
  const targets = Object.values(map)
  if (new Set(targets).size < targets.length) return undefined
  return Object.keys(map).find((from) => map[from] === value) ?? value
}

/** Whoever types a new title into a copy need not know of the prefix: a text without it is taken as it is. */
function withoutPrefix(text: string, prefix: string): string {
  const [plain, known] = [text.normalize('NFC'), prefix.normalize('NFC')]
  if (plain.trimEnd() === known.trimEnd()) return ''
  return plain.startsWith(known) ? plain.slice(known.length) : text
}

function withoutSuffix(text: string, suffix: string): string {
  if (suffix === '') return text
  const [plain, known] = [text.normalize('NFC').trimEnd(), suffix.normalize('NFC').trimEnd()]
  return plain.endsWith(known) ? plain.slice(0, plain.length - known.length) : text
}

/** A template can be undone where it has the field itself in it, once, and else only what never changes. */
function fromTemplate(text: string, template: string, field: TemplateName, values: TemplateValues): string | undefined {
  const parts = partsOf(template)
  const at = parts.findIndex((part) => 'name' in part && part.name === field)
  const others = parts.filter((_, index) => index !== at)
  if (at < 0 || others.some((part) => 'name' in part && part.name !== 'calendar' && part.name !== 'provider'))
    return undefined
  const literal = (some: typeof parts) => fillTemplate(some, (name) => values[name])
  return withoutSuffix(withoutPrefix(text, literal(parts.slice(0, at))), literal(parts.slice(at + 1)))
}

function partsOf(template: string): Exclude<ReturnType<typeof parseTemplate<TemplateName>>, string> {
  const parts = parseTemplate(template, templateNames)
  return typeof parts === 'string' ? [] : parts
}

/** Like `replaceAll`, and stops where the result is longer than any text may be. */
function replaced(text: string, from: string, to: string): string {
  let result = ''
  let start = 0
  for (let at = text.indexOf(from); at >= 0 && result.length <= longestText; at = text.indexOf(from, start)) {
    result += text.slice(start, at) + to
    start = at + from.length
  }
  return result + text.slice(start, start + longestText)
}
