import { describe, expect, test } from 'vitest'
import type { EventContent, Field } from '../../../src/model/content.js'
import { occurrenceOf } from '../../../src/model/content.js'
import type { RemoteId } from '../../../src/model/ids.js'
import type { RemoteEvent } from '../../../src/providers/provider.js'
import type { FakeGoogleOptions } from '../../../src/testing/google/options.js'
import { draft, hour, meeting, weekly } from '../../../src/testing/provider-samples.js'
import { accountOf, lunch, monday, mondays, type Opened, opened } from './opened.js'

describe('identity', () => {
  test('an id is never used twice: a create after a removal is told that it was there', async () => {
    const { account, calendar } = opened()
    const wanted = draft('once')
    const { shown } = await account.create(calendar, wanted)
    if (shown) await account.remove(calendar, shown)
    await expect(account.create(calendar, wanted)).rejects.toMatchObject({ code: 'already_exists' })
    expect(await account.fetch(calendar, [account.idFor(calendar, wanted.key) as RemoteId])).toMatchObject([
      { type: 'gone' },
    ])
  })

  test('a mark that is longer than one property is read back whole, and a shorter one leaves nothing of it behind', async () => {
    const { account, calendar, jane } = opened()
    const { mark: short, ...rest } = draft('marked')
    const origin = { ...short.origin, calendarName: 'Ä'.repeat(1_000) }
    const long = { ...short, origin } as typeof short
    const { shown } = await account.create(calendar, { ...rest, mark: long })
    expect(shown?.mark).toEqual(long)
    if (!shown) return
    const again = await account.update(calendar, { current: shown, content: shown.content, fields: [], mark: short })
    expect(again.shown?.mark).toEqual(short)
    const names = Object.keys(jane.get(shown.id)?.extendedProperties?.private ?? {})
    expect(names.filter((name) => name.startsWith('calweaveMark'))).toEqual(['calweaveMark0'])
  })
})

describe('guests', () => {
  test('nobody is mailed, whatever is written', async () => {
    const { account, calendar, google, jane, mirror } = opened()
    const guests = [{ email: 'joe@example.com' }, { email: 'ann@example.org' }]
    const { id = '' } = jane.create({ ...mondays, attendees: guests } as never)
    await mirror.pull()
    let current = mirror.events.get(id as RemoteId) as RemoteEvent
    const steps: readonly (readonly [readonly Field[], Partial<EventContent>])[] = [
      [
        ['title', 'time'],
        { title: 'Moved', time: hour('2026-03-02T11:00:00', '2026-03-02T12:00:00', 'Europe/Berlin') },
      ],
      [['overrides'], { overrides: { '2026-03-09T11:00:00': { kind: 'cancelled' } } }],
    ]
    for (const [fields, more] of steps)
      current = (await account.update(calendar, { current, content: { ...current.content, ...more }, fields }))
        .shown as RemoteEvent
    await account.remove(calendar, current)
    expect(google.mails).toEqual([])
    const writes = google.requests.filter(({ verb }) => verb !== 'GET')
    expect(writes.every(({ path }) => path.includes('sendUpdates=none'))).toBe(true)
  })

  test('people are mailed where the host asks for it', async () => {
    const { account, calendar, google, jane, mirror } = opened({}, { sendUpdates: 'all' })
    const { id = '' } = jane.create({ ...lunch('Lunch'), attendees: [{ email: 'ann@example.org' }] } as never)
    await mirror.pull()
    const current = mirror.events.get(id as RemoteId) as RemoteEvent
    await account.update(calendar, { current, content: { ...current.content, title: 'Dinner' }, fields: ['title'] })
    expect(google.mails.length).toBeGreaterThan(0)
  })

  test('in the copy of a guest what is the organizer’s is refused before anything is asked, and named', async () => {
    const { account, calendar, current, google } = await invited()
    google.requests.splice(0)
    const change = {
      current,
      content: { ...current.content, title: 'Mine', color: 'tomato' },
      fields: ['title', 'color'] as const,
    }
    const refused = account.update(calendar, change)
    await expect(refused).rejects.toMatchObject({ code: 'unsupported', reason: 'GUEST_COPY' })
    await expect(refused).rejects.toThrow(/title\./)
    expect(google.requests).toEqual([])
  })

  test('a guest’s own reminders, colour and answer are written', async () => {
    const { account, calendar, current, jane } = await invited()
    const attendees = current.content.attendees.map((one) =>
      one.email === 'jane@example.com' ? { ...one, status: 'accepted' as const } : one,
    )
    const content = { ...current.content, attendees, color: '#dc2127', reminders: [] }
    const { shown } = await account.update(calendar, { current, content, fields: ['attendees', 'color', 'reminders'] })
    expect(shown?.content).toMatchObject({ color: '#dc2127', reminders: [], title: 'Meeting' })
    expect(jane.get(current.id)?.attendees?.find(({ self }) => self)?.responseStatus).toBe('accepted')
  })

  test('who was a guest before keeps what calweave does not know of', async () => {
    const { account, calendar, jane, mirror } = opened()
    const ann = { email: 'ann@example.org', comment: 'Late', additionalGuests: 2, responseStatus: 'accepted' }
    const { id = '' } = jane.create({ ...lunch('Lunch'), attendees: [ann] } as never)
    await mirror.pull()
    const current = mirror.events.get(id as RemoteId) as RemoteEvent
    const joe = { email: 'joe@example.org', role: 'optional', status: 'needs_action', type: 'individual' } as const
    const content = { ...current.content, attendees: [...current.content.attendees, joe] }
    await account.update(calendar, { current, content, fields: ['attendees'] })
    expect(jane.get(id)?.attendees).toMatchObject([ann, { email: 'joe@example.org', optional: true }])
  })
})

describe.each<FakeGoogleOptions>([{ seriesVersion: 'shared' }, { seriesVersion: 'own' }])('series (%o)', (options) => {
  test('one changed occurrence is written as one, and costs no other one', async () => {
    const { account, calendar, jane, current, asked } = await followed(options)
    const change = changedAt(current, '2026-03-23T09:00:00', 'Planning')
    asked()
    const { shown } = await account.update(calendar, change)
    expect(asked().filter((one) => !one.startsWith('GET'))).toEqual(['PATCH events.patch'])
    expect(shown?.content.overrides).toEqual(change.content.overrides)
    expect(jane.occurrences(current.id).filter(({ summary }) => summary === 'Planning')).toHaveLength(1)
  })

  test('an occurrence that a person changed at the same moment is not written over', async () => {
    const { account, calendar, jane, current } = await followed(options)
    jane.editOccurrence(current.id, monday(3), { summary: 'A person was here' })
    const change = changedAt(current, '2026-03-23T09:00:00', 'Planning')
    await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'revision_mismatch' })
    expect(jane.occurrences(current.id)[2]?.summary).toBe('A person was here')
  })

  test('an occurrence that a person changes after the series was read is not written over', async () => {
    const { calendar, current, google, jane } = await followed(options)
    let isRead = false
    const interfering: typeof fetch = async (input, init) => {
      const answer = await google.fetch(input, init)
      if (!isRead && String(input).includes('iCalUID')) {
        isRead = true
        jane.editOccurrence(current.id, monday(3), { summary: 'A person was here' })
      }
      return answer
    }
    const account = accountOf({ ...google, fetch: interfering }, { token: 'token-of-jane' } as never)
    const change = changedAt(current, '2026-03-23T09:00:00', 'Planning')
    await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'revision_mismatch' })
    expect(jane.occurrences(current.id)[2]?.summary).toBe('A person was here')
  })

  test('a series of which a person changed an occurrence meanwhile is not removed', async () => {
    const { account, calendar, jane, current } = await followed(options)
    jane.editOccurrence(current.id, monday(3), { summary: 'A person was here' })
    await expect(account.remove(calendar, current)).rejects.toMatchObject({ code: 'revision_mismatch' })
    expect(jane.get(current.id)?.status).toBe('confirmed')
  })

  test('overrides outlive a change of the time of their series', async () => {
    const { account, calendar, current } = await followed(options)
    const override = current.content.overrides['2026-03-16T09:00:00']
    const time = hour('2026-03-02T10:00:00', '2026-03-02T10:30:00', 'Europe/Berlin')
    const overrides = {
      '2026-03-09T10:00:00': { kind: 'cancelled' as const },
      ...(override && { '2026-03-16T10:00:00': override }),
    }
    const content = { ...current.content, time, overrides }
    await account.update(calendar, { current, content, fields: ['time', 'recurrence', 'overrides'] })
    const [found] = await account.fetch(calendar, [current.id])
    expect(found?.type === 'found' && found.event.content).toMatchObject({ time, overrides })
  })

  test('a cancelled occurrence takes place again, however it was cancelled', async () => {
    const { account, calendar, jane, mirror } = opened(options)
    const { id = '' } = jane.create({
      ...mondays,
      recurrence: [...mondays.recurrence, 'EXDATE;TZID=Europe/Berlin:20260309T090000'],
    })
    jane.removeOccurrence(id, monday(2))
    await mirror.pull()
    const current = mirror.events.get(id as RemoteId) as RemoteEvent
    expect(Object.keys(current.content.overrides)).toHaveLength(2)
    const { shown } = await account.update(calendar, {
      current,
      content: { ...current.content, overrides: {} },
      fields: ['overrides'],
    })
    expect(shown?.content.overrides).toEqual({})
    expect(
      jane
        .occurrences(id)
        .slice(0, 4)
        .map(({ start }) => start?.dateTime?.slice(0, 10)),
    ).toEqual(['2026-03-02', '2026-03-09', '2026-03-16', '2026-03-23'])
  })

  test('a title that changes in the series does not change in an occurrence that has its own', async () => {
    const { account, calendar, jane, current } = await followed(options)
    const { shown } = await account.update(calendar, {
      current,
      content: { ...current.content, title: 'Daily' },
      fields: ['title'],
    })
    expect(shown?.content.overrides['2026-03-16T09:00:00']).toMatchObject({ content: { title: 'Stand-up with cake' } })
    expect(
      jane
        .occurrences(current.id)
        .map(({ summary }) => summary)
        .slice(0, 3),
    ).toEqual(['Daily', 'Stand-up with cake', 'Daily'])
  })

  test('an occurrence that is as its series again stays so when the series changes', async () => {
    const { account, calendar, jane, current } = await followed(options)
    const first = await account.update(calendar, {
      current,
      content: { ...current.content, overrides: {} },
      fields: ['overrides'],
    })
    const next = first.shown as RemoteEvent
    const { shown } = await account.update(calendar, {
      current: next,
      content: { ...next.content, title: 'Daily' },
      fields: ['title'],
    })
    expect(shown?.content.overrides).toEqual({})
    expect(
      new Set(
        jane
          .occurrences(current.id)
          .slice(0, 5)
          .map(({ summary }) => summary),
      ),
    ).toEqual(new Set(['Daily']))
  })

  test('a write that stops half way says that a part of it may be there, and is finished by whoever looks', async () => {
    const { account, calendar, google, jane } = opened(options)
    google.fail({ fault: { kind: 'refuse', reason: 'userRateLimitExceeded' }, method: 'events.patch' })
    const wanted = draft('half', weekly())
    await expect(account.create(calendar, wanted)).rejects.toMatchObject({ code: 'unavailable', reason: 'PARTIAL' })
    const id = account.idFor(calendar, wanted.key) as RemoteId
    const [found] = await account.fetch(calendar, [id])
    expect(found).toMatchObject({ type: 'found', event: { content: weekly(), mark: wanted.mark } })
    const names = Object.keys(jane.get(id)?.extendedProperties?.private ?? {})
    expect(names.filter((name) => name.startsWith('calweavePending'))).toEqual([])
  })

  test.each([1, 2, 3])('a change that stops after %i requests is seen whole or not at all', async (spared) => {
    const { account, calendar, google, current } = await followed(options)
    const time = hour('2026-03-02T10:00:00', '2026-03-02T10:30:00', 'Europe/Berlin')
    const moved = {
      kind: 'changed',
      content: {
        ...occurrenceOf(current.content),
        title: 'Moved',
        time: hour('2026-03-17T08:00:00', '2026-03-17T09:00:00', 'Europe/Berlin'),
      },
    } as const
    const content = {
      ...current.content,
      time,
      overrides: { '2026-03-09T10:00:00': { kind: 'cancelled' }, '2026-03-16T10:00:00': moved },
    } as const
    google.fail({ fault: { kind: 'lost_request' }, method: 'events.patch', after: spared, times: 9 })
    google.fail({ fault: { kind: 'lost_request' }, method: 'events.get', times: 9 })
    const change = { current, content, fields: ['time', 'recurrence', 'overrides'] as const }
    const error = await account.update(calendar, change).catch((cause: unknown) => cause)
    if (spared < 3) expect(error).toMatchObject({ code: 'unavailable' })
    google.heal()
    const [found] = await account.fetch(calendar, [current.id])
    expect(found?.type === 'found' && found.event.content).toMatchObject({ time, overrides: content.overrides })
  })

  test('a listing sets a half-written series aside while it may still be written, and finishes it later', async () => {
    let now = Date.UTC(2026, 2, 1)
    const { account, calendar, google, mirror } = opened({ ...options, now: () => now }, { now: () => now })
    await mirror.pull()
    google.fail({ fault: { kind: 'refuse', reason: 'userRateLimitExceeded' }, method: 'events.patch' })
    await account.create(calendar, draft('half', weekly())).catch(() => undefined)
    const { cursor } = mirror
    const early = await mirror.pull()
    expect([early.changed, early.unreadable]).toEqual([[], [account.idFor(calendar, draft('half').key)]])
    now += 120_000
    mirror.cursor = cursor
    const { changed } = await mirror.pull()
    expect(changed.map((id) => mirror.events.get(id)?.content)).toMatchObject([weekly()])
  })

  test('the first refusal of a write says that nothing was done', async () => {
    const { account, calendar, current, google } = await followed(options)
    google.fail({ fault: { kind: 'refuse', reason: 'userRateLimitExceeded' }, method: 'events.patch' })
    const change = changedAt(current, '2026-03-23T09:00:00', 'Planning')
    await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'rate_limited' })
  })

  test('an occurrence that is cancelled is one request, whatever else of the series is named and stays as it is', async () => {
    const { account, calendar, current, asked } = await followed(options)
    asked()
    const overrides = { ...current.content.overrides, '2026-03-23T09:00:00': { kind: 'cancelled' } } as const
    const fields = ['time', 'recurrence', 'overrides'] as const
    await account.update(calendar, { current, content: { ...current.content, overrides }, fields })
    expect(asked().filter((request) => request.startsWith('PATCH'))).toEqual(['PATCH events.patch'])
  })

  test('what a person typed between two requests of a create is not shown as our write', async () => {
    const { calendar, google, jane } = opened(options)
    const interfering: typeof fetch = async (input, init) => {
      const answer = await google.fetch(input, init)
      const { recurringEventId } = (await answer.clone().json()) as { readonly recurringEventId?: string }
      if (init?.method === 'PATCH' && recurringEventId) jane.edit(recurringEventId, { location: 'Garden' })
      return answer
    }
    const watched = accountOf({ ...google, fetch: interfering }, { token: 'token-of-jane' } as never)
    const { id, shown } = await watched.create(calendar, draft('typed', weekly()))
    expect(shown?.content.location).toBe('')
    const [found] = await watched.fetch(calendar, [id])
    expect(found?.type === 'found' && found.event.content.location).toBe('Garden')
    expect(found?.type === 'found' && found.event.revision).not.toBe(shown?.revision)
  })

  test('what nobody can have written is not shown as our write', async () => {
    const { account, calendar, current, google, jane } = await followed(options)
    const change = changedAt(current, '2026-03-23T09:00:00', 'Planning')
    const interfering: typeof fetch = async (input, init) => {
      const answer = await google.fetch(input, init)
      if (init?.method === 'PATCH') jane.editOccurrence(current.id, monday(0), { summary: 'A person was here' })
      return answer
    }
    const watched = accountOf({ ...google, fetch: interfering }, { token: 'token-of-jane' } as never)
    expect(await watched.update(calendar, change)).toEqual({ id: current.id })
    const [found] = await account.fetch(calendar, [current.id])
    expect(found?.type === 'found' && Object.keys(found.event.content.overrides)).toHaveLength(4)
  })
})

describe('what a series may be', () => {
  const { holdsSeries } = opened().account.capabilities
  const series = (rule: string, changed: number): EventContent => {
    const start = meeting('Daily', { recurrence: { rule, rdates: [] } })
    const override = { kind: 'changed', content: { ...occurrenceOf(start), description: 'x'.repeat(150) } } as const
    const slots = Array.from(
      { length: changed },
      (_, day) => `${new Date(Date.UTC(2026, 2, 3 + day)).toISOString().slice(0, 10)}T09:00:00`,
    )
    return { ...start, overrides: Object.fromEntries(slots.map((slot) => [slot, override])) }
  }

  test.each([
    ['FREQ=DAILY', 0, true],
    ['FREQ=YEARLY;BYDAY=1MO;BYMONTH=3', 3, true],
    ['FREQ=HOURLY', 0, false],
    ['FREQ=DAILY;INTERVAL=0', 0, false],
    ['FREQ=DAILY', 40, true],
    ['FREQ=DAILY', 400, false],
  ])('%s with %i changed occurrences: %s', (rule, changed, isHeld) => {
    expect(holdsSeries?.(series(rule, changed))).toBe(isHeld)
  })

  test('what is held can be written, and what cannot be noted is refused before anything is written', async () => {
    const { account, calendar, google } = opened()
    const held = series('FREQ=DAILY', 40)
    const { shown } = await account.create(calendar, draft('many', held))
    expect(Object.keys(shown?.content.overrides ?? {})).toHaveLength(40)
    google.requests.splice(0)
    const tooMany = account.create(calendar, draft('too many', series('FREQ=DAILY', 400)))
    await expect(tooMany).rejects.toMatchObject({ code: 'limit_exceeded' })
    expect(google.requests.filter(({ verb }) => verb !== 'GET')).toEqual([])
  })
})

describe('guards', () => {
  test('a tag that Google refuses although nobody touched the event is tried once more', async () => {
    const { account, calendar, google, jane } = opened()
    const { shown } = await account.create(calendar, draft('spurious'))
    google.fail({ fault: { kind: 'refuse', reason: 'conditionNotMet' }, method: 'events.patch' })
    const current = shown as RemoteEvent
    await account.update(calendar, { current, content: { ...current.content, title: 'New' }, fields: ['title'] })
    expect(jane.get(current.id)?.summary).toBe('New')
    google.fail({ fault: { kind: 'refuse', reason: 'conditionNotMet' }, method: 'events.patch', times: 2 })
    const [found] = await account.fetch(calendar, [current.id])
    const now = (found?.type === 'found' && found.event) as RemoteEvent
    const again = account.update(calendar, {
      current: now,
      content: { ...now.content, title: 'Newer' },
      fields: ['title'],
    })
    await expect(again).rejects.toMatchObject({ code: 'revision_mismatch' })
  })

  test('a change of reminders alone gives another revision, also where it gives no other tag', async () => {
    const { jane, mirror } = opened()
    const { id = '' } = jane.create(lunch('Lunch'))
    await mirror.pull()
    const before = mirror.events.get(id as RemoteId)?.revision
    jane.edit(id, { reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] } })
    mirror.cursor = undefined
    expect((await mirror.pull()).changed).toEqual([id])
    expect(mirror.events.get(id as RemoteId)?.revision).not.toBe(before)
  })

  test('without what was kept of it, an event is read and compared before it is written', async () => {
    const { account, calendar, jane } = opened()
    const { shown } = await account.create(calendar, draft('bare'))
    const { raw: _kept, ...current } = shown as RemoteEvent
    const change = { current, content: { ...current.content, title: 'New' }, fields: ['title'] as const }
    await account.update(calendar, change)
    expect(jane.get(current.id)?.summary).toBe('New')
    await expect(account.update(calendar, change)).rejects.toMatchObject({ code: 'revision_mismatch' })
  })

  test('one calendar gets one write after the other', async () => {
    const { google, owner, calendar } = opened()
    let [now, most] = [0, 0]
    const slow: typeof fetch = async (input, init) => {
      now++
      most = Math.max(most, now)
      await Promise.resolve()
      const answer = await google.fetch(input, init)
      now--
      return answer
    }
    const account = accountOf({ ...google, fetch: slow }, owner)
    await Promise.all(['a', 'b', 'c', 'd'].map((label) => account.create(calendar, draft(label))))
    expect(most).toBe(1)
  })
})

describe('values that Google has no word for', () => {
  test('a called-off meeting stays to be seen, as free time, and is called off when it is read', async () => {
    const { account, calendar, jane } = opened()
    const { shown } = await account.create(
      calendar,
      draft('off', meeting('Off', { status: 'cancelled', availability: 'busy' })),
    )
    expect(jane.get(shown?.id ?? '')).toMatchObject({ status: 'confirmed', transparency: 'transparent' })
    expect(shown?.content).toMatchObject({ status: 'cancelled', availability: 'busy' })
  })

  test('what a person sets in its place counts', async () => {
    const { account, calendar, jane, mirror } = opened()
    const given = { availability: 'tentative', color: 'steelblue', time: floating } as const
    const { id, shown } = await account.create(calendar, draft('kept', meeting('Kept', given)))
    expect(shown?.content).toMatchObject(given)
    jane.edit(id, {
      transparency: 'transparent',
      colorId: '11',
      start: { dateTime: '2026-03-03T09:00:00', timeZone: 'Asia/Tokyo' },
      end: { dateTime: '2026-03-03T10:00:00', timeZone: 'Asia/Tokyo' },
    })
    await mirror.pull()
    expect(mirror.events.get(id)?.content).toMatchObject({
      availability: 'free',
      color: '#dc2127',
      time: hour('2026-03-03T09:00:00', '2026-03-03T10:00:00', 'Asia/Tokyo'),
    })
  })

  test('a floating time falls into the calendar’s zone, and floats on when a person moves it', async () => {
    const { account, calendar, jane, mirror } = opened()
    const { id } = await account.create(calendar, draft('floats', meeting('Floats', { time: floating })))
    expect(jane.get(id)?.start).toMatchObject({ dateTime: '2026-03-03T09:00:00+01:00', timeZone: 'Europe/Berlin' })
    jane.edit(id, { start: { dateTime: '2026-03-03T08:00:00+01:00' }, end: { dateTime: '2026-03-03T09:30:00+01:00' } })
    await mirror.pull()
    expect(mirror.events.get(id)?.content.time).toEqual({
      start: { kind: 'floating', local: '2026-03-03T08:00:00' },
      end: { kind: 'floating', local: '2026-03-03T09:30:00' },
    })
  })
})

const floating = {
  start: { kind: 'floating', local: '2026-03-03T09:00:00' },
  end: { kind: 'floating', local: '2026-03-03T10:00:00' },
} as const

/** A series of Mondays with one changed and one cancelled occurrence, as the engine has seen it. */
async function followed(options: FakeGoogleOptions): Promise<Opened & { readonly current: RemoteEvent }> {
  const world = opened(options)
  const { id = '' } = world.jane.create(mondays)
  world.jane.removeOccurrence(id, monday(1))
  world.jane.editOccurrence(id, monday(2), { summary: 'Stand-up with cake' })
  await world.mirror.pull()
  return { ...world, current: world.mirror.events.get(id as RemoteId) as RemoteEvent }
}

/** Jane as a guest of her boss. */
async function invited(): Promise<Opened & { readonly current: RemoteEvent }> {
  const world = opened()
  const boss = world.google.addAccount({ email: 'boss@example.com', token: 'token-of-the-boss' })
  const { id = '' } = boss.calendar().create({
    ...lunch('Meeting'),
    attendees: [{ email: 'jane@example.com' }, { email: 'boss@example.com', responseStatus: 'accepted' }],
  } as never)
  await world.mirror.pull()
  return { ...world, current: world.mirror.events.get(id as RemoteId) as RemoteEvent }
}

function changedAt(current: RemoteEvent, slot: string, title: string) {
  const day = slot.slice(0, 10)
  const time = hour(`${day}T14:00:00`, `${day}T15:00:00`, 'Europe/Berlin')
  const override = { kind: 'changed', content: { ...occurrenceOf(current.content), title, time } } as const
  const content: EventContent = { ...current.content, overrides: { ...current.content.overrides, [slot]: override } }
  return { current, content, fields: ['overrides'] as const }
}
