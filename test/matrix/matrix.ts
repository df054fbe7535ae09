import { type PairOutcome, travel } from './pair.js'
import { type Service, sources, targets } from './places.js'

export { type Service, targets } from './places.js'

/** All telling values on their way from one service to another, and back. */
export interface Journey extends PairOutcome {
  readonly from: Service
  readonly to: Service
}

/** Every ordered pair. An .ics file has no copies. */
export async function fieldMatrix(): Promise<readonly Journey[]> {
  const journeys: Journey[] = []
  for (const from of sources)
    for (const to of targets) if (from !== to) journeys.push({ from, to, ...(await travel(from, to)) })
  return journeys
}
