import { type Storage, SyncEngine } from '../../src/index.js'
import { googleProvider } from '../../src/providers/google/index.js'
import { microsoftProvider } from '../../src/providers/microsoft/index.js'
import { type FakeGoogleCalendar, fakeGoogle } from '../../src/testing/google/index.js'
import { fakeMicrosoft } from '../../src/testing/microsoft/index.js'
import { measured } from '../measure.js'

/** The user of {@link twoServices}. */
export const user = 'bench'

/** A user with a calendar at Google and one at Microsoft, whose first copy is done and who has come to rest. */
export interface TwoServices {
  readonly jane: FakeGoogleCalendar
  /** Of the events at Google. */
  readonly ids: readonly string[]
  /** Of the first copy. */
  readonly copyCpuMs: number
  /** So far; whoever counts sets them back. */
  readonly requests: { google: number; microsoft: number }
  /** One sync. Gives its processor time. @throws where anything failed */
  sync(): Promise<number>
}

/** Fakes of both services in this process, with so many events at Google. One of ten is a series with a changed occurrence. */
export async function twoServices(storage: Storage, events: number): Promise<TwoServices> {
  const google = fakeGoogle()
  const microsoft = fakeMicrosoft()
  const jane = google.addAccount({ email: 'jane@example.com', token: 'google' }).calendar()
  const outlook = microsoft.addAccount({ email: 'jane@example.com', token: 'microsoft' })
  const ids = Array.from({ length: events }, (_, n) => addEvent(jane, n))
  const requests = { google: 0, microsoft: 0 }
  const count = (service: keyof typeof requests) => () => {
    requests[service]++
  }
  const engine = new SyncEngine({
    storage,
    providers: [
      googleProvider({
        ...{ fetch: google.fetch, onRequest: count('google') },
        ...{ requestsPerMinute: 1e9, projectRequestsPerMinute: 1e9 },
      }),
      microsoftProvider({
        ...{ fetch: microsoft.fetch, onRequest: count('microsoft') },
        ...{ requestsPerMinute: 1e9, appRequestsPerMinute: 1e9 },
      }),
    ],
    credentials: ({ provider }) => ({ accessToken: provider }),
    secret: 'bench',
  })
  const { connections, calendars, groups } = engine.user(user)
  for (const provider of ['google', 'microsoft']) await connections.add({ provider, id: provider })
  const wanted = [jane.id, outlook.calendar().id]
  const members = (await calendars.list())
    .filter(({ remoteId }) => wanted.includes(remoteId))
    .map(({ id }) => ({ calendarId: id }))
  await groups.create({ id: 'bench', name: 'bench', members })
  const sync = async () => {
    const { cost, result } = await measured(() => groups.sync('bench'))
    if (result.failures.length > 0 || result.counts.failed > 0) throw new Error(JSON.stringify(result))
    return { cpuMs: cost.cpuMs, written: result.counts.created + result.counts.updated }
  }
  const first = await sync()
  if (first.written !== events) throw new Error(`Expected ${events} copies, got ${first.written}.`)
  for (let echo = 0; echo < 3; echo++) await sync()
  return { jane, ids, copyCpuMs: first.cpuMs, requests, sync: async () => (await sync()).cpuMs }
}

function addEvent(calendar: FakeGoogleCalendar, n: number): string {
  const day = new Date(Date.UTC(2026, 0, 1 + (n % 365))).toISOString().slice(0, 10)
  const isSeries = n % 10 === 9
  const { id = '' } = calendar.create({
    summary: `Review of the plan with the team, part ${n}`,
    description: 'What there is to say about it. '.repeat(8),
    location: 'Room 12, Main Street 5, 10115 Berlin',
    start: { dateTime: `${day}T09:00:00`, timeZone: 'Europe/Berlin' },
    end: { dateTime: `${day}T10:00:00`, timeZone: 'Europe/Berlin' },
    attendees: [
      { email: 'jane@example.com', responseStatus: 'accepted' },
      { email: `guest-${n}@example.com`, displayName: 'A guest', responseStatus: 'needsAction' },
    ],
    reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 15 }] },
    ...(isSeries ? { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'] } : {}),
  })
  const second = isSeries ? calendar.occurrences(id)[1] : undefined
  if (second?.id) calendar.edit(second.id, { summary: `Otherwise, part ${n}` })
  return id
}
