import { startCaldavStub } from '../../test/support/caldav-stub.js'
import { answer } from '../child.js'
import { eventText } from '../events.js'

/** One server with one calendar, in a process of its own, so that its work is not counted as the client's. */
export interface StubInput {
  readonly latencyMs: number
  readonly events: number
}

answer(async ({ latencyMs, events }: StubInput) => {
  const stub = await startCaldavStub({ latencyMs, calendars: ['bench'] })
  for (let n = 0; n < events; n++) stub.put('bench', `event-${n}.ics`, eventText(n))
  return { url: new URL(stub.calendar('bench'), stub.url).href }
})
