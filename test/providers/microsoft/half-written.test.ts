import { describe, expect, test } from 'vitest'
import type { EventContent } from '../../../src/model/content.js'
import type { Fetched } from '../../../src/providers/provider.js'
import type { FakeMicrosoftOptions } from '../../../src/testing/microsoft/options.js'
import { draft, weekly } from '../../../src/testing/provider-samples.js'
import { expectGardenStays, interrupted, locationAt, read, writeByHalf } from '../../support/half-written.js'
import { accountOf, monday, mondays, type Opened, opened } from './opened.js'

const kinds: readonly FakeMicrosoftOptions[] = [{}, { originalStart: 'given', occurrenceTombstones: 'given' }]

describe.each(kinds)(
  'a series that was written by half, and that a person is at before it is finished (%o)',
  (options) => {
    test('half of it is not told, and what reads it finishes it', async () => {
      const half = await writtenByHalf(options)
      const { overrides } = await half.found()
      expect(locationAt(overrides['2026-03-09T09:00:00'])).toBe('Room 1')
      expect(locationAt(overrides['2026-03-16T09:00:00'])).toBe('Room 2')
    })

    test('an occurrence that the person changed meanwhile stays as the person left it', async () => {
      const half = await writtenByHalf(options)
      half.jane.editOccurrence(half.id, monday(1), { location: { displayName: 'Garden' } })
      const { overrides } = await half.found()
      expect(locationAt(overrides['2026-03-09T09:00:00'])).toBe('Garden')
      expect(locationAt(overrides['2026-03-16T09:00:00'])).toBe('Room 2')
    })

    test('what the person changed of an occurrence besides is kept beside what is finished', async () => {
      const half = await writtenByHalf(options)
      half.jane.editOccurrence(half.id, monday(2), { subject: 'With cake' })
      const own = (await half.found()).overrides['2026-03-16T09:00:00']
      expect(own).toMatchObject({ kind: 'changed', content: { title: 'With cake', location: 'Room 2' } })
    })

    test('a cancelled occurrence that was to be there again is there once the write is finished', async () => {
      const half = await writtenByHalf(options, { cancelled: monday(3) })
      const { overrides } = await half.found()
      expect(Object.keys(overrides).sort()).toEqual(['2026-03-09T09:00:00', '2026-03-16T09:00:00'])
      expect(half.jane.occurrences(half.id).length).toBeGreaterThan(100)
    })

    test('of a series that was to be moved, an occurrence that the person changed meanwhile stays so', async () => {
      const half = await writtenByHalf(options, { movedTo: '10:00' })
      half.jane.editOccurrence(half.id, monday(1), { location: { displayName: 'Garden' } })
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
    })
  },
)

describe('a series that was written by half, and that the person makes a meeting of', () => {
  test.each([{}, { cancelled: monday(3) }])('the guests were mailed when it was finished (%o)', async (how) => {
    const { jane, id, fetched, microsoft } = await writtenByHalf({}, how)
    jane.edit(id, { attendees: [{ type: 'required', emailAddress: { address: 'ann@example.org' } }] })
    expect(await fetched()).toMatchObject({ type: 'unreadable', error: { reason: 'WOULD_MAIL' } })
    expect(microsoft.mails).toEqual([])
  })
})

describe.each(kinds)('a series that a person is at while it is written (%o)', (options) => {
  test('an occurrence that the person changes right after its series was made was set back', async () => {
    const { jane, calendar, microsoft } = opened(options)
    const meddling = meddler(microsoft.fetch, 'POST', () => {
      const [made] = jane.all()
      jane.editOccurrence(made?.id ?? '', monday(3), { location: { displayName: 'Garden' } })
    })
    const account = accountOf({ fetch: meddling }, { token: 'token-of-jane' })
    const made = await account.create(calendar, draft('series', weekly()))
    // What stands there is not all ours, and must not be taken for the rendering of our write.
    expect(made.shown).toBeUndefined()
    const [found] = await account.fetch(calendar, [made.id])
    const overrides = found?.type === 'found' ? found.event.content.overrides : {}
    expect(Object.keys(overrides).sort()).toEqual(['09', '16', '23'].map((day) => `2026-03-${day}T09:00:00`))
    expect(locationAt(overrides['2026-03-23T09:00:00'])).toBe('Garden')
  })

  test('an occurrence that the person changes right after its series was renamed was set back', async () => {
    const { jane, account, calendar, microsoft } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(1), { location: { displayName: 'Room 1' } })
    const current = await read({ account, calendar, id })
    const meddling = meddler(microsoft.fetch, 'PATCH', () =>
      jane.editOccurrence(id, monday(3), { location: { displayName: 'Garden' } }),
    )
    const content = { ...current.content, title: 'Planning' }
    const watched = accountOf({ fetch: meddling }, { token: 'token-of-jane' })
    const written = await watched.update(calendar, { current, content, fields: ['title'] })
    expect(written.shown).toBeUndefined()
    const after = (await read({ account, calendar, id })).content
    expect(after.title).toBe('Planning')
    expect(locationAt(after.overrides['2026-03-09T09:00:00'])).toBe('Room 1')
    expect(locationAt(after.overrides['2026-03-23T09:00:00'])).toBe('Garden')
  })

  test('an occurrence that changes between our look and our write stays as the person left it', async () => {
    const { jane, account, calendar, microsoft } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(1), { location: { displayName: 'Room 1' } })
    const interfering = interrupted(microsoft.fetch, 'PATCH', () =>
      jane.editOccurrence(id, monday(1), { location: { displayName: 'Garden' } }),
    )
    await expectGardenStays({ account, calendar, id }, accountOf({ fetch: interfering }, { token: 'token-of-jane' }))
  })
})

/** The way to the fake, on which somebody does something right after the first request of a kind. */
function meddler(send: typeof fetch, verb: string, meddle: () => unknown): typeof fetch {
  let isDone = false
  return async (input, init) => {
    const answer = await send(input, init)
    if (init?.method === verb && !isDone) {
      isDone = true
      meddle()
    }
    return answer
  }
}

/** Mondays, of which two occurrences are to get another room; the write stops after its first request. */
async function writtenByHalf(
  options: FakeMicrosoftOptions,
  { cancelled, movedTo }: { readonly cancelled?: string; readonly movedTo?: string } = {},
): Promise<HalfWritten> {
  const { jane, account, calendar, microsoft } = opened(options)
  const { id = '' } = jane.create(mondays)
  if (cancelled !== undefined) jane.removeOccurrence(id, cancelled)
  const lose = () => microsoft.fail({ fault: { kind: 'lost_request' }, method: 'events.update', after: 1, times: 9 })
  await writeByHalf({ account, calendar, id }, { movedTo, lose })
  microsoft.heal()
  const fetched = async (): Promise<Fetched | undefined> => (await account.fetch(calendar, [id as never]))[0]
  return { jane, microsoft, id, fetched, found: async () => (await read({ account, calendar, id })).content }
}

interface HalfWritten extends Pick<Opened, 'jane' | 'microsoft'> {
  readonly id: string
  fetched(): Promise<Fetched | undefined>
  /** What stands there once it is finished. */
  found(): Promise<EventContent>
}
