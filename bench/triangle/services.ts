import type { RequestRecord } from '../../src/http/client.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { icloudProvider } from '../../src/providers/icloud/index.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import type { CalendarProvider } from '../../src/providers/provider.js'
import { type FakeGoogleCalendar, fakeGoogle } from '../../src/testing/google/index.js'
import { fakeIcloud } from '../../src/testing/icloud/index.js'
import { fakeMicrosoft } from '../../src/testing/microsoft/index.js'
import { eventText } from '../events.js'
import { addEvent, dayOf } from '../microsoft/events.js'

export const services = ['google', 'microsoft', 'icloud'] as const
export type Service = (typeof services)[number]

/** What a service was asked. */
export interface Usage {
  /** On the wire; a batch is one. */
  readonly requests: number
  readonly bytesUp: number
  readonly bytesDown: number
}

/** Three calendars of one person at three services, and the hand of that person on each. */
export interface Services {
  readonly providers: readonly CalendarProvider[]
  readonly credentials: Readonly<Record<Service, unknown>>
  readonly calendars: Readonly<Record<Service, string>>
  /** What was asked since this was last called. */
  usage(): Readonly<Record<Service, Usage>>
  /** Gives the n-th event of a calendar another title. */
  edit(service: Service, n: number, title: string): void
  /** Adds the n-th event to a calendar. */
  add(service: Service, n: number): void
}

/** Every tenth event of the first two is a series; those of the third are as everywhere in these benchmarks. */
export function startServices(events: number, latencyMs: number): Services {
  const google = fakeGoogle()
  const microsoft = fakeMicrosoft()
  const icloud = fakeIcloud()
  const jane = google.addAccount({ email: 'jane@example.com', token: 'google' })
  const outlook = microsoft.addAccount({ email: 'jane@example.com', token: 'microsoft' })
  const owner = icloud.addAccount({ calendars: ['home'] })
  const [atGoogle, atMicrosoft] = [jane.calendar(), outlook.calendar()]
  const ids: Readonly<Record<Service, string[]>> = { google: [], microsoft: [], icloud: [] }
  const used: Record<Service, Usage> = nothingUsed()

  const add = (service: Service, n: number): void => {
    const make = {
      google: () => addToGoogle(atGoogle, n),
      microsoft: () => addEvent(atMicrosoft, n, n % 10 === 9),
      icloud: () => owner.put('home', eventText(n), `event-${n}.ics`),
    }
    ids[service].push(make[service]())
  }
  for (const service of services) for (let n = 0; n < events; n++) add(service, n)

  const wire = (service: Service, answer: typeof fetch) => ({
    fetch: late(answer, latencyMs),
    onRequest({ bytesUp, bytesDown }: RequestRecord) {
      const before = used[service]
      used[service] = {
        requests: before.requests + 1,
        bytesUp: before.bytesUp + bytesUp,
        bytesDown: before.bytesDown + bytesDown,
      }
    },
  })
  const pace = { requestsPerMinute: 1e9 }
  return {
    providers: [
      googleProvider({ ...wire('google', google.fetch), ...pace, projectRequestsPerMinute: 1e9 }),
      microsoftProvider({ ...wire('microsoft', microsoft.fetch), ...pace, appRequestsPerMinute: 1e9 }),
      icloudProvider(wire('icloud', icloud.fetch)),
    ],
    credentials: {
      google: { accessToken: jane.token },
      microsoft: { accessToken: outlook.token },
      icloud: { username: owner.username, password: owner.password },
    },
    calendars: { google: jane.email, microsoft: atMicrosoft.id, icloud: owner.path('home') },
    usage() {
      const until = { ...used }
      Object.assign(used, nothingUsed())
      return until
    },
    edit(service, n, title) {
      const id = ids[service][n] ?? ''
      if (service === 'google') atGoogle.edit(id, { summary: title })
      if (service === 'microsoft') atMicrosoft.edit(id, { subject: title })
      if (service === 'icloud') owner.put('home', eventText(n).replace(/^SUMMARY:.*$/m, `SUMMARY:${title}`), id)
    },
    add,
  }
}

function addToGoogle(calendar: FakeGoogleCalendar, n: number): string {
  const day = dayOf(n)
  const event = calendar.create({
    summary: `Appointment ${n}`,
    description: 'What there is to say about it. '.repeat(5),
    start: { dateTime: `${day}T13:00:00`, timeZone: 'Europe/Berlin' },
    end: { dateTime: `${day}T14:00:00`, timeZone: 'Europe/Berlin' },
    ...(n % 10 === 9 ? { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'] } : {}),
  })
  return event.id ?? ''
}

const nothingUsed = (): Record<Service, Usage> => {
  const none = { requests: 0, bytesUp: 0, bytesDown: 0 }
  return { google: none, microsoft: none, icloud: none }
}

function late(answer: typeof fetch, latencyMs: number): typeof fetch {
  if (latencyMs === 0) return answer
  return async (input, init) => {
    await new Promise((resolve) => setTimeout(resolve, latencyMs))
    return answer(input, init)
  }
}
