import { expect } from 'vitest'
import { type EventContent, type EventSpan, type Override, occurrenceOf } from '../../src/model/content.js'
import type { RemoteCalendarId } from '../../src/model/ids.js'
import type { ProviderAccount, RemoteEvent } from '../../src/providers/provider.js'

/** A series of Mondays at nine in Berlin from 2 March 2026, and where it stands. */
export interface SeriesAt {
  readonly account: ProviderAccount
  readonly calendar: RemoteCalendarId
  readonly id: string
}

/** Gives 9 and 16 March another room; the write stops after its first request, as `lose` has all later ones lost. */
export async function writeByHalf(
  series: SeriesAt,
  { movedTo = '09:00', lose }: { readonly movedTo?: string | undefined; readonly lose: () => void },
): Promise<void> {
  const { account, calendar } = series
  const current = await read(series)
  const spanOn = (date: string): EventSpan => {
    const at = (clock: string) => ({ kind: 'timed', local: `${date}T${clock}:00`, zone: 'Europe/Berlin' }) as const
    return { start: at(movedTo), end: at(movedTo.replace(':00', ':30')) }
  }
  const room = (date: string, location: string): [string, Override] => [
    `${date}T${movedTo}:00`,
    { kind: 'changed', content: { ...occurrenceOf(current.content), time: spanOn(date), location } },
  ]
  const overrides = Object.fromEntries([room('2026-03-09', 'Room 1'), room('2026-03-16', 'Room 2')])
  lose()
  const content = { ...current.content, time: spanOn('2026-03-02'), overrides }
  const change = { current, content, fields: ['time', 'recurrence', 'overrides'] as const }
  await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'unavailable' })
}

/**
 * Writes another title, and another room for 9 March, in the moment in which a person puts that Monday into the garden.
 * The write has to be refused, and the garden to stay. `watched` is the account on whose way the person is busy.
 */
export async function expectGardenStays(series: SeriesAt, watched: ProviderAccount): Promise<void> {
  const current = await read(series)
  const own = current.content.overrides['2026-03-09T09:00:00']
  const overrides = {
    '2026-03-09T09:00:00': {
      kind: 'changed',
      content: { ...(own?.kind === 'changed' ? own.content : occurrenceOf(current.content)), location: 'Room 2' },
    },
  } as const
  const content = { ...current.content, title: 'Planning', overrides }
  const change = { current, content, fields: ['title', 'overrides'] as const }
  await expect(watched.update(series.calendar, change)).rejects.toMatchObject({ name: 'SyncError' })
  expect(locationAt((await read(series)).content.overrides['2026-03-09T09:00:00'])).toBe('Garden')
}

/** The way to a service, on which somebody does something right before the first request of a kind. */
export function interrupted(send: typeof fetch, verb: string, interrupt: () => unknown): typeof fetch {
  let isDone = false
  return async (input, init) => {
    if (init?.method === verb && !isDone) {
      isDone = true
      interrupt()
    }
    return send(input, init)
  }
}

/** What the service tells of the series. */
export async function read({ account, calendar, id }: SeriesAt): Promise<RemoteEvent> {
  const [one] = await account.fetch(calendar, [id as never])
  if (one?.type !== 'found') throw new Error(`the series is ${one?.type}`)
  return one.event
}

export function locationAt(override: EventContent['overrides'][string] | undefined): string | undefined {
  return override?.kind === 'changed' ? override.content.location : undefined
}
