import { describe, expect, test } from 'vitest'
import { type EventContent, type Override, occurrenceOf } from '../../../src/model/content.js'
import type { RemoteId } from '../../../src/model/ids.js'
import type { MicrosoftProviderOptions } from '../../../src/providers/microsoft/index.js'
import type { RemoteEvent } from '../../../src/providers/provider.js'
import type { FakeMicrosoftOptions } from '../../../src/testing/microsoft/options.js'
import { draft, hour, meeting, weekly } from '../../../src/testing/provider-samples.js'
import { accountOf, lunch, monday, mondays, type Opened, opened } from './opened.js'

const guests = [{ type: 'required', emailAddress: { address: 'ann@example.org' } }] as const

const replays = ['existing', 'conflict', 'refused'] as const

describe.each<FakeMicrosoftOptions>(replays.map((transactionReplay) => ({ transactionReplay })))(
  'a create that is made once more (%o)',
  (options) => {
    test('meets the first one, says so, and undoes nothing that was typed into it', async () => {
      const { account, calendar, jane, microsoft } = opened(options)
      microsoft.fail({ fault: { kind: 'lost_answer' }, method: 'events.create' })
      await expect(account.create(calendar, draft('once'))).rejects.toMatchObject({ code: 'unavailable' })
      const { id = '' } = jane.all()[0] ?? {}
      jane.edit(id, { subject: 'Typed' })
      expect(await account.create(calendar, draft('once'))).toEqual({ id, earlier: true })
      expect(jane.all().map(({ subject }) => subject)).toEqual(['Typed'])
    })

    test('of a copy that a person has moved to another calendar was refused for ever', async () => {
      const { account, calendar, jane, owner } = opened(options)
      const { id } = await account.create(calendar, draft('once'))
      jane.move(id, owner.addCalendar({ name: 'Other' }))
      // The engine asks for it, learns that it is not here, and makes one under another key.
      expect(await account.create(calendar, draft('once'))).toEqual({ id, earlier: true })
      expect(await account.fetch(calendar, [id])).toEqual([{ type: 'gone', id }])
    })

    test('of a series is no half of one: whoever reads it finishes it', async () => {
      const { account, calendar, microsoft, mirror, jane } = opened(options)
      microsoft.fail({ fault: { kind: 'lost_answer' }, method: 'events.create' })
      await expect(account.create(calendar, draft('series', weekly()))).rejects.toMatchObject({ code: 'unavailable' })
      expect((await mirror.pull()).unreadable).toHaveLength(1)
      const { id } = await account.create(calendar, draft('series', weekly()))
      const [found] = await account.fetch(calendar, [id])
      expect(found?.type === 'found' && Object.keys(found.event.content.overrides).length).toBe(2)
      expect(jane.all()).toHaveLength(1)
    })
  },
)

describe('guarded writes', () => {
  test('a tag that changed by itself stops nothing; one that a person changed does', async () => {
    const world = opened()
    const { id = '' } = world.jane.create(lunch('Lunch'))
    const current = await read(world, id)
    world.jane.touch(id)
    await rename(world, current, 'Dinner')
    expect(world.jane.get(id)?.subject).toBe('Dinner')
    await expect(rename(world, current, 'Breakfast')).rejects.toMatchObject({ code: 'revision_mismatch' })
    await expect(world.account.remove(world.calendar, current)).rejects.toMatchObject({ code: 'revision_mismatch' })
    expect(world.jane.get(id)?.subject).toBe('Dinner')
  })

  test('a series of which an occurrence changed since is neither written nor removed', async () => {
    const world = opened()
    const { id = '' } = world.jane.create(mondays)
    const current = await read(world, id)
    world.jane.editOccurrence(id, monday(1), { subject: 'With cake' })
    await expect(rename(world, current, 'Planning')).rejects.toMatchObject({ code: 'revision_mismatch' })
    await expect(world.account.remove(world.calendar, current)).rejects.toMatchObject({ code: 'revision_mismatch' })
    expect(world.jane.get(id)?.subject).toBe('Stand-up')
  })

  test('where a guard is passed over, what a person changed at that moment is not taken for ours', async () => {
    const { jane, microsoft, calendar } = opened()
    const { id = '' } = jane.create(lunch('Lunch'))
    const { id: series = '' } = jane.create(mondays)
    let target: string | undefined
    const careless: typeof fetch = async (input, init) => {
      const headers = new Headers(init?.headers)
      headers.delete('if-match')
      if (init?.method === 'PATCH' && target !== undefined) {
        jane.edit(target, { location: { displayName: 'Garden' } })
        target = undefined
      }
      return await microsoft.fetch(input, { ...init, headers })
    }
    const world = { calendar, account: accountOf({ fetch: careless }, { token: 'token-of-jane' }) } as Opened
    for (const one of [id, series]) {
      const current = await read(world, one)
      target = one
      const content = { ...current.content, title: 'Ours' }
      const written = await world.account.update(calendar, { current, content, fields: ['title'] })
      expect(written).toEqual({ id: one })
    }
  })

  test('a removal that was done, and not answered, is not found when it is tried again', async () => {
    const world = opened()
    const { id = '' } = world.jane.create(lunch('Lunch'))
    const current = await read(world, id)
    world.microsoft.fail({ fault: { kind: 'lost_answer' }, method: 'events.delete' })
    await expect(world.account.remove(world.calendar, current)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(world.account.remove(world.calendar, current)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('what guests would be told of', () => {
  const meetings = (given: MicrosoftProviderOptions = {}) => {
    const world = opened({}, given)
    const single = world.jane.create({ ...lunch('Lunch'), attendees: guests }).id ?? ''
    const series = world.jane.create(mondays).id ?? ''
    world.jane.editOccurrence(series, monday(1), { attendees: guests })
    return { ...world, single, series }
  }

  test('is not written: no change, no removal, of a meeting or of a series that has one in it', async () => {
    const world = meetings()
    for (const id of [world.single, world.series]) {
      const current = await read(world, id)
      await expect(rename(world, current, 'Other')).rejects.toMatchObject({ reason: 'WOULD_MAIL' })
      await expect(world.account.remove(world.calendar, current)).rejects.toMatchObject({ reason: 'WOULD_MAIL' })
    }
    const series = await read(world, world.series)
    const overrides = { ...series.content.overrides, '2026-03-16T09:00:00': { kind: 'cancelled' } } as const
    const change = { current: series, content: { ...series.content, overrides }, fields: ['overrides'] as const }
    await expect(world.account.update(world.calendar, change)).rejects.toMatchObject({ reason: 'WOULD_MAIL' })
    expect(world.microsoft.mails).toEqual([])
  })

  test('is written where that is allowed', async () => {
    const world = meetings({ scheduling: 'allow' })
    await rename(world, await read(world, world.single), 'Dinner')
    expect(world.jane.get(world.single)?.subject).toBe('Dinner')
    expect(world.microsoft.mails).not.toEqual([])
  })

  test('a copy with guests has none here, and names nobody', async () => {
    const { account, calendar, jane, microsoft } = opened()
    const attendees = [{ email: 'joe@example.org', role: 'required', status: 'accepted', type: 'individual' }] as const
    await account.create(calendar, draft('guests', meeting('Party', { attendees })))
    expect(jane.all()[0]?.attendees).toEqual([])
    expect(microsoft.mails).toEqual([])
  })

  test('an invitation is read, changed in what is the own of who was invited, and removed, and nobody is told', async () => {
    const world = opened()
    const { id = '' } = world.jane.invite({ name: 'Boss', address: 'boss@example.com' }, lunch('Meeting'))
    const current = await read(world, id)
    expect(current.lockedFields).toEqual(expect.arrayContaining(['title', 'time', 'recurrence', 'attendees']))
    await expect(rename(world, current, 'Mine')).rejects.toMatchObject({ reason: 'GUEST_COPY' })
    const content: EventContent = { ...current.content, visibility: 'private' }
    await world.account.update(world.calendar, { current, content, fields: ['visibility'] })
    expect(world.jane.get(id)).toMatchObject({ sensitivity: 'private', subject: 'Meeting' })
    await world.account.remove(world.calendar, await read(world, id))
    expect(world.jane.all()).toEqual([])
    expect(world.microsoft.mails).toEqual([])
  })
})

describe('series', () => {
  test('one changed occurrence is one write, and nothing is noted', async () => {
    const world = opened()
    const { id = '' } = world.jane.create(mondays)
    const current = await read(world, id)
    world.asked()
    await override(world, current, { '2026-03-09T09:00:00': room(current, '2026-03-09', 'Room 1') })
    expect(writesIn(world.asked())).toEqual(['PATCH events.update'])
    expect(await read(world, id)).not.toMatchObject({ raw: expect.stringContaining('Pending') })
  })

  test('several are noted first, and the note is taken away', async () => {
    const world = opened()
    const { id = '' } = world.jane.create(mondays)
    const current = await read(world, id)
    world.asked()
    await override(world, current, {
      '2026-03-09T09:00:00': room(current, '2026-03-09', 'Room 1'),
      '2026-03-16T09:00:00': { kind: 'cancelled' },
    })
    expect(writesIn(world.asked())).toEqual([
      ...['PATCH events.update', 'PATCH events.update', 'DELETE events.delete', 'PATCH events.update'],
    ])
    const { content, raw = '' } = await read(world, id)
    expect(Object.keys(content.overrides)).toHaveLength(2)
    expect(raw).toMatch(/calweavePending","value":"-"/)
  })

  test('a cancelled occurrence that takes place again keeps what the others say', async () => {
    const world = opened()
    const { id = '' } = world.jane.create(mondays)
    world.jane.removeOccurrence(id, monday(1))
    world.jane.removeOccurrence(id, monday(3))
    world.jane.editOccurrence(id, monday(2), { location: { displayName: 'Garden' } })
    const current = await read(world, id)
    const { '2026-03-09T09:00:00': _back, ...left } = current.content.overrides
    await override(world, current, left)
    const shown = world.jane.occurrences(id).slice(0, 4)
    expect(shown.map(({ start, location }) => [start?.dateTime?.slice(0, 10), location?.displayName])).toEqual([
      ['2026-03-02', ''],
      ['2026-03-09', ''],
      ['2026-03-16', 'Garden'],
      ['2026-03-30', ''],
    ])
  })

  test.each([1, 2, 3, 4])(
    'one that is cut short by a crash after %i requests is whole again when it is read',
    async (after) => {
      const world = opened()
      const { id = '' } = world.jane.create(mondays)
      world.jane.removeOccurrence(id, monday(1))
      world.jane.editOccurrence(id, monday(2), { location: { displayName: 'Garden' } })
      const current = await read(world, id)
      world.microsoft.fail({ fault: { kind: 'lost_request' }, method: 'events.update', after, times: 9 })
      const { '2026-03-09T09:00:00': _back, ...left } = current.content.overrides
      const outcome = override(world, current, left)
      if (after < 4) await expect(outcome).rejects.toMatchObject({ code: 'unavailable' })
      else await outcome
      world.microsoft.heal()
      expect((await read(world, id)).content).toMatchObject({ overrides: left, recurrence: current.content.recurrence })
    },
  )

  test('a series that moves takes its changed occurrences along as they shall be', async () => {
    const world = opened()
    const { id = '' } = world.jane.create(mondays)
    world.jane.editOccurrence(id, monday(2), { location: { displayName: 'Garden' } })
    const current = await read(world, id)
    const time = hour('2026-03-02T11:00:00', '2026-03-02T11:30:00', 'Europe/Berlin')
    const at = hour('2026-03-16T11:00:00', '2026-03-16T11:30:00', 'Europe/Berlin')
    const own: Override = {
      kind: 'changed',
      content: { ...occurrenceOf(current.content), time: at, location: 'Garden' },
    }
    const content = { ...current.content, time, overrides: { '2026-03-16T11:00:00': own } }
    const fields = ['time', 'recurrence', 'overrides'] as const
    await world.account.update(world.calendar, { current, content, fields })
    const shown = (await read(world, id)).content
    expect(Object.entries(shown.overrides)).toMatchObject([
      ['2026-03-16T11:00:00', { content: { location: 'Garden' } }],
    ])
  })

  test('what has no room to be noted is not held', () => {
    const { account } = opened()
    const series = (count: number): EventContent => {
      const base = meeting('Daily', { recurrence: { rule: 'FREQ=DAILY', rdates: [] } })
      const overrides = Array.from({ length: count }, (_, day): [string, Override] => {
        const date = new Date(Date.UTC(2026, 2, 4 + day)).toISOString().slice(0, 10)
        const time = hour(`${date}T09:00:00`, `${date}T10:00:00`, 'Europe/Berlin')
        const content = { ...occurrenceOf(base), time, description: 'A text that says something else '.repeat(10) }
        return [`${date}T09:00:00`, { kind: 'changed', content }]
      })
      return { ...base, overrides: Object.fromEntries(overrides) }
    }
    expect(account.capabilities.holdsSeries?.(series(3))).toBe(true)
    expect(account.capabilities.holdsSeries?.(series(200))).toBe(false)
  })
})

async function read({ account, calendar }: Opened, id: string): Promise<RemoteEvent> {
  const [found] = await account.fetch(calendar, [id as RemoteId])
  if (found?.type !== 'found') throw new Error(`the event is ${found?.type}`)
  return found.event
}

async function rename({ account, calendar }: Opened, current: RemoteEvent, title: string): Promise<void> {
  await account.update(calendar, { current, content: { ...current.content, title }, fields: ['title'] })
}

async function override(
  { account, calendar }: Opened,
  current: RemoteEvent,
  overrides: EventContent['overrides'],
): Promise<void> {
  await account.update(calendar, { current, content: { ...current.content, overrides }, fields: ['overrides'] })
}

function room({ content }: RemoteEvent, date: string, location: string): Override {
  const time = hour(`${date}T09:00:00`, `${date}T09:30:00`, 'Europe/Berlin')
  return { kind: 'changed', content: { ...occurrenceOf(content), time, location } }
}

function writesIn(asked: readonly string[]): readonly string[] {
  return asked.filter((one) => !one.startsWith('GET') && !one.includes('batch'))
}
