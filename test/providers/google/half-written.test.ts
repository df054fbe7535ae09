import { describe, expect, test } from 'vitest'
import type { EventContent } from '../../../src/model/content.js'
import type { FakeGoogleOptions } from '../../../src/testing/google/options.js'
import { expectGardenStays, interrupted, locationAt, read, writeByHalf } from '../../support/half-written.js'
import { accountOf, monday, mondays, type Opened, opened } from './opened.js'

const kinds: readonly FakeGoogleOptions[] = [{ seriesVersion: 'shared' }, { seriesVersion: 'own' }]

describe.each(kinds)(
  'a series that was written by half, and that a person is at before it is finished (%o)',
  (options) => {
    test('an occurrence that the person changed meanwhile stays as the person left it', async () => {
      const half = await writtenByHalf(options)
      half.jane.editOccurrence(half.id, monday(1), { location: 'Garden' })
      const { overrides } = await half.found()
      expect(locationAt(overrides['2026-03-09T09:00:00'])).toBe('Garden')
      expect(locationAt(overrides['2026-03-16T09:00:00'])).toBe('Room 2')
    })

    test('what the person changed of an occurrence besides is kept beside what is finished', async () => {
      const half = await writtenByHalf(options)
      half.jane.editOccurrence(half.id, monday(2), { summary: 'With cake' })
      const own = (await half.found()).overrides['2026-03-16T09:00:00']
      expect(own).toMatchObject({ kind: 'changed', content: { title: 'With cake', location: 'Room 2' } })
    })

    test('a cancelled occurrence that was to be there again is there once the write is finished', async () => {
      const half = await writtenByHalf(options, { exdate: '20260309T090000' })
      const { overrides } = await half.found()
      expect(locationAt(overrides['2026-03-09T09:00:00'])).toBe('Room 1')
    })

    test('of a series that was to be moved, an occurrence that the person changed meanwhile stays so', async () => {
      const half = await writtenByHalf(options, { movedTo: '10:00' })
      half.jane.editOccurrence(half.id, new Date('2026-03-09T09:00:00Z').toISOString(), { location: 'Garden' })
      const { overrides } = await half.found()
      expect(locationAt(overrides['2026-03-09T10:00:00'])).toBe('Garden')
      expect(locationAt(overrides['2026-03-16T10:00:00'])).toBe('Room 2')
    })

    test('a series that was moved meanwhile does not wait for ever for occurrences that it has no more', async () => {
      const half = await writtenByHalf(options)
      const at = (hour: string) => ({ dateTime: `2026-03-02T${hour}:00`, timeZone: 'Europe/Berlin' })
      half.jane.edit(half.id, { start: at('11:00'), end: at('11:30') })
      const { time } = await half.found()
      expect(time.start).toMatchObject({ local: '2026-03-02T11:00:00' })
      const names = Object.keys(half.jane.get(half.id)?.extendedProperties?.private ?? {})
      expect(names.filter((name) => name.startsWith('calweavePending'))).toEqual([])
    })
  },
)

describe.each(kinds)('a series that a person is at while it is written (%o)', (options) => {
  test('an occurrence that changes between our look and our write stays as the person left it', async () => {
    const { jane, account, calendar, google } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(1), { location: 'Room 1' })
    const interfering = interrupted(google.fetch, 'PATCH', () =>
      jane.editOccurrence(id, monday(1), { location: 'Garden' }),
    )
    await expectGardenStays(
      { account, calendar, id },
      accountOf({ ...google, fetch: interfering }, { token: 'token-of-jane' } as never),
    )
  })
})

/** Mondays, of which two occurrences are to get another room; the write stops after its first request. */
async function writtenByHalf(
  options: FakeGoogleOptions,
  { exdate, movedTo }: { readonly exdate?: string; readonly movedTo?: string } = {},
): Promise<HalfWritten> {
  const { jane, account, calendar, google } = opened(options)
  const lines = exdate ? [`EXDATE;TZID=Europe/Berlin:${exdate}`] : []
  const { id = '' } = jane.create({ ...mondays, recurrence: [...mondays.recurrence, ...lines] })
  const lose = () => google.fail({ fault: { kind: 'lost_request' }, method: 'events.patch', after: 1, times: 9 })
  await writeByHalf({ account, calendar, id }, { movedTo, lose })
  google.heal()
  return { jane, id, found: async () => (await read({ account, calendar, id })).content }
}

interface HalfWritten extends Pick<Opened, 'jane'> {
  readonly id: string
  /** What stands there once it is finished. */
  found(): Promise<EventContent>
}
