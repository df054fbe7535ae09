import * as z from 'zod'
import { type OccurrenceContent, type OccurrenceField, type Reminder, ReminderSchema } from './content.js'
import { parseTemplate } from './template.js'

/**
 * What of an event a member calendar gets.
 *
 * Whatever is shown of an event can be told apart from what a person types: a copy proposes only what can be read back
 * from it. Where a setting cannot be undone, its field is read only in that copy.
 */
export interface Projection {
  /**
   * `everything`: all that a copy may carry. `title`: times and title. `busy`: times and "Busy". What is not shown cannot
   * be changed from the copy, either.
   */
  readonly show: 'everything' | 'title' | 'busy'
  /** Title of a busy copy: a template in which `{calendar}` and `{provider}` are those of the event's origin. */
  readonly busyTitle: string
  /** Events marked private or confidential at their source. `busy`: shown as busy in every copy. */
  readonly privateEvents: 'busy' | 'show'
  /**
   * Whether copies ring. `none` avoids that every event rings twice, and leaves alone what a person sets in the copy.
   * `fixed`: these, in every copy, busy ones too. `whenMissing`: those of the event, or these where it has none; in
   * copies that show no reminders of the event these as well.
   */
  readonly reminders:
    | 'none'
    | 'copy'
    | { readonly fixed: readonly Reminder[] }
    | { readonly whenMissing: readonly Reminder[] }
  /**
   * The guests. `asText`: their names at the end of the description. `carry`: as guests, where the calendar is known to
   * mail nobody about it; elsewhere as text. They are never changed from a copy.
   */
  readonly attendees: 'omit' | 'asText' | 'carry'
  /** `plain`: a description in HTML becomes text, and is read only in the copy. */
  readonly text: 'asWritten' | 'plain'
  /** Transforms by field, done in their order. Busy copies have nothing that could be transformed. */
  readonly fields: { readonly [F in OccurrenceField]?: readonly Transform[] }
}

/** One step from what an event says to what a copy shows. An empty text stays empty under `prefix` and `suffix`. */
export type Transform =
  | { readonly prefix: string }
  | { readonly suffix: string }
  /** Text with `{title}` and the like of this event in it, see {@link templateNames}. */
  | { readonly template: string }
  /** Every `from`, letter by letter, becomes `to`. */
  | { readonly replace: { readonly from: string; readonly to: string } }
  /** Whole values; of categories, each one. What is not named stays. */
  | { readonly mapValues: { readonly [from: string]: string } }
  /** Not shown. */
  | { readonly drop: true }

/** What a template may name: texts of the event, and the calendar and provider that it comes from. */
export const templateNames = ['title', 'description', 'location', 'url', 'categories', 'calendar', 'provider'] as const
export type TemplateName = (typeof templateNames)[number]

/** What the title of a busy copy may name. */
export const originNames = ['calendar', 'provider'] as const

/** Values that fields with a fixed set of them may have. */
export const choices = {
  status: ['confirmed', 'tentative', 'cancelled'],
  availability: ['busy', 'free', 'tentative', 'out_of_office', 'working_elsewhere'],
  visibility: ['default', 'public', 'private', 'confidential'],
} as const

/** How closed a visibility is: a copy is never shown to more people than its event. */
export const closedness: Readonly<Record<OccurrenceContent['visibility'], number>> = {
  default: 0,
  public: 0,
  private: 1,
  confidential: 2,
}

/** What copies get unless a member says otherwise. */
export const defaultProjection: Projection = Object.freeze({
  show: 'everything',
  busyTitle: 'Busy',
  privateEvents: 'busy',
  reminders: 'none',
  attendees: 'omit',
  text: 'asWritten',
  fields: Object.freeze({}),
} as const)

const maxTransforms = 8
const maxValues = 200
const reminderList = z.array(ReminderSchema).max(20)
const noControls = (text: string) => !/\p{Cc}|\p{Surrogate}/u.test(text)
const piece = z.string().max(1_024).refine(noControls, 'must have no line ends or control characters in it')
const affix = piece.refine((text) => text.trim() !== '', 'must be more than blanks, or nobody could tell it is there')

/** Which transforms a field takes, and what its values may become. */
interface Fitting {
  readonly kinds: readonly (typeof transformKinds)[number][]
  /** Why a value may not become another; undefined where it may. */
  readonly refuses?: (from: string, to: string) => string | undefined
}

const transformKinds = ['prefix', 'suffix', 'template', 'replace', 'mapValues', 'drop'] as const

const transform = z
  .strictObject({
    prefix: affix.exactOptional(),
    suffix: affix.exactOptional(),
    template: z
      .string()
      .max(1_024)
      .superRefine((text, check) => refuseTemplate(text, templateNames, check))
      .exactOptional(),
    replace: z
      .strictObject({ from: z.string().min(1).max(256), to: z.string().max(256) })
      .refine(({ from, to }) => from !== to, 'changes nothing')
      .exactOptional(),
    mapValues: valueMap().exactOptional(),
    drop: z.literal(true, 'must be true, or left out').exactOptional(),
  })
  .refine((given) => Object.keys(given).length === 1, `must be exactly one of ${transformKinds.join(', ')}`)

const anyText: Fitting = { kinds: transformKinds }
const onlyDrop: Fitting = { kinds: ['drop'] }
const notHere = (reason: string) => z.never(reason).exactOptional()

const fieldTransforms: z.ZodType<Projection['fields']> = z.strictObject({
  title: transformsFor(anyText),
  description: transformsFor(anyText),
  location: transformsFor(anyText),
  status: transformsFor({ kinds: ['mapValues', 'drop'], refuses: notAStatus }),
  availability: transformsFor({ kinds: ['mapValues', 'drop'], refuses: oneOf('availability') }),
  visibility: transformsFor({ kinds: ['mapValues'], refuses: moreOpen }),
  categories: transformsFor({ kinds: ['mapValues', 'drop'], refuses: emptied }),
  color: transformsFor({ kinds: ['mapValues', 'drop'], refuses: notAColor }),
  url: transformsFor(onlyDrop),
  priority: transformsFor(onlyDrop),
  geo: transformsFor(onlyDrop),
  conferences: transformsFor(onlyDrop),
  attachments: transformsFor(onlyDrop),
  time: notHere('times are always shown as they are'),
  attendees: notHere('guests have a setting of their own, `attendees`'),
  organizer: notHere('the organizer goes with the guests, see `attendees`'),
  reminders: notHere('reminders have a setting of their own, `reminders`'),
}) as unknown as z.ZodType<Projection['fields']>

const settings = {
  show: z.enum(['everything', 'title', 'busy']),
  busyTitle: piece.superRefine((text, check) => refuseTemplate(text, originNames, check)),
  privateEvents: z.enum(['busy', 'show']),
  reminders: z.union(
    [z.enum(['none', 'copy']), z.strictObject({ fixed: reminderList }), z.strictObject({ whenMissing: reminderList })],
    "must be 'none', 'copy', { fixed: [...] } or { whenMissing: [...] } with at most 20 reminders",
  ) as unknown as z.ZodType<Projection['reminders']>,
  attendees: z.enum(['omit', 'asText', 'carry']),
  text: z.enum(['asWritten', 'plain']),
  fields: fieldTransforms,
}

/** A whole projection; what is not named has its default. */
export const ProjectionSchema: z.ZodType<Projection> = z
  .strictObject({
    show: settings.show.default(defaultProjection.show),
    busyTitle: settings.busyTitle.default(defaultProjection.busyTitle),
    privateEvents: settings.privateEvents.default(defaultProjection.privateEvents),
    reminders: settings.reminders.default(defaultProjection.reminders),
    attendees: settings.attendees.default(defaultProjection.attendees),
    text: settings.text.default(defaultProjection.text),
    fields: settings.fields.default(defaultProjection.fields),
  })
  .superRefine(refuseContradictions)

/** A title copy that is made of other fields would show them. */
function refuseContradictions({ show, fields = {} }: Partial<Projection>, check: z.RefinementCtx): void {
  if (show !== 'title') return
  for (const field of Object.keys(fields))
    if (field !== 'title') refuse(check, ['fields', field], 'is not shown in a copy that shows the title only')
  for (const [index, transform] of (fields.title ?? []).entries()) {
    const shown = ['title', ...originNames]
    const parts = 'template' in transform ? parseTemplate(transform.template, templateNames) : []
    const other = typeof parts !== 'string' && parts.some((part) => 'name' in part && !shown.includes(part.name))
    if (other)
      refuse(check, ['fields', 'title', index, 'template'], `shows more than the title; known are ${shown.join(', ')}`)
  }
}

type Transforms = z.ZodType<readonly Transform[] | undefined>

function transformsFor(fitting: Fitting): Transforms {
  const list = z.array(transform).min(1).max(maxTransforms) as unknown as z.ZodType<readonly Transform[]>
  return list
    .superRefine((transforms, check) => {
      for (const [index, given] of transforms.entries()) refuseUnfit(given, index, transforms, fitting, check)
    })
    .exactOptional() as unknown as Transforms
}

/** zod leaves `__proto__` out of records without a word; here it is refused like everything that is not understood. */
function valueMap(): z.ZodType<Readonly<Record<string, string>>> {
  return z.unknown().superRefine((given, check) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return refuse(check, [], 'must be an object')
    const entries = Object.entries(given)
    if (entries.length === 0) refuse(check, [], 'must name a value')
    if (entries.length > maxValues) return refuse(check, [], `must not name more than ${maxValues} values`)
    for (const [from, to] of entries) {
      if (from === '__proto__') refuse(check, [from], 'is no value')
      else if (from.length > 1_024) refuse(check, [from.slice(0, 20)], 'is too long')
      else if (typeof to !== 'string' || to.length > 1_024 || !noControls(to))
        refuse(check, [from], 'must become a text of at most 1024 characters, without line ends')
    }
  }) as z.ZodType<Readonly<Record<string, string>>>
}

function refuseUnfit(
  given: Transform,
  index: number,
  all: readonly Transform[],
  { kinds, refuses }: Fitting,
  check: z.RefinementCtx,
): void {
  const kind = transformKinds.find((name) => name in given) ?? 'drop'
  if (!kinds.includes(kind)) refuse(check, [index, kind], `does not fit this field; these do: ${kinds.join(', ')}`)
  if (kind === 'drop' && all.length > 1) refuse(check, [index, kind], 'contradicts the other transforms of this field')
  if (kind === 'template' && index > 0) refuse(check, [index, kind], 'undoes the transforms before it; put it first')
  if (!('mapValues' in given) || !refuses) return
  for (const [from, to] of Object.entries(given.mapValues)) {
    const reason = refuses(from, to)
    if (reason !== undefined) refuse(check, [index, kind, from], reason)
  }
}

function refuseTemplate(text: string, names: readonly string[], check: z.RefinementCtx): void {
  const parts = parseTemplate(text, names)
  if (typeof parts === 'string') refuse(check, [], parts)
}

function refuse(check: z.RefinementCtx, path: readonly (string | number)[], message: string): void {
  check.addIssue({ code: 'custom', path: [...path], message })
}

function oneOf(field: keyof typeof choices): (from: string, to: string) => string | undefined {
  const known: readonly string[] = choices[field]
  return (from, to) =>
    known.includes(from) && known.includes(to) ? undefined : `is not known here; known are ${known.join(', ')}`
}

/** A copy that is cancelled is taken for a removal by most calendars. */
function notAStatus(from: string, to: string): string | undefined {
  return oneOf('status')(from, to) ?? (to === 'cancelled' && from !== to ? 'must not become cancelled' : undefined)
}

function moreOpen(from: string, to: string): string | undefined {
  const unknown = oneOf('visibility')(from, to)
  if (unknown !== undefined) return unknown
  const rank: Readonly<Record<string, number>> = closedness
  return (rank[to] ?? 0) < (rank[from] ?? 0) ? 'must not become more open than it is at its source' : undefined
}

function emptied(_from: string, to: string): string | undefined {
  return to.trim() === '' ? 'must not become empty' : undefined
}

function notAColor(_from: string, to: string): string | undefined {
  return /^(#[0-9a-f]{6}|[a-z]{1,30})$/i.test(to) ? undefined : 'must become a colour name or #rrggbb'
}
