import { describe, expect, test } from 'vitest'
import { completeContent } from '../../../src/model/content.js'
import { expand } from '../../../src/model/recurrence.js'
import { microsoftProvider } from '../../../src/providers/microsoft/index.js'
import { fakeMicrosoft } from '../../../src/testing/microsoft/fake-microsoft.js'
import type { FakeMicrosoftOptions } from '../../../src/testing/microsoft/options.js'
import { hour, weekly } from '../../../src/testing/provider-samples.js'
import { twoCalendars, wrote } from '../../support/two-calendars.js'
import { lunch, monday, mondays } from './opened.js'

const kinds: readonly FakeMicrosoftOptions[] = [
  {},
  { pageSize: 2, order: 'reversed', repeats: 'doubled', occurrenceTombstones: 'given', transactionReplay: 'conflict' },
]

describe.each(kinds)('a calendar at Microsoft and another one (%o)', (options) => {
  test('a first sync copies both ways; the next one writes nothing and costs one request', async () => {
    const world = await woven(options)
    world.jane.create(lunch('Lunch'))
    world.jane.create(mondays)
    world.other.add(weekly())
    const run = await world.sync()
    expect(run).toMatchObject({ failures: [], counts: { created: 3, failed: 0 } })
    const titles = ['Lunch', 'Stand-up', 'Weekly']
    expect(world.titles()).toEqual({ microsoft: titles, other: titles })
    for (let round = 0; round < 2; round++) expect(wrote(await world.sync())).toBe(0)
    world.microsoft.requests.splice(0)
    await world.sync()
    expect(world.microsoft.requests.map(({ verb, method }) => `${verb} ${method}`)).toEqual(['GET calendarView.delta'])
  })

  test('edits of both sides merge, field by field and occurrence by occurrence', async () => {
    const world = await woven(options)
    const { id = '' } = world.jane.create({ ...mondays, location: { displayName: 'Room 1' } })
    await world.settle()
    const copy = world.copy('Stand-up')
    const overrides = { '2026-03-16T09:00:00': { kind: 'cancelled' } } as const
    world.other.edit(copy.id, { ...copy.content, availability: 'free', overrides })
    world.jane.edit(id, { location: { displayName: 'Room 2' } })
    world.jane.editOccurrence(id, monday(1), { subject: 'Stand-up with cake' })
    await world.settle()
    expect(world.jane.get(id)).toMatchObject({ location: { displayName: 'Room 2' }, showAs: 'free' })
    const shown = world.jane.occurrences(id).slice(0, 3)
    expect(shown.map(({ subject, start }) => [start?.dateTime?.slice(0, 10), subject])).toEqual([
      ['2026-03-02', 'Stand-up'],
      ['2026-03-09', 'Stand-up with cake'],
      ['2026-03-23', 'Stand-up'],
    ])
    const { content } = world.copy('Stand-up')
    expect(content).toMatchObject({ location: 'Room 2', availability: 'free' })
    expect(Object.keys(content.overrides).sort()).toEqual(['2026-03-09T09:00:00', '2026-03-16T09:00:00'])
  })

  test('one occurrence that a person cancels, or brings back elsewhere, is so on both sides', async () => {
    const world = await woven(options)
    const { id = '' } = world.jane.create(mondays)
    await world.settle()
    world.jane.removeOccurrence(id, monday(1))
    world.jane.editOccurrence(id, monday(3), { subject: 'Other' })
    await world.settle()
    const copy = world.copy('Stand-up')
    expect(copy.content.overrides['2026-03-09T09:00:00']).toEqual({ kind: 'cancelled' })
    const { '2026-03-09T09:00:00': _back, ...overrides } = copy.content.overrides
    world.other.edit(copy.id, { ...copy.content, overrides })
    await world.settle()
    const shown = world.jane.occurrences(id).slice(0, 4)
    expect(shown.map(({ subject, start }) => [start?.dateTime?.slice(0, 10), subject])).toEqual([
      ['2026-03-02', 'Stand-up'],
      ['2026-03-09', 'Stand-up'],
      ['2026-03-16', 'Stand-up'],
      ['2026-03-23', 'Other'],
    ])
    expect(Object.keys(world.copy('Stand-up').content.overrides)).toEqual(['2026-03-23T09:00:00'])
  })

  test('a series that a person splits is two series on the other side', async () => {
    const world = await woven(options)
    const { id = '' } = world.jane.create(mondays)
    await world.settle()
    world.jane.split(id, monday(2), { subject: 'Stand-up, later' })
    await world.settle()
    expect(world.titles().other).toEqual(['Stand-up', 'Stand-up, later'])
    expect(world.copy('Stand-up').content.recurrence?.rule).toContain('UNTIL=')
  })

  test('a series that is moved to a later hour keeps its last occurrence', async () => {
    const world = await woven(options)
    const range = { type: 'endDate', startDate: '2026-03-02', endDate: '2026-03-16' } as const
    const { id = '' } = world.jane.create({ ...mondays, recurrence: { ...mondays.recurrence, range } })
    await world.settle()
    const at = (clock: string) => ({ dateTime: `2026-03-02T${clock}:00`, timeZone: 'Europe/Berlin' })
    world.jane.edit(id, { start: at('13:00'), end: at('13:30') })
    await world.settle()
    const { content } = world.copy('Stand-up')
    const window = { from: Date.UTC(2026, 2, 1), to: Date.UTC(2026, 3, 1) }
    expect(expand(content, window).map(({ slot }) => slot)).toEqual([
      ...['2026-03-02T13:00:00', '2026-03-09T13:00:00', '2026-03-16T13:00:00'],
    ])
    expect(world.jane.occurrences(id)).toHaveLength(3)
  })

  test('a removal travels from either side, and does not come back', async () => {
    const world = await woven(options)
    const titles = ['One', 'Two', 'Three', 'Four', 'Five', 'Six']
    const ids = titles.map((title) => world.jane.create(lunch(title)).id ?? '')
    await world.settle()
    world.jane.remove(ids[0] ?? '')
    world.other.remove(world.copy('Two').id)
    await world.settle()
    const left = ['Five', 'Four', 'Six', 'Three']
    expect(world.titles()).toEqual({ microsoft: left, other: left })
  })

  test('an event that is moved to another calendar is not in this one any more, and not written there', async () => {
    const world = await woven(options)
    const { id = '' } = world.jane.create(lunch('Lunch'))
    world.jane.create(lunch('Stays'))
    world.jane.create(lunch('Stays, too'))
    await world.settle()
    world.jane.move(id, world.second)
    await world.settle()
    expect(world.titles().other).toEqual(['Stays', 'Stays, too'])
  })

  test('a create whose answer is lost makes one copy', async () => {
    const world = await woven(options)
    world.other.add(weekly())
    world.microsoft.fail({ fault: { kind: 'lost_answer' }, method: 'events.create' })
    await world.settle()
    expect(world.jane.all()).toHaveLength(1)
    expect(world.copy('Weekly').content).toMatchObject(weekly())
  })

  test('a series that was written by half is finished by the next run', async () => {
    const world = await woven(options)
    world.other.add(weekly())
    world.microsoft.fail({ fault: { kind: 'refuse', code: 'ApplicationThrottled' }, method: 'events.delete' })
    await world.settle()
    const [series] = world.jane.all()
    const shown = world.jane.occurrences(series?.id ?? '').slice(0, 2)
    expect(shown.map(({ subject, start }) => [subject, start?.dateTime?.slice(0, 19)])).toEqual([
      ['Weekly', '2026-03-02T09:00:00'],
      ['Weekly, in the afternoon', '2026-03-16T15:00:00'],
    ])
    expect(world.copy('Weekly').content).toMatchObject(weekly())
  })

  test('delta links that run out cost a listing, and nothing is written or removed', async () => {
    const world = await woven(options)
    world.jane.create(mondays)
    world.other.add(weekly())
    await world.settle()
    world.owner.expireDeltaTokens()
    expect(wrote(await world.settle())).toBe(0)
    expect(world.titles().other).toEqual(['Stand-up', 'Weekly'])
  })

  test('a range of time that moves on removes nothing', async () => {
    const world = await woven(options)
    world.jane.create(lunch('Lunch'))
    world.jane.create(mondays)
    await world.settle()
    world.clock.now += 400 * 86_400_000
    expect(wrote(await world.settle())).toBe(0)
    expect(world.titles().other).toEqual(['Lunch', 'Stand-up'])
  })

  test('copies are found again when everything that calweave knew is lost', async () => {
    const world = await woven(options)
    world.jane.create(mondays)
    world.other.add(weekly())
    await world.settle()
    await world.forget()
    await world.settle()
    expect(world.titles().other).toEqual(['Stand-up', 'Weekly'])
    expect(world.jane.all()).toHaveLength(2)
  })
})

describe('what people must not notice', () => {
  test('nobody is mailed, whatever is synced; a change that would mail somebody is not made, and is shown', async () => {
    const world = await woven()
    const attendees = [{ type: 'required', emailAddress: { address: 'ann@example.org' } }] as const
    const { id = '' } = world.jane.create({ ...mondays, attendees })
    const guests = [{ email: 'joe@example.org', role: 'required', status: 'needs_action', type: 'individual' }] as const
    const time = hour('2026-03-05T09:00:00', '2026-03-05T10:00:00', 'UTC')
    world.other.add(completeContent({ title: 'Theirs', time, attendees: guests }))
    await world.settle()
    const copy = world.copy('Stand-up')
    world.other.edit(copy.id, { ...copy.content, title: 'Stand-up!' })
    const run = await world.sync()
    expect(run.counts).toMatchObject({ updated: 0, failed: 1 })
    expect(world.jane.get(id)?.subject).toBe('Stand-up')
    expect(world.microsoft.mails).toEqual([])
  })

  test('what belongs to the organizer stays as it is in the copy of a guest', async () => {
    const world = await woven()
    const boss = { name: 'Boss', address: 'boss@example.com' }
    const { id = '' } = world.jane.invite(boss, lunch('Meeting'))
    await world.settle()
    const copy = world.copy('Meeting')
    world.other.edit(copy.id, { ...copy.content, title: 'Mine', availability: 'free' })
    await world.sync()
    expect(world.jane.get(id)).toMatchObject({ subject: 'Meeting', showAs: 'free' })
    expect(world.microsoft.mails).toEqual([])
  })
})

/** Jane's calendar and one in this process, woven into one group. */
async function woven(options: FakeMicrosoftOptions = {}) {
  const clock = { now: Date.UTC(2026, 1, 27, 8) }
  const microsoft = fakeMicrosoft({ ...options, now: () => clock.now })
  const owner = microsoft.addAccount({ email: 'jane@example.com', token: 'token-of-jane' })
  const jane = owner.calendar()
  const second = owner.addCalendar({ name: 'Second' })
  const provider = microsoftProvider({
    fetch: microsoft.fetch,
    now: () => clock.now,
    requestsPerMinute: 1e9,
    appRequestsPerMinute: 1e9,
    // The fake counts every occurrence in it.
    aheadDays: 60,
  })
  const both = await twoCalendars({ provider, token: 'token-of-jane', clock, without: ['Second'] })
  return {
    ...both,
    ...{ microsoft, owner, jane, second, clock },
    titles: () => ({
      microsoft: jane
        .all()
        .map(({ subject = '' }) => subject)
        .sort(),
      other: both.titles(),
    }),
  }
}
