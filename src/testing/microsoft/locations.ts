import type { MicrosoftEvent, MicrosoftLocation } from './resources.js'

/** What becomes of the places of a request: `location` alone wipes `locations`, several are named in one. */
export function keptLocations(given: Pick<MicrosoftEvent, 'location' | 'locations'>): {
  readonly location: MicrosoftLocation
  readonly locations: readonly MicrosoftLocation[]
} {
  const named = (given.locations ?? [given.location ?? {}]).map(shown).filter(({ displayName }) => displayName !== '')
  const [first] = named
  if (!first) return { location: nowhere, locations: [] }
  // That several are joined by semicolons is seen in a sample of the documentation.
  const displayName = named.map((one) => one.displayName).join('; ')
  return { location: named.length === 1 ? first : shown({ displayName }), locations: named }
}

const nowhere: MicrosoftLocation = {
  ...{ displayName: '', locationType: 'default', uniqueIdType: 'unknown', address: {}, coordinates: {} },
}

function shown(given: MicrosoftLocation): MicrosoftLocation {
  const displayName = given.displayName ?? ''
  const { locationUri, locationEmailAddress, address, coordinates, locationType = 'default' } = given
  return {
    ...{ displayName, locationType, uniqueId: displayName, uniqueIdType: 'private' },
    ...(locationUri && { locationUri }),
    ...(locationEmailAddress && { locationEmailAddress }),
    ...(address && Object.keys(address).length > 0 && { address }),
    ...(coordinates && Object.keys(coordinates).length > 0 && { coordinates }),
  }
}
