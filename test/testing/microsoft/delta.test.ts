import { describe, expect, test } from 'vitest'
import type { FakeMicrosoftOptions, MicrosoftEvent } from '../../../src/testing/microsoft/index.js'
import { at, type Body, daily, hour, january, type Stage, stage } from './api.js'

const delta = 'me/calendar/calendarView/delta'
const march = { start: at('2026-03-05T12:00:00'), end: at('2026-03-05T13:00:00') }

/** Reads a round to its end. */
async function round({ ask }: Pick<Stage, 'ask'>, link: string | undefined, prefer = 'odata.maxpagesize=100') {
  const items: MicrosoftEvent[] = []
  let body: Body = {}
  let next = link
  do {
    body = (await ask('GET', next ?? delta, { prefer, ...(next === undefined && { query: january }) })).body
    items.push(...(body.value ?? []))
    next = body['@odata.nextLink']
  } while (next !== undefined)
  return { items, link: body['@odata.deltaLink'] ?? '' }
}

const names = (items: readonly MicrosoftEvent[]) =>
  items.map(
    (item) =>
      item['@removed']?.reason ?? (item.type === 'occurrence' ? item.start?.dateTime?.slice(0, 10) : item.subject),
  )

describe('the first round', () => {
  test('without a window is refused, at either address', async () => {
    const { ask } = stage()
    for (const path of [delta, 'me/events/delta', 'me/calendar/calendarView/delta()'])
      expect(await ask('GET', path)).toMatchObject({
        status: 400,
        body: { error: { message: expect.stringContaining('time window') } },
      })
    expect(await ask('GET', delta, { query: { ...january, endDateTime: '2025-01-01' } })).toMatchObject({ status: 400 })
    expect(await ask('GET', delta, { query: { ...january, startDateTime: 'today' } })).toMatchObject({ status: 400 })
  })

  test('has series in full, occurrences with hardly anything, exceptions without their slot, and single events', async () => {
    const set = stage()
    const { ask, jane } = set
    const { id = '' } = jane.calendar().create(daily(3))
    jane.calendar().editOccurrence(id, '2026-01-06', { subject: 'Other' })
    jane.calendar().create(hour())
    jane.calendar().create(hour(march))
    const { items, link } = await round(set, undefined)
    expect(names(items)).toEqual(['Stand-up', '2026-01-05', 'Other', '2026-01-07', 'Lunch'])
    expect(Object.keys(items[1] ?? {})).toEqual([
      ...['@odata.type', '@odata.etag', 'id', 'seriesMasterId', 'type', 'start', 'end'],
    ])
    expect(items[2]).toMatchObject({ type: 'exception', occurrenceId: `OID.${id}.2026-01-06`, seriesMasterId: id })
    expect(items[2]).not.toHaveProperty('originalStart')
    expect(items[0]).toMatchObject({ '@odata.type': '#microsoft.graph.event', id })
    expect(link).toContain('$deltatoken=')
    expect((await ask('GET', link)).body.value).toEqual([])
  })

  test('gives occurrences in the zone of the mailbox, whatever zone is preferred', async () => {
    const set = stage()
    set.jane.calendar().create(daily(1))
    const { items } = await round(set, undefined, 'outlook.timezone="Asia/Tokyo"')
    expect(items.map(({ start }) => start)).toEqual([
      at('2026-01-05T20:00:00.0000000', 'Asia/Tokyo'),
      at('2026-01-05T12:00:00.0000000', 'W. Europe Standard Time'),
    ])
  })

  test('gives bodies as HTML, whatever is preferred', async () => {
    const set = stage()
    set.jane.calendar().create(hour({ body: { contentType: 'text', content: 'Soup' } }))
    const { items } = await round(set, undefined, 'outlook.body-content-type="text"')
    expect(items[0]?.body?.contentType).toBe('html')
  })

  test('has nothing of extended properties, and of the query only its window', async () => {
    const { ask } = stage()
    for (const name of ['$select', '$expand', '$filter', '$orderby', '$search', '$top'])
      expect((await ask('GET', delta, { query: { ...january, [name]: 'subject' } })).status).toBe(400)
  })

  test('of one calendar says nothing of another', async () => {
    const set = stage()
    const team = set.jane.addCalendar({ name: 'Team' })
    set.jane.calendar(team).create(hour())
    expect((await round(set, undefined)).items).toEqual([])
    const path = `me/calendars('${team}')/calendarView/delta`
    const { body } = await set.ask('GET', path, { query: january })
    expect(names(body.value ?? [])).toEqual(['Lunch'])
    expect((await set.ask('GET', body['@odata.deltaLink'] ?? '')).body.value).toEqual([])
  })
})

describe('a later round', () => {
  async function started(options: FakeMicrosoftOptions = {}) {
    const set = stage(options)
    const own = set.jane.calendar()
    const ids = { single: own.create(hour()).id ?? '', series: own.create(daily(3)).id ?? '' }
    const first = await round(set, undefined)
    let { link } = first
    const changes = async () => {
      const found = await round(set, link)
      link = found.link
      return found.items
    }
    return { ...set, own, ids, changes }
  }

  test('has what is new, changed and removed, and nothing twice', async () => {
    const { own, ids, changes } = await started()
    own.edit(ids.single, { subject: 'Late lunch' })
    own.create(hour({ subject: 'New' }))
    expect(names(await changes())).toEqual(['Late lunch', 'New'])
    own.remove(ids.single)
    expect(await changes()).toEqual([
      { '@odata.type': '#microsoft.graph.event', id: ids.single, '@removed': { reason: 'deleted' } },
    ])
    expect(await changes()).toEqual([])
  })

  test('says of what happens outside of the window that it is removed, even of what never was inside', async () => {
    const { own, ids, changes } = await started({ removedType: 'absent' })
    const { id } = own.create(hour(march))
    expect(await changes()).toEqual([{ id, '@removed': { reason: 'deleted' } }])
    own.edit(ids.single, march)
    expect(await changes()).toEqual([{ id: ids.single, '@removed': { reason: 'deleted' } }])
    expect(own.get(ids.single)?.subject).toBe('Lunch')
    own.edit(ids.single, hour())
    expect(names(await changes())).toEqual(['Lunch'])
  })

  test('has a whole series again when one occurrence was changed or cancelled, and no word of the cancelled one', async () => {
    const { own, ids, changes, microsoft } = await started()
    own.removeOccurrence(ids.series, '2026-01-06')
    expect(names(await changes())).toEqual(['Stand-up', '2026-01-05', '2026-01-07'])
    microsoft.options.occurrenceTombstones = 'given'
    own.removeOccurrence(ids.series, '2026-01-07')
    expect(names(await changes())).toEqual(['deleted', 'Stand-up', '2026-01-05'])
  })

  test('says of a removed series that it is removed, and of its occurrences only where that is switched on', async () => {
    const { own, ids, changes, microsoft } = await started()
    own.remove(ids.series)
    expect(names(await changes())).toEqual(['deleted'])
    microsoft.options.occurrenceTombstones = 'given'
    own.restore(ids.series)
    await changes()
    own.remove(ids.series)
    expect(await changes()).toHaveLength(4)
  })

  test('of two calendars tells of a move: removed here, new there, and with one immutable id', async () => {
    const set = await started()
    const team = set.jane.addCalendar({ name: 'Team' })
    const path = `me/calendars/${team}/calendarView/delta`
    const there = (await set.ask('GET', path, { query: january })).body['@odata.deltaLink'] ?? ''
    set.own.move(set.ids.single, team)
    expect((await set.changes()).map((one) => [one.id, one['@removed'] !== undefined])).toEqual([
      [set.ids.single, true],
    ])
    expect((await set.ask('GET', there)).body.value?.map(({ id }) => id)).toEqual([set.ids.single])
  })

  test('has no word of extended properties and extensions that change alone', async () => {
    const { ask, ids, changes, own } = await started()
    const path = `me/events/${ids.single}`
    const id = 'String {00020329-0000-0000-c000-000000000046} Name SyncRef'
    const properties = { singleValueExtendedProperties: [{ id, value: 'a' }] }
    const before = own.get(ids.single)?.changeKey
    expect((await ask('PATCH', path, { body: properties })).status).toBe(200)
    expect((await ask('POST', `${path}/extensions`, { body: { extensionName: 'com.example.sync' } })).status).toBe(201)
    expect(own.get(ids.single)?.changeKey).not.toBe(before)
    expect(await changes()).toEqual([])
    await ask('PATCH', path, { body: { ...properties, subject: 'Late lunch' } })
    expect(names(await changes())).toEqual(['Late lunch'])
  })

  test('tells of an event that was deleted and restored as of one that is there', async () => {
    const { own, ids, changes } = await started()
    own.remove(ids.single)
    own.restore(ids.single)
    expect(names(await changes())).toEqual(['Lunch'])
  })

  test('in the other form of ids tells of a restored event by both of its ids', async () => {
    const set = stage()
    const { id = '' } = set.jane.calendar().create(hour())
    const rest = { headers: { prefer: '' } }
    const first = (await set.ask('GET', delta, { query: january, ...rest })).body
    set.jane.calendar().remove(id)
    set.jane.calendar().restore(id)
    const { value = [] } = (await set.ask('GET', first['@odata.deltaLink'] ?? '', rest)).body
    expect(value.map((one) => one['@removed']?.reason)).toEqual(['deleted', undefined])
    expect(value[0]?.id).toBe(first.value?.[0]?.id)
    expect(value[1]?.id).not.toBe(first.value?.[0]?.id)
  })

  test('names an event twice, first as it was, where that is switched on', async () => {
    const { own, ids, changes } = await started({ repeats: 'doubled' })
    own.edit(ids.single, { subject: 'Late lunch' })
    expect(names(await changes())).toEqual(['Lunch', 'Late lunch'])
  })

  test('comes in any order', async () => {
    const { own, ids, changes } = await started({ order: 'reversed' })
    own.removeOccurrence(ids.series, '2026-01-06')
    expect(names(await changes())).toEqual(['2026-01-07', '2026-01-05', 'Stand-up'])
  })

  test('has what was touched without a change, with another version', async () => {
    const { own, ids, changes } = await started()
    const before = own.get(ids.single)
    own.touch(ids.single)
    const [item] = await changes()
    expect(item).toMatchObject({ id: ids.single, lastModifiedDateTime: before?.lastModifiedDateTime })
    expect(item?.changeKey).not.toBe(before?.changeKey)
  })
})

describe('pages', () => {
  test('are as long as is preferred; only the last one has the link of the next round', async () => {
    const set = stage()
    for (const subject of ['a', 'b', 'c']) set.jane.calendar().create(hour({ subject }))
    const prefer = 'odata.maxpagesize=2'
    const first = (await set.ask('GET', delta, { query: january, prefer })).body
    expect([names(first.value ?? []), first['@odata.deltaLink']]).toEqual([['a', 'b'], undefined])
    const second = (await set.ask('GET', first['@odata.nextLink'] ?? '', { prefer })).body
    expect([names(second.value ?? []), second['@odata.nextLink']]).toEqual([['c'], undefined])
  })

  test('what changes while a round is read comes in the next one', async () => {
    const set = stage()
    const own = set.jane.calendar()
    const [a = '', b = ''] = ['a', 'b'].map((subject) => own.create(hour({ subject })).id)
    const prefer = 'odata.maxpagesize=1'
    const first = (await set.ask('GET', delta, { query: january, prefer })).body
    own.edit(a, { subject: 'A' })
    own.remove(b)
    const { items, link } = await round(set, first['@odata.nextLink'], prefer)
    expect(items).toEqual([])
    expect(names((await round(set, link)).items)).toEqual(['A', 'deleted'])
  })
})

describe('tokens', () => {
  test.each([
    ['SyncStateNotFound', 410],
    ['resyncRequired', 410],
    ['syncStateNotFound', 400],
  ] as const)('that have died are gone: %s, %i', async (code, status) => {
    const set = stage()
    set.jane.calendar().create(hour())
    set.jane.calendar().create(hour())
    const prefer = 'odata.maxpagesize=1'
    const next = (await set.ask('GET', delta, { query: january, prefer })).body['@odata.nextLink'] ?? ''
    const { link } = await round(set, undefined)
    set.jane.expireDeltaTokens(undefined, code)
    const gone = await set.ask('GET', link)
    expect(gone).toMatchObject({ status, code })
    expect(gone.headers.get('location')?.includes('startDateTime=2026-01-01')).toBe(
      code === 'resyncRequired' || undefined,
    )
    expect(await set.ask('GET', next)).toMatchObject({ status, code })
    expect((await round(set, undefined)).items).toHaveLength(2)
  })

  test('that are mangled, of another calendar or another person are badly formed', async () => {
    const set = stage()
    const { link } = await round(set, undefined)
    const bad = { status: 400, body: { error: { message: 'Badly formed token.' } } }
    expect(await set.ask('GET', `${link}x`)).toMatchObject(bad)
    expect(await set.ask('GET', delta, { query: { $skiptoken: 'X' } })).toMatchObject(bad)
    const team = set.jane.addCalendar({ name: 'Team' })
    const other = link.replace('/calendar/calendarView', `/calendars/${team}/calendarView`)
    expect(await set.ask('GET', other)).toMatchObject(bad)
    expect((await set.ask('GET', link, { query: january })).status).toBe(400)
  })
})
