import type { Random } from '../random.js'
import { nameIn } from '../words.js'
import { add, addForeign, copy, edit, editLists, renameBusy, setStatus, zoneOf } from './editing.js'
import { empty, moveAway, moveBack, moveWithin, remove, restore } from './moving.js'
import type { Deed, Scene } from './scene.js'
import { cancelOccurrence, editOccurrence, moveSeries, splitSeries } from './series.js'

/** What people do, and how often compared with each other. */
const deeds: Readonly<Record<string, { readonly weight: number; readonly act: Deed; readonly isOfSeries?: boolean }>> =
  {
    edit: { weight: 30, act: edit },
    'edit lists': { weight: 8, act: editLists },
    'set status': { weight: 3, act: setStatus },
    'edit an occurrence': { weight: 9, act: editOccurrence, isOfSeries: true },
    'cancel an occurrence': { weight: 4, act: cancelOccurrence, isOfSeries: true },
    'move a series': { weight: 3, act: moveSeries, isOfSeries: true },
    'split a series': { weight: 4, act: splitSeries, isOfSeries: true },
    'change the zone': { weight: 2, act: zoneOf },
    copy: { weight: 6, act: copy },
    remove: { weight: 12, act: remove },
    'empty a calendar': { weight: 2, act: empty },
    'rename a busy copy': { weight: 3, act: renameBusy },
    'move to a calendar of the group': { weight: 4, act: moveWithin },
    'move out of the group': { weight: 2, act: moveAway },
  }

/** What people can do, by name. */
export const deedNames: readonly string[] = [
  'add',
  'restore',
  'move back',
  'copy from another installation',
  ...Object.keys(deeds),
]

/** One thing that a person does in one calendar: what it was called, and what to tell of it. */
export function act(scene: Scene): { readonly deed: string; readonly story: string } {
  const { places, random, truth } = scene
  truth.actions++
  const place = random.pick(places)
  const events = place.calendar.all()
  const roll = random.next()
  if (roll < 0.04) {
    const story = restore(scene, place)
    if (story) return { deed: 'restore', story }
  }
  if (roll < 0.06) {
    const story = moveBack(scene)
    if (story) return { deed: 'move back', story }
  }
  if (roll > 0.985) return { deed: 'copy from another installation', story: addForeign(scene, place) }
  if (events.length === 0 || roll < (events.length < 3 ? 0.25 : 0.14)) return { deed: 'add', story: add(scene, place) }
  // People who share a calendar are often at the same event: that is where they meet.
  const hot = random.chance(0.4) ? events.filter((one) => truth.nameOf(one) === truth.lastTouched) : []
  const event = random.pick(hot.length > 0 ? hot : events)
  truth.lastTouched = truth.nameOf(event)
  const deed = drawDeed(random, scene.leansToSeries)
  const story = truth.nameOf(event) === '' ? undefined : deeds[deed]?.act(scene, place, event)
  if (story) return { deed, story }
  // Not with this one: then something that goes with every event that tells its name.
  const plain = nameIn(event.content) === '' ? undefined : edit(scene, place, event)
  return plain ? { deed: 'edit', story: plain } : { deed: 'add', story: add(scene, place) }
}

/** How much more often people who like series are at one. */
const fondness = 4

function drawDeed(random: Random, leansToSeries: boolean): string {
  const weights = leansToSeries ? fondWeights : evenWeights
  let left = random.below(weights.reduce((sum, [, weight]) => sum + weight, 0))
  for (const [name, weight] of weights) {
    if (left < weight) return name
    left -= weight
  }
  return 'edit'
}

const evenWeights = Object.entries(deeds).map(([name, { weight }]) => [name, weight] as const)
const fondWeights = Object.entries(deeds).map(
  ([name, { weight, isOfSeries = false }]) => [name, isOfSeries ? weight * fondness : weight] as const,
)
