import type { EventContent, OccurrenceContent, Override } from '../../../model/content.js'
import { differingFields } from '../../../model/equality.js'
import { asHeld } from '../../../providers/memory/behaviour.js'
import { contradicts, keepsTexts, type Scenery } from '../kinds.js'
import { takesPlace } from '../people/series.js'
import type { GroundTruth } from '../truth.js'
import { nameIn, singleFields, startOf, tokenOf } from '../words.js'
import { copiesOf, type ShownPlace } from './shown.js'
import type { Violation } from './violation.js'

/** Whether all calendars show the same of an event, but for what one cannot hold, writes its own way or is not told. */
export function convergence(
  name: string,
  shown: readonly ShownPlace[],
  scenery: Scenery,
  truth: GroundTruth,
  logged: ReadonlySet<string>,
): readonly Violation[] {
  // Of an edit that did not change the revision nobody can tell whether it came before our write or after it.
  if (truth.slept.has(name)) return []
  // Nor, of a copy that a restored engine finds again, what it stood for.
  if (truth.forgotten.has(name)) return []
  return scenery.groups.flatMap((group) => {
    const members = shown.filter(({ id }) => group.places.some(({ calendar }) => calendar.id === id))
    const seen = members.flatMap((place) =>
      copiesOf(name, place)
        .filter(({ writtenFor }) => writtenFor === undefined || writtenFor === group.id)
        // A second one that a person put beside it is an event of its own.
        .slice(0, truth.putAgain.has(`${name}/${place.id}`) ? 0 : 1)
        .map(({ event }) => ({ place, content: event.content, isBusy: nameIn(event.content) === '' })),
    )
    const first = seen.find(({ place, isBusy }) => place.role === 'full' && !isBusy)
    if (!first) return []
    return seen.flatMap((other) => {
      const differs = other === first ? [] : differences(name, first, other, truth, logged)
      const where = `${first.place.id} and ${other.place.id}`
      return differs.length === 0
        ? []
        : [{ invariant: 'I1 convergence', what: `${name} differs in ${differs.join(', ')} between ${where}` }]
    })
  })
}

/** A changed occurrence that its series does not have belongs to another state of the series. */
export function orphans(name: string, shown: readonly ShownPlace[]): readonly Violation[] {
  // Google keeps the dates that the lines of a series leave out when a person splits it; they leave out nothing there.
  const keepsDates = shown.some(({ provider }) => provider === 'google')
  return shown.flatMap((place) =>
    copiesOf(name, place).flatMap(({ event: { content } }) => {
      const { start } = content.time
      const rule = content.recurrence?.rule
      if (start.kind !== 'timed' || !rule) return []
      return Object.keys(content.overrides)
        .filter((slot) => !takesPlace(content, slot) && !(keepsDates && content.overrides[slot]?.kind === 'cancelled'))
        .map((slot) => ({
          invariant: 'series',
          what: `${name} in ${place.id} has no occurrence at ${slot}, and changes it`,
        }))
    }),
  )
}

/** What was typed in a calendar that keeps texts as they are stands so in all calendars that do. */
export function respelled(shown: readonly ShownPlace[], truth: GroundTruth): readonly Violation[] {
  const typed = new Map(truth.typed.map((value) => [value.token, value]))
  const isPlain = (id: string) => shown.some((place) => place.id === id && keepsTexts(place))
  // Where two services undo each other's spelling, an edit that comes in between takes one of them along.
  if (shown.some(contradicts)) return []
  // What a service wrote its own way and did not answer for may be an edit, for all that anybody can tell.
  if (
    shown.some(
      ({ behaviour: { normalize, returnsBody, returnsRevision, revisions } }) =>
        normalize && !returnsBody && (!returnsRevision || revisions === 'none'),
    )
  )
    return []
  return shown
    .filter(({ id }) => isPlain(id))
    .flatMap((place) =>
      [...place.events.values()].flat().flatMap(({ event: { content } }) =>
        (['title', 'description'] as const).flatMap((field) => {
          const value = typed.get(tokenOf(field, content) ?? '')
          if (!value || value.field !== field || !isPlain(value.calendarId) || truth.forgotten.has(value.event))
            return []
          const meant = field === 'title' ? `${value.event} ${value.token}` : value.token
          return content[field] === meant
            ? []
            : [{ invariant: 'rendering', what: `${field} ${value.token} is spelled anew in ${place.id}` }]
        }),
      ),
    )
}

interface Seen {
  readonly place: ShownPlace
  readonly content: EventContent
  readonly isBusy: boolean
}

function differences(
  name: string,
  first: Seen,
  other: Seen,
  truth: GroundTruth,
  logged: ReadonlySet<string>,
): readonly string[] {
  if (other.isBusy) return startOf(first.content) === startOf(other.content) ? [] : ['time']
  const fields = differingFields(common(first, other), common(other, first)).filter(
    (field) => !truth.undoneBlindly.has(`${name}/${field}`),
  )
  if (other.place.role === 'full' || other.place.role === 'busy') return fields
  if (other.place.role === 'target') return truth.editedIn.has(`${name}/${other.place.id}`) ? [] : fields
  // A source that may not be written keeps what it says; what differs must have been typed elsewhere, or won over it, or a
  // person wanted an earlier value back.
  if (truth.reconsidered.has(name)) return []
  return singleFields.filter((field) => {
    const [there, here] = [tokenOf(field, first.content), tokenOf(field, other.content)]
    return (
      there !== null &&
      here !== null &&
      there !== here &&
      truth.typedIn(there, other.place.id) &&
      !truth.isLogged(here, logged)
    )
  })
}

/** What is left of a content in both calendars: as the other one keeps it, in a neutral spelling. */
function common({ content, place }: Seen, other: Seen): EventContent {
  // An occurrence may look changed by the spelling of its series alone.
  const held = spelled(asHeld(spelled(content), other.place.behaviour))
  // What the other one has no room for may have been all that an occurrence was changed in.
  return place.provider !== 'memory' ? asHeld(held, place.behaviour) : held
}

function spelled(content: EventContent): EventContent {
  const overrides = Object.entries(content.overrides).map(([slot, own]): [string, Override] => [
    slot,
    own.kind === 'cancelled' ? own : { kind: 'changed', content: { ...own.content, ...plain(own.content) } },
  ])
  return { ...content, ...plain(content), overrides: Object.fromEntries(overrides) }
}

function plain({ title, description }: OccurrenceContent): Pick<OccurrenceContent, 'title' | 'description'> {
  return { title: title.toLowerCase().trim(), description: description.toLowerCase().trim().replace(/\.$/, '') }
}
