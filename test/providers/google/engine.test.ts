import { describe, expect, test } from 'vitest'
import { completeContent } from '../../../src/model/content.js'
import { googleProvider } from '../../../src/providers/google/index.js'
import { fakeGoogle } from '../../../src/testing/google/fake-google.js'
import type { FakeGoogleOptions } from '../../../src/testing/google/options.js'
import { hour, weekly } from '../../../src/testing/provider-samples.js'
import { twoCalendars, wrote } from '../../support/two-calendars.js'
import { lunch, monday, mondays } from './opened.js'

const kinds: readonly FakeGoogleOptions[] = [{}, { pageSize: 2, order: 'reversed', seriesVersion: 'own' }]

describe.each(kinds)('a calendar at Google and another one (%o)', (options) => {
  test('a first sync copies both ways; the next one writes nothing and costs one request', async () => {
    const world = await woven(options)
    world.jane.create(lunch('Lunch'))
    world.jane.create(mondays)
    world.other.add(weekly())
    const run = await world.sync()
    expect(run).toMatchObject({ failures: [], counts: { created: 3, failed: 0 } })
    expect(world.titles()).toEqual({
      google: ['Lunch', 'Stand-up', 'Weekly', 'Weekly, in the afternoon'],
      other: ['Lunch', 'Stand-up', 'Weekly'],
    })
    world.google.requests.splice(0)
    expect(wrote(await world.sync())).toBe(0)
    const after = world.google.requests.map(({ verb, method }) => `${verb} ${method}`)
    expect([...new Set(after)]).toEqual(['GET events.list'])
    world.google.requests.splice(0)
    await world.sync()
    expect(world.google.requests).toHaveLength(1)
  })

  test('edits of both sides merge, field by field and occurrence by occurrence', async () => {
    const world = await woven(options)
    const { id = '' } = world.jane.create({ ...mondays, location: 'Room 1' })
    await world.settle()
    const copy = world.copy('Stand-up')
    const overrides = { '2026-03-16T09:00:00': { kind: 'cancelled' } } as const
    world.other.edit(copy.id, { ...copy.content, description: 'Bring the plan', overrides })
    world.jane.edit(id, { location: 'Room 2' })
    world.jane.editOccurrence(id, monday(1), { summary: 'Stand-up with cake' })
    await world.settle()
    expect(world.jane.get(id)).toMatchObject({ location: 'Room 2', description: 'Bring the plan' })
    expect(
      world.jane
        .occurrences(id)
        .slice(0, 3)
        .map(({ summary, start }) => [start?.dateTime?.slice(0, 10), summary]),
    ).toEqual([
      ['2026-03-02', 'Stand-up'],
      ['2026-03-09', 'Stand-up with cake'],
      ['2026-03-23', 'Stand-up'],
    ])
    const { content } = world.copy('Stand-up')
    expect(content).toMatchObject({ location: 'Room 2', description: 'Bring the plan' })
    expect(Object.keys(content.overrides).sort()).toEqual(['2026-03-09T09:00:00', '2026-03-16T09:00:00'])
  })

  test('a series that a person splits is two series on the other side', async () => {
    const world = await woven(options)
    const { id = '' } = world.jane.create(mondays)
    await world.settle()
    world.jane.split(id, monday(2), { summary: 'Stand-up, later' })
    await world.settle()
    expect(world.titles().other).toEqual(['Stand-up', 'Stand-up, later'])
    expect(world.copy('Stand-up').content.recurrence?.rule).toContain('UNTIL=')
  })

  test('what belongs to the organizer stays as it is in the copy of a guest, whoever edits it elsewhere, and the loss report says so', async () => {
    const world = await woven(options)
    const boss = world.google.addAccount({ email: 'boss@example.com', token: 'token-of-the-boss' }).calendar()
    const attendees = [{ email: 'jane@example.com' }, { email: 'boss@example.com', responseStatus: 'accepted' }]
    const { id = '' } = boss.create({ ...lunch('Meeting'), attendees } as never)
    await world.settle()
    world.other.edit(world.copy('Meeting').id, { title: 'Meeting with cake', color: '#dc2127' })
    const run = await world.settle()
    expect(run.failures).toEqual([])
    expect(world.titles()).toEqual({ google: ['Meeting'], other: ['Meeting with cake'] })
    expect(world.jane.get(id)?.colorId).toBe('11')
    const [event] = (await world.user().events.ofGroup('group')).items
    expect(event?.content.title).toBe('Meeting with cake')
    const told = await world.user().events.explain('group', event?.id ?? '')
    const at = told.calendars.find(({ losses }) => losses.some(({ becomes }) => becomes === 'locked'))
    expect(at?.losses).toEqual([{ calendarId: event?.origin.calendarId, field: 'title', becomes: 'locked' }])
    expect(wrote(await world.sync())).toBe(0)
    boss.edit(id, { summary: 'Meeting at ten' })
    await world.settle()
    expect(world.titles()).toEqual({ google: ['Meeting at ten'], other: ['Meeting at ten'] })
    expect(world.google.mails).toEqual([])
  })

  test('a removal travels from either side, and does not come back', async () => {
    const world = await woven(options)
    const ids = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'].map((title) => world.jane.create(lunch(title)).id ?? '')
    await world.settle()
    world.jane.remove(ids[0] ?? '')
    world.other.remove(world.copy('Two').id)
    await world.settle()
    expect(world.titles()).toEqual({
      google: ['Five', 'Four', 'Six', 'Three'],
      other: ['Five', 'Four', 'Six', 'Three'],
    })
  })

  test('a create whose answer is lost makes one copy', async () => {
    const world = await woven(options)
    world.other.add(weekly())
    world.google.fail({ fault: { kind: 'lost_answer' }, method: 'events.insert' })
    await world.settle()
    expect(world.jane.all().filter(({ recurrence }) => recurrence)).toHaveLength(1)
    expect(world.copy('Weekly').content).toMatchObject(weekly())
  })

  test('a series that was written by half is finished by the next run', async () => {
    const world = await woven(options)
    world.other.add(weekly())
    world.google.fail({ fault: { kind: 'refuse', reason: 'userRateLimitExceeded' }, method: 'events.patch' })
    await world.settle()
    const [series] = world.jane.all().filter(({ recurrence }) => recurrence)
    const shown = world.jane.occurrences(series?.id ?? '').slice(0, 2)
    expect(shown.map(({ summary, start }) => [summary, start?.dateTime])).toEqual([
      ['Weekly', '2026-03-02T09:00:00+01:00'],
      ['Weekly, in the afternoon', '2026-03-16T15:00:00+01:00'],
    ])
    expect(world.copy('Weekly').content).toMatchObject(weekly())
  })

  test('sync tokens that run out cost a listing, and nothing is written or removed', async () => {
    const world = await woven(options)
    world.jane.create(mondays)
    world.other.add(weekly())
    await world.settle()
    world.google.expireSyncTokens('jane@example.com')
    expect(wrote(await world.settle())).toBe(0)
    expect(world.titles().other).toEqual(['Stand-up', 'Weekly'])
  })

  test('copies are found again when everything that calweave knew is lost', async () => {
    const world = await woven(options)
    world.jane.create(mondays)
    world.other.add(weekly())
    await world.settle()
    await world.forget()
    await world.settle()
    expect(world.titles().other).toEqual(['Stand-up', 'Weekly'])
    expect(world.jane.all().filter(({ recurrence }) => recurrence)).toHaveLength(2)
  })
})

describe('what people must not notice', () => {
  test('nobody is mailed, whatever is synced', async () => {
    const world = await woven()
    const { id = '' } = world.jane.create({ ...mondays, attendees: [{ email: 'ann@example.org' }] } as never)
    const attendees = [
      { email: 'joe@example.org', role: 'required', status: 'needs_action', type: 'individual' },
    ] as const
    world.other.add(
      completeContent({ title: 'Theirs', time: hour('2026-03-05T09:00:00', '2026-03-05T10:00:00', 'UTC'), attendees }),
    )
    await world.settle()
    const copy = world.copy('Stand-up')
    world.other.edit(copy.id, {
      ...copy.content,
      title: 'Stand-up!',
      overrides: { '2026-03-09T09:00:00': { kind: 'cancelled' } },
    })
    await world.settle()
    expect(world.jane.get(id)?.summary).toBe('Stand-up!')
    world.other.remove(world.copy('Stand-up!').id)
    await world.settle()
    expect(world.jane.get(id)?.status).toBe('cancelled')
    expect(world.google.mails).toEqual([])
  })

  test('a busy copy tells Google nothing, not in any request', async () => {
    const canary = 'Canary-7f3a'
    const world = await woven({}, { projection: { show: 'busy' } })
    world.other.add(
      completeContent({
        title: canary,
        description: canary,
        location: canary,
        time: hour('2026-03-05T09:00:00', '2026-03-05T10:00:00', 'UTC'),
      }),
    )
    await world.settle()
    expect(world.jane.all().map(({ summary, visibility }) => [summary, visibility])).toEqual([['Busy', 'private']])
    expect(world.google.requests.filter(({ body, path }) => (body + path).includes(canary))).toEqual([])
  })

  test('what a guest may not change stays as the organizer has it, and is shown as refused', async () => {
    const world = await woven()
    const boss = world.google.addAccount({ email: 'boss@example.com', token: 'token-of-the-boss' })
    boss.calendar().create({ ...lunch('Meeting'), attendees: [{ email: 'jane@example.com' }] } as never)
    await world.settle()
    const copy = world.copy('Meeting')
    world.other.edit(copy.id, { ...copy.content, title: 'Mine' })
    await world.sync()
    expect(world.jane.all().map(({ summary }) => summary)).toEqual(['Meeting'])
    world.google.requests.splice(0)
    await world.sync()
    expect(world.google.requests.filter(({ verb }) => verb !== 'GET')).toEqual([])
  })
})

/** Jane's calendar and one in this process, woven into one group. */
async function woven(options: FakeGoogleOptions = {}, member: object = {}) {
  const clock = { now: Date.UTC(2026, 1, 27, 8) }
  const google = fakeGoogle({ ...options, now: () => clock.now })
  const owner = google.addAccount({ email: 'jane@example.com', token: 'token-of-jane' })
  const jane = owner.calendar()
  const provider = googleProvider({
    fetch: google.fetch,
    now: () => clock.now,
    requestsPerMinute: 1e9,
    projectRequestsPerMinute: 1e9,
  })
  const both = await twoCalendars({ provider, token: 'token-of-jane', clock, member })
  return {
    ...both,
    ...{ google, jane, clock },
    titles: () => ({
      google: jane
        .all()
        .map(({ summary = '' }) => summary)
        .sort(),
      other: both.titles(),
    }),
  }
}
