import { DavWorld, type Place } from '../engine/caldav-world.js'
import { type CaldavStub, startCaldavStub } from '../support/caldav-stub.js'

/** A calendar with odd events, and the calendar that it is woven together with, each at a server of its own. */
export interface Pair {
  readonly w: DavWorld
  readonly from: CaldavStub
  readonly to: CaldavStub
}

export async function withPair(
  run: (pair: Pair) => Promise<void>,
  prepare: (from: CaldavStub, to: CaldavStub) => void = () => undefined,
): Promise<void> {
  const stubs: CaldavStub[] = []
  try {
    for (const _ of [0, 1]) stubs.push(await startCaldavStub({ username: 'jane', password: 'secret' }))
    const [from, to] = stubs as [CaldavStub, CaldavStub]
    prepare(from, to)
    const w = await new DavWorld([placeOf(from), placeOf(to)]).start()
    await run({ w, from, to })
  } finally {
    for (const stub of stubs) await stub.close()
  }
}

function placeOf(stub: CaldavStub): Place {
  return {
    url: new URL(stub.calendar('work'), stub.url).href,
    username: 'jane',
    password: 'secret',
    quietRequests: 1,
    destroy: async () => stub.removeCalendar('work'),
  }
}

/** What stands in a calendar, file by file. */
export function textsIn(stub: CaldavStub): ReadonlyMap<string, string> {
  return new Map(stub.files('work').map((file) => [file, stub.get('work', file) ?? '']))
}
