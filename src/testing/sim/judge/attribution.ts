import type { GroundTruth } from '../truth.js'
import { copiesOf, type ShownPlace } from './shown.js'
import type { Violation } from './violation.js'

/** Every copy tells where its event was born: a calendar and an id under which a person put it there. */
export function attribution(
  name: string,
  shown: readonly ShownPlace[],
  truth: GroundTruth,
  calendarNames: ReadonlyMap<string, string>,
): readonly Violation[] {
  const born = new Set(
    [...(truth.birthplaces.get(name) ?? [])].map((place) => {
      const [calendarId = '', remoteId = ''] = place.split('/')
      const { provider = 'memory' } = shown.find(({ id }) => id === calendarId) ?? {}
      return `${provider}/${calendarNames.get(calendarId)}/${remoteId}`
    }),
  )
  return shown.flatMap((place) =>
    copiesOf(name, place).flatMap(({ event, writtenFor }) => {
      if (writtenFor === undefined) return []
      const origin = event.mark?.origin
      if (place.role === 'busy')
        return origin ? [{ invariant: 'I15 privacy', what: `${name} tells its origin in ${place.id}` }] : []
      const told = origin && `${origin.provider}/${origin.calendarId}/${origin.remoteId}`
      return told !== undefined && born.has(told)
        ? []
        : [{ invariant: 'I6 attribution', what: `${name} in ${place.id} says that it comes from ${told ?? 'nowhere'}` }]
    }),
  )
}
