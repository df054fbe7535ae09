import { completeContent, type EventContent, type EventTime } from '../../../model/content.js'
import { digest } from '../../../model/hash.js'
import type { Mark } from '../../../model/origin.js'
import type { RemoteEvent } from '../../../providers/provider.js'
import { hidesPlaces, holds, type Place } from '../kinds.js'
import type { Random } from '../random.js'
import type { GroundTruth } from '../truth.js'
import { categoryTokens, datePlus, localPlus, nameIn, overrideTokens, type SingleField, tokenOf } from '../words.js'
import type { Scene } from './scene.js'

const firstDay = Date.UTC(2026, 0, 5)
const hourMs = 3_600_000
const meeting = '@meeting'

/** A new event; sometimes the same meeting in two calendars at once, as an invitation that both accounts received. */
export function add({ groups, truth, random, leansToSeries }: Scene, place: Place): string {
  const name = truth.name()
  const isSeries = random.chance(leansToSeries ? 0.7 : 0.35)
  const content = completeContent({
    title: `${name} ${truth.token()}`,
    time: newTime(truth, random, isSeries),
    description: random.chance(0.5) ? truth.token() : '',
    categories: random.chance(0.2) ? [truth.token()] : [],
    recurrence: isSeries ? { rule: random.pick(['FREQ=DAILY;COUNT=5', 'FREQ=DAILY']), rdates: [] } : null,
  })
  // Two groups that share a calendar put a copy each into it, and nobody sees a meeting that no listing is about.
  const others = groups
    .filter(({ places }) => places.includes(place))
    .flatMap(({ places }) => places)
    .filter((other) => other !== place && other.role !== 'busy' && other.behaviour.window === undefined)
  const twin =
    random.chance(0.08) && others.length > 0 && place.behaviour.window === undefined ? random.pick(others) : undefined
  const uid = twin && `${name}${meeting}`
  for (const where of twin ? [place, twin] : [place]) {
    const id = where.calendar.add(content, uid === undefined ? {} : { uid })
    truth.put(name, where, id)
    const kept = where.calendar.get(id)?.content ?? content
    if (where !== place) continue
    for (const field of ['title', 'description', 'time'] as const)
      noteField(truth, where, name, field, kept, null, false)
    for (const token of categoryTokens(kept))
      truth.note({ event: name, field: 'category', token, over: null }, where, false)
  }
  return `${place.calendar.id}: add ${name}${isSeries ? ' (series)' : ''}${twin ? `, also in ${twin.calendar.id}` : ''}`
}

/** Another installation, with a secret of its own, puts a copy of something here. */
export function addForeign({ truth, random }: Scene, place: Place): string {
  const name = truth.name()
  const key = (place.provider === 'memory' ? `foreign-${name}` : digest('foreign', name).slice(0, 32)) as Mark['key']
  const mark: Mark = {
    groupId: 'group' as Mark['groupId'],
    eventId: key as string as Mark['eventId'],
    calendarId: place.calendar.id as string as Mark['calendarId'],
    incarnation: 0,
    key,
    signature: 'of another secret',
  }
  const content = { title: `${name} ${truth.token()}`, time: newTime(truth, random, false) }
  place.calendar.add(content, { uid: `${key}@calweave`, mark, key })
  truth.foreign.add(name)
  return `${place.calendar.id}: another installation puts ${name}`
}

/** Types over one field. In a copy that only shows "Busy" that is its time. */
export function edit(scene: Scene, place: Place, event: RemoteEvent): string | undefined {
  const { truth, random } = scene
  const { content } = event
  const name = truth.nameOf(event)
  const isBlank = nameIn(content) === ''
  const field = isBlank ? 'time' : random.pick(['title', 'title', 'description', 'location', 'time'] as const)
  if (field === 'time' && content.recurrence) return undefined
  const value: Partial<EventContent> =
    field === 'title'
      ? { title: `${name} ${truth.token()}` }
      : field === 'time'
        ? { time: newTime(truth, random, false) }
        : { [field]: truth.token() }
  return change(scene, place, event, value, [field])
}

/** Gives a name to a copy that only shows "Busy". It stays where it is: nobody is told. */
export function renameBusy({ truth }: Scene, place: Place, event: RemoteEvent): string | undefined {
  if (!isCopy(truth, place, event) || place.role !== 'busy' || nameIn(event.content) !== '') return undefined
  const token = truth.token()
  place.calendar.edit(event.id, { title: `Lunch ${token}` })
  saved(truth, place, event)
  truth.unheard.set(token, place.calendar.id)
  return `${place.calendar.id}: call ${truth.nameOf(event)} Lunch ${token}`
}

/** Saves an event with new values, and notes what was typed over what. */
export function change(
  { truth }: Scene,
  place: Place,
  event: RemoteEvent,
  value: Partial<EventContent>,
  fields: readonly SingleField[],
): string {
  const { id, content } = event
  const { calendar } = place
  const name = truth.nameOf(event)
  calendar.edit(id, value)
  saved(truth, place, event)
  // What the calendar itself does not keep was never there.
  const kept = calendar.get(id)?.content ?? content
  // A person who saves a series without some of its changed occurrences saw what becomes of them.
  const left = new Set(overrideTokens(kept))
  if (value.overrides) {
    for (const token of overrideTokens(content)) if (!left.has(token)) truth.dismissed.add(token)
    if (hidesPlaces(place)) truth.thrownBlindly.add(name)
  }
  for (const field of fields)
    if (tokenOf(field, kept) !== tokenOf(field, content))
      noteField(truth, place, name, field, kept, tokenOf(field, content), isTypedInVain(truth, place, event))
  const told = fields.map((field) => `${field} ${tokenOf(field, content)} to ${tokenOf(field, kept)}`)
  return `${calendar.id}: edit ${name}: ${told.join(', ') || Object.keys(value).join(', ')}`
}

/** After every change of an event that was there: it is no longer as it was when somebody removed it. */
export function saved(truth: GroundTruth, place: Place, before: RemoteEvent): void {
  const name = truth.nameOf(before)
  truth.touched(name)
  truth.editedIn.add(`${name}/${place.calendar.id}`)
  const now = place.calendar.get(before.id)
  if (now?.revision !== undefined && now.revision === before.revision) truth.slept.add(name)
}

/** Adds a category, or takes one away. */
export function editLists({ truth, random, isSettled }: Scene, place: Place, event: RemoteEvent): string | undefined {
  const { id, content } = event
  const name = truth.nameOf(event)
  if (nameIn(content) === '' || hidesPlaces(place) || !holds(place, 'categories')) return undefined
  const { calendar } = place
  const removed = random.chance(0.3) ? content.categories[0] : undefined
  if (removed !== undefined) {
    calendar.edit(id, { categories: content.categories.filter((one) => one !== removed) })
    for (const token of categoryTokens({ categories: [removed] })) truth.dismissed.add(token)
    // A list that comes back empty right after it was written, or as it was before that, counts as the service's doing.
    if (!isSettled(place, id)) truth.undoneBlindly.add(`${name}/categories`)
  } else {
    const token = truth.token()
    calendar.edit(id, { categories: [...content.categories, token] })
    truth.note({ event: name, field: 'category', token, over: null }, place, isTypedInVain(truth, place, event))
  }
  saved(truth, place, event)
  return `${calendar.id}: ${removed ? `drop the category ${removed} of` : 'add a category to'} ${name}`
}

export function setStatus({ truth, random, isSettled }: Scene, place: Place, event: RemoteEvent): string | undefined {
  if (nameIn(event.content) === '') return undefined
  const value = random.pick([
    { status: 'tentative' },
    { status: 'confirmed' },
    { availability: 'free' },
    { priority: 1 },
    { color: 'tomato' },
  ] as const)
  if (Object.keys(value).some((field) => !holds(place, field as keyof EventContent))) return undefined
  // Microsoft has one word for a status and for how it blocks time.
  const isOneWord = place.provider === 'microsoft' && ('status' in value || 'availability' in value)
  if (!isSettled(place, event.id))
    for (const field of isOneWord ? ['status', 'availability'] : Object.keys(value))
      truth.undoneBlindly.add(`${truth.nameOf(event)}/${field}`)
  place.calendar.edit(event.id, value)
  saved(truth, place, event)
  return `${place.calendar.id}: set ${JSON.stringify(value)} of ${truth.nameOf(event)}`
}

/** The same wall time in another zone. */
export function zoneOf({ truth, isSettled }: Scene, place: Place, event: RemoteEvent): string | undefined {
  const { start, end } = event.content.time
  if (nameIn(event.content) === '' || start.kind !== 'timed' || end.kind !== 'timed') return undefined
  if (!isSettled(place, event.id)) truth.undoneBlindly.add(`${truth.nameOf(event)}/time`)
  const zone = start.zone === 'Europe/Berlin' ? 'America/New_York' : 'Europe/Berlin'
  place.calendar.edit(event.id, { time: { start: { ...start, zone }, end: { ...end, zone } } })
  saved(truth, place, event)
  // Some calendars forget the changed occurrences of a series whose dates become others.
  dismissLost(event.content, place.calendar.get(event.id)?.content ?? event.content, truth.dismissed)
  return `${place.calendar.id}: zone of ${truth.nameOf(event)} to ${zone}`
}

/** Copies an event, mark and all, as calendar programs do, and gives the copy a name of its own. */
export function copy({ truth, random }: Scene, place: Place, { content, mark }: RemoteEvent): string | undefined {
  if (nameIn(content) === '') return undefined
  const name = truth.name()
  const own: Partial<EventContent> = {
    title: `${name} ${truth.token()}`,
    description: '',
    location: '',
    categories: [],
    overrides: {},
    time: newTime(truth, random, content.recurrence !== null),
  }
  const id = place.calendar.add({ ...content, ...own }, mark ? { mark } : {})
  truth.put(name, place, id)
  const kept = place.calendar.get(id)?.content ?? content
  for (const field of ['title', 'time'] as const) noteField(truth, place, name, field, kept, null, false)
  return `${place.calendar.id}: copy ${nameIn(content)} as ${name}`
}

/** Whoever saves a series without a changed occurrence that was shown threw it away. */
export function dismissLost(
  before: EventContent,
  after: Pick<EventContent, 'overrides'>,
  dismissed: Set<string>,
): void {
  const left = new Set(overrideTokens(after))
  for (const token of overrideTokens(before)) if (!left.has(token)) dismissed.add(token)
}

export function noteField(
  truth: GroundTruth,
  place: Place,
  event: string,
  field: SingleField,
  content: EventContent,
  over: string | null,
  unheard: boolean,
): void {
  const token = tokenOf(field, content)
  if (token !== null) truth.note({ event, field, token, over }, place, unheard)
}

/** What people type into a calendar that is only written to stays there, and nobody listens: unless it is all theirs. */
export function isUnheard(truth: GroundTruth, place: Place, event: RemoteEvent): boolean {
  return place.role === 'target' && (isCopy(truth, place, event) || event.uid.endsWith(meeting))
}

/** An event that was moved into such a calendar stands for one that is told from elsewhere: what is typed there goes. */
export function isTypedInVain(truth: GroundTruth, place: Place, event: RemoteEvent): boolean {
  const isMovedHere = place.role === 'target' && truth.wasPutElsewhere(truth.nameOf(event), place.calendar.id)
  return isMovedHere || isUnheard(truth, place, event)
}

/**
 * Whether the sync wrote this event: it stands under the key that its mark names, and where it was written. What people
 * make has an id of its own; what they move has one in some calendars, and keeps it in others.
 */
export function isCopy({ moved }: GroundTruth, { calendar }: Place, { id, mark, key }: RemoteEvent): boolean {
  return mark !== undefined && mark.key === key && !id.startsWith('p-') && !moved.has(`${calendar.id}/${id}`)
}

/** A start that nobody ever used: one minute, or one day, for each token. */
export function newTime(truth: GroundTruth, random: Random, isSeries: boolean): EventContent['time'] {
  truth.token()
  const kind = isSeries ? 'timed' : random.pick(['timed', 'timed', 'timed', 'date', 'floating'] as const)
  const local = new Date(firstDay + truth.startsAt + truth.tokens * 60_000).toISOString().slice(0, 19)
  const at = (shown: string): EventTime =>
    kind === 'timed' ? { kind, local: shown, zone: 'Europe/Berlin' } : { kind: 'floating', local: shown }
  if (kind !== 'date') return { start: at(local), end: at(localPlus(local, hourMs)) }
  const date = datePlus('2027-01-01', truth.tokens)
  return { start: { kind, date }, end: { kind, date: datePlus(date, 1) } }
}
