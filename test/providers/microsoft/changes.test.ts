import { describe, expect, test } from 'vitest'
import type { RemoteId } from '../../../src/model/ids.js'
import type { FakeMicrosoftOptions } from '../../../src/testing/microsoft/options.js'
import { Mirror } from '../../../src/testing/provider-mirror.js'
import { accountOf, lunch, monday, mondays, type Opened, opened } from './opened.js'

const dayMs = 86_400_000

describe('the range of time in which Microsoft tells of changes', () => {
  const far = {
    subject: 'Jubilee',
    start: { dateTime: '2034-03-04T12:00:00', timeZone: 'Europe/Berlin' },
    end: { dateTime: '2034-03-04T13:00:00', timeZone: 'Europe/Berlin' },
  }

  test('an event outside of it is listed, and what happens to it is told of', async () => {
    const { jane, mirror } = opened()
    const { id = '' } = jane.create(far)
    await mirror.pull()
    expect(titles(mirror)).toEqual(['Jubilee'])
    jane.edit(id, { subject: 'Great jubilee' })
    jane.create({ ...far, subject: 'Another one' })
    expect((await mirror.pull()).removed).toEqual([])
    expect(titles(mirror)).toEqual(['Another one', 'Great jubilee'])
    jane.remove(id)
    expect((await mirror.pull()).removed).toEqual([id])
  })

  test('an event that is moved out of it is changed, and not removed', async () => {
    const { jane, mirror } = opened()
    const { id = '' } = jane.create(lunch('Lunch'))
    await mirror.pull()
    jane.edit(id, { start: far.start, end: far.end })
    expect(await mirror.pull()).toMatchObject({ changed: [id], removed: [] })
  })

  test('when it is put elsewhere after some days, everything is listed, and nothing is removed by that', async () => {
    const clock = { now: Date.UTC(2026, 1, 27, 8) }
    const { jane, mirror } = opened({ now: () => clock.now })
    jane.create(lunch('Lunch'))
    jane.create(mondays)
    expect((await mirror.pull()).complete).toBe(true)
    clock.now += 6 * dayMs
    expect((await mirror.pull()).complete).toBe(false)
    clock.now += 400 * dayMs
    expect(await mirror.pull()).toMatchObject({ complete: true, removed: [], changed: [] })
    expect(await mirror.pull()).toMatchObject({ complete: false, removed: [], changed: [] })
  })
})

describe('what is said to be removed', () => {
  test('is believed of no event that is still there', async () => {
    const { jane, mirror, microsoft } = opened()
    const { id = '' } = jane.create(lunch('Lunch'))
    const { id: series = '' } = jane.create(mondays)
    await mirror.pull()
    microsoft.fail({ fault: { kind: 'spurious_removal' }, method: 'calendarView.delta' })
    jane.edit(id, { subject: 'Dinner' })
    jane.edit(series, { subject: 'Planning' })
    expect((await mirror.pull()).removed).toEqual([])
    expect(titles(mirror)).toEqual(['Dinner', 'Planning'])
  })

  test('of something that nobody knows may have been an occurrence: then every series is read anew', async () => {
    const { jane, microsoft } = opened({ occurrenceTombstones: 'given' })
    const { id = '' } = jane.create(mondays)
    jane.create({ ...mondays, subject: 'Other' })
    // A service that tells of the occurrence, and not of its series.
    const curt: typeof fetch = async (input, init) => {
      const answer = await microsoft.fetch(input, init)
      if (!String(input).includes('deltatoken')) return answer
      const page = (await answer.json()) as { readonly value: readonly object[] }
      return Response.json({ ...page, value: page.value.filter((one) => '@removed' in one) })
    }
    const { mirror } = seenThrough(curt, jane.id)
    await mirror.pull()
    jane.removeOccurrence(id, monday(1))
    expect((await mirror.pull()).changed).toEqual([id])
    expect(mirror.events.get(id as RemoteId)?.content.overrides).toEqual({
      '2026-03-09T09:00:00': { kind: 'cancelled' },
    })
  })

  test('is believed of one that was moved to another calendar, though its id stays', async () => {
    const { jane, owner, mirror, account, calendar } = opened()
    const { id = '' } = jane.create(lunch('Lunch'))
    await mirror.pull()
    jane.move(id, owner.addCalendar({ name: 'Second' }))
    expect(await account.fetch(calendar, [id as RemoteId])).toEqual([{ type: 'gone', id }])
    expect((await mirror.pull()).removed).toEqual([id])
  })
})

describe.each<FakeMicrosoftOptions>([
  {},
  { occurrenceTombstones: 'given', removedType: 'absent', originalStart: 'given' },
])('the occurrences of a series (%o)', (options) => {
  test('one that is cancelled, changed, or changed and then cancelled is told of with its series', async () => {
    const { jane, mirror } = opened(options)
    const { id = '' } = jane.create(mondays)
    await mirror.pull()
    jane.removeOccurrence(id, monday(1))
    jane.editOccurrence(id, monday(2), { subject: 'With cake' })
    jane.editOccurrence(id, monday(3), { subject: 'Short' })
    await mirror.pull()
    jane.removeOccurrence(id, monday(3))
    expect((await mirror.pull()).changed).toEqual([id])
    const { overrides } = only(mirror).content
    expect(Object.entries(overrides).map(([slot, { kind }]) => [slot, kind])).toEqual([
      ['2026-03-09T09:00:00', 'cancelled'],
      ['2026-03-23T09:00:00', 'cancelled'],
      ['2026-03-16T09:00:00', 'changed'],
    ])
  })

  test('one that is changed and changed back is none of its own', async () => {
    const { jane, mirror } = opened(options)
    const { id = '' } = jane.create(mondays)
    jane.editOccurrence(id, monday(2), { subject: 'With cake' })
    jane.editOccurrence(id, monday(2), { subject: 'Stand-up' })
    await mirror.pull()
    expect(only(mirror).content.overrides).toEqual({})
  })

  test('in a series of whole days they are named by their dates, whatever the zone of the mailbox', async () => {
    const { jane, mirror } = opened(options)
    const day = (date: string) => ({ dateTime: `${date}T00:00:00`, timeZone: 'Pacific/Auckland' })
    const whole = { isAllDay: true, start: day('2026-03-02'), end: day('2026-03-03') }
    const { id = '' } = jane.create({ ...mondays, ...whole })
    jane.removeOccurrence(id, monday(1))
    jane.editOccurrence(id, monday(2), { subject: 'With cake' })
    await mirror.pull()
    expect(Object.keys(only(mirror).content.overrides).sort()).toEqual(['2026-03-09', '2026-03-16'])
  })
})

describe('listings', () => {
  test('an event that slips from one page to the one before is found all the same', async () => {
    const { jane, microsoft } = opened({ pageSize: 2 })
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => jane.create(lunch(name)).id ?? '')
    let pages = 0
    const interfering: typeof fetch = async (input, init) => {
      const isPage = String(input).includes('/events?')
      if (isPage && ++pages === 2) jane.remove(ids[0] ?? '')
      return microsoft.fetch(input, init)
    }
    const { mirror } = seenThrough(interfering, jane.id)
    await mirror.pull()
    expect(pages).toBeGreaterThan(2)
    expect(titles(mirror)).toEqual(expect.arrayContaining(['b', 'c', 'd', 'e', 'f']))
  })

  test.each([
    ['endless_pages', 'calendarView.delta'],
    ['endless_pages', 'events.list'],
    ['no_delta_link', 'calendarView.delta'],
    ['cut', 'events.list'],
  ] as const)('with %s of %s is not believed', async (kind, method) => {
    const { jane, mirror, microsoft } = opened()
    jane.create(lunch('Lunch'))
    microsoft.fail({ fault: { kind }, method, times: 2 })
    await expect(mirror.pull()).rejects.toMatchObject({ code: 'invalid_response' })
  })

  test('an empty page is not the end', async () => {
    const { jane, mirror, microsoft } = opened()
    jane.create(lunch('Lunch'))
    microsoft.fail({ fault: { kind: 'empty_page' }, method: 'events.list' })
    microsoft.fail({ fault: { kind: 'empty_page' }, method: 'calendarView.delta' })
    await mirror.pull()
    expect(titles(mirror)).toEqual(['Lunch'])
  })

  test.each(['SyncStateNotFound', 'resyncRequired'] as const)(
    'a link that is answered %s has expired',
    async (code) => {
      const { owner, mirror } = opened()
      await mirror.pull()
      owner.expireDeltaTokens(undefined, code as never)
      await expect(mirror.pull()).rejects.toMatchObject({ code: 'cursor_expired' })
    },
  )

  test('an unchanged calendar costs one request, however many series it has', async () => {
    const { jane, mirror, asked } = opened()
    for (let count = 0; count < 30; count++) jane.create(mondays)
    await mirror.pull()
    asked()
    await mirror.pull()
    expect(asked()).toEqual(['GET calendarView.delta'])
  })

  test('many events that changed are read in few requests', async () => {
    const { jane, mirror, microsoft } = opened()
    const ids = Array.from({ length: 45 }, (_, index) => jane.create(lunch(`${index}`)).id ?? '')
    await mirror.pull()
    for (const id of ids) jane.edit(id, { subject: 'Lunch' })
    let sent = 0
    const counting: typeof fetch = async (input, init) => {
      sent++
      return microsoft.fetch(input, init)
    }
    const other = seenThrough(counting, jane.id).mirror
    other.cursor = mirror.cursor
    expect((await other.pull()).changed).toHaveLength(45)
    expect(sent).toBeLessThanOrEqual(5)
  })
})

describe('calendars', () => {
  test('are listed once each, with what may be done there', async () => {
    const { account, owner } = opened()
    const others = { name: 'Boss', address: 'boss@example.com' }
    const shared = owner.addCalendar({ name: 'Team', canEdit: false, owner: others })
    const own = owner.addCalendar({ name: 'Sports' })
    const listed = await account.listCalendars()
    expect(listed.map(({ id, access }) => [id, access])).toEqual([
      [owner.calendar().id, 'write'],
      [shared, 'read'],
      [own, 'write'],
    ])
  })
})

function seenThrough(fetching: typeof fetch, calendar: string): Pick<Opened, 'mirror'> {
  const account = accountOf({ fetch: fetching }, { token: 'token-of-jane' }, { now: () => Date.UTC(2026, 1, 27, 8) })
  const never = async (): Promise<never> => {
    throw new Error('people act at their own screen here')
  }
  const person = { add: never, edit: never, remove: never }
  return { mirror: new Mirror({ account, calendar: calendar as never, person, close: async () => undefined }) }
}

function titles(mirror: Mirror): readonly string[] {
  return [...mirror.events.values()].map(({ content }) => content.title).sort()
}

function only(mirror: Mirror) {
  const [event, more] = mirror.events.values()
  if (!event || more) throw new Error('there is not one event')
  return event
}
