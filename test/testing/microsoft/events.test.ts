import { describe, expect, test } from 'vitest'
import { at, daily, hour, stage } from './api.js'

const events = 'me/events'

describe('an event', () => {
  test('is made, read, changed and deleted', async () => {
    const { ask } = stage()
    const made = await ask('POST', 'me/calendar/events', {
      body: hour({ body: { contentType: 'text', content: 'Soup' } }),
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      type: 'singleInstance',
      subject: 'Lunch',
      isOrganizer: true,
      transactionId: null,
    })
    const path = `${events}/${made.body.id}`
    expect((await ask('GET', path)).body).toEqual({ ...made.body, '@odata.context': expect.any(String) })
    const changed = await ask('PATCH', path, { body: { subject: 'Late lunch' } })
    expect(changed.body).toMatchObject({ subject: 'Late lunch', start: made.body.start, body: made.body.body })
    expect(changed.body.changeKey).not.toBe(made.body.changeKey)
    expect((await ask('DELETE', path)).status).toBe(204)
    expect(await ask('GET', path)).toMatchObject({ status: 404, code: 'ErrorItemNotFound' })
    expect(await ask('PATCH', path, { body: { subject: 'x' } })).toMatchObject({ status: 404 })
  })

  test('deleting again what has just been deleted is an invalid request, not a missing event', async () => {
    const { ask, jane } = stage()
    const { body } = await ask('POST', events, { body: hour() })
    await ask('DELETE', `${events}/${body.id}`)
    expect(await ask('DELETE', `${events}/${body.id}`)).toMatchObject({ status: 400, code: 'ErrorInvalidRequest' })
    jane.calendar().purge()
    expect(await ask('DELETE', `${events}/${body.id}`)).toMatchObject({ status: 403, code: 'ErrorCannotDeleteObject' })
  })

  test('has its version as an annotation that comes whatever is selected, and cannot be selected', async () => {
    const { ask } = stage()
    const { body } = await ask('POST', events, { body: hour() })
    const got = await ask('GET', `${events}/${body.id}`, { query: { $select: 'subject' } })
    expect(Object.keys(got.body)).toEqual(['@odata.context', '@odata.etag', 'id', 'subject'])
    expect(got.body['@odata.etag']).toBe(`W/"${body.changeKey}"`)
    expect(await ask('GET', `${events}/${body.id}`, { query: { $select: '@odata.etag' } })).toMatchObject({
      status: 400,
    })
  })

  test('is not written over another version', async () => {
    const { ask, jane } = stage()
    const { body } = await ask('POST', events, { body: hour() })
    const path = `${events}/${body.id}`
    const stale = { 'if-match': body['@odata.etag'] ?? '' }
    jane.calendar().touch(body.id ?? '')
    expect(await ask('PATCH', path, { headers: stale, body: { subject: 'x' } })).toMatchObject({
      status: 412,
      code: 'ErrorIrresolvableConflict',
    })
    expect(await ask('DELETE', path, { headers: stale })).toMatchObject({ status: 412 })
    const fresh = { 'if-match': (await ask('GET', path)).body['@odata.etag'] ?? '' }
    expect((await ask('PATCH', path, { headers: fresh, body: { subject: 'x' } })).status).toBe(200)
    expect(await ask('PATCH', path, { headers: { 'if-match': 'junk' }, body: {} })).toMatchObject({ status: 400 })
  })

  test('has another id with and without ImmutableId; each is understood in its own form only, letter by letter', async () => {
    const { ask } = stage()
    const { body } = await ask('POST', events, { body: hour() })
    const [listed] = (await ask('GET', events, { headers: { prefer: '' } })).body.value ?? []
    expect(listed?.id).not.toBe(body.id)
    for (const verb of ['GET', 'DELETE']) expect((await ask(verb, `${events}/${listed?.id}`)).status).toBe(404)
    expect((await ask('GET', `${events}/${body.id}`, { headers: { prefer: '' } })).status).toBe(404)
    const rest = await ask('GET', `${events}/${listed?.id}`, { headers: { prefer: '' } })
    expect(rest.body).toMatchObject({ id: listed?.id, changeKey: body.changeKey })
    const other = body.id?.replace(/[a-z]/, (letter) => letter.toUpperCase())
    expect(await ask('GET', `${events}/${other}`)).toMatchObject({ status: 404 })
    expect(await ask('GET', `${events}/x`)).toMatchObject({ status: 400, code: 'ErrorInvalidIdMalformed' })
  })

  test('keeps its immutable id when it moves, and loses the other one', async () => {
    const { ask, jane } = stage()
    const team = jane.addCalendar({ name: 'Team' })
    const { id = '' } = jane.calendar().create(hour())
    const [listed] = (await ask('GET', events, { headers: { prefer: '' } })).body.value ?? []
    jane.calendar().move(id, team)
    expect((await ask('GET', `${events}/${id}`)).status).toBe(200)
    expect((await ask('GET', `me/calendars/${team}/events/${id}`)).status).toBe(200)
    const old = `${events}/${listed?.id}`
    expect(await ask('GET', old, { headers: { prefer: '' } })).toMatchObject({ status: 404 })
    for (const verb of ['GET', 'DELETE']) expect((await ask(verb, `me/calendar/events/${id}`)).status).toBe(404)
    const patch = { body: { subject: 'x' } }
    expect((await ask('PATCH', `me/calendar/events/${id}`, patch)).status).toBe(404)
    const body = { inputIds: [listed?.id], sourceIdType: 'restId', targetIdType: 'restImmutableEntryId' }
    const { value } = (await ask('POST', 'me/translateExchangeIds', { body })).body
    expect(value).toEqual([{ sourceId: listed?.id, targetId: id }])
  })

  test.each([
    ['without a start', { start: undefined }],
    ['that ends before it starts', { end: at('2026-01-05T11:00:00') }],
    ['with an offset in its time', { start: at('2026-01-05T12:00:00+01:00') }],
    ['with a time that is none', { start: at('2026-02-30T12:00:00') }],
    ['with an unknown zone', { start: at('2026-01-05T12:00:00', 'Mars/Base') }],
    ['with a customised zone', { start: at('2026-01-05T12:00:00', 'tzone://Microsoft/Custom') }],
    ['with an unknown property', { title: 'Lunch' }],
    ['with a property that nobody can set', { iCalUId: 'a' }],
    ['with an unknown value', { showAs: 'away' }],
    ['whose whole day starts at noon', { isAllDay: true }],
    [
      'with a whole day of no length',
      { isAllDay: true, start: at('2026-01-05T00:00:00'), end: at('2026-01-05T00:00:00') },
    ],
    ['with an extended property of no kind', { singleValueExtendedProperties: [{ id: 'x', value: 'y' }] }],
  ])('is refused %s', async (_what, change) => {
    const { ask } = stage()
    expect((await ask('POST', events, { body: { ...hour(), ...change } })).status).toBe(400)
  })

  test('made twice with one transactionId is one event', async () => {
    const { ask, microsoft } = stage()
    const body = hour({ transactionId: 'once' })
    const first = await ask('POST', events, { body })
    expect(first.body.transactionId).toBe('once')
    const twin = { error: { '@event.existingEventId': first.body.id } }
    const code = 'ErrorDuplicateTransactionId'
    expect(await ask('POST', events, { body })).toMatchObject({ status: 400, code, body: twin })
    microsoft.options.transactionReplay = 'conflict'
    expect(await ask('POST', events, { body })).toMatchObject({ status: 409, code })
    microsoft.options.transactionReplay = 'existing'
    expect(await ask('POST', events, { body })).toMatchObject({ status: 201, body: { id: first.body.id } })
    expect((await ask('GET', events)).body.value).toHaveLength(1)
  })
})

describe('times', () => {
  test('come in UTC, or in the zone that is preferred, under the name that was asked for, with seven digits', async () => {
    const { ask } = stage()
    const { body } = await ask('POST', events, { body: hour() })
    expect(body.start).toEqual(at('2026-01-05T11:00:00.0000000', 'UTC'))
    expect(body.originalStartTimeZone).toBe('Europe/Berlin')
    for (const zone of ['W. Europe Standard Time', 'Asia/Tokyo']) {
      const got = await ask('GET', `${events}/${body.id}`, { prefer: `outlook.timezone="${zone}"` })
      expect(got.body.start).toEqual(at(`2026-01-05T${zone === 'Asia/Tokyo' ? '20' : '12'}:00:00.0000000`, zone))
      expect(got.headers.get('preference-applied')).toContain(zone)
    }
  })

  test('of whole days are midnight in every zone', async () => {
    const { ask } = stage()
    const day = { isAllDay: true, start: at('2026-01-05T00:00:00'), end: at('2026-01-06T00:00:00') }
    const { body } = await ask('POST', events, { body: hour(day), prefer: 'outlook.timezone="America/New_York"' })
    expect(body).toMatchObject({ start: at('2026-01-05T00:00:00.0000000', 'America/New_York'), isAllDay: true })
    const utc = await ask('GET', `${events}/${body.id}`)
    expect(utc.body.end).toEqual(at('2026-01-06T00:00:00.0000000', 'UTC'))
  })
})

describe('bodies', () => {
  test('of text become HTML in a frame, and text again for whoever prefers that', async () => {
    const { ask } = stage()
    const { body } = await ask('POST', events, { body: hour({ body: { contentType: 'text', content: 'a < b\n"c"' } }) })
    expect(body.body?.content).toContain('<!-- converted from text -->')
    expect(body.body?.content).toContain('<div class="PlainText">a &lt; b<br>\r\n"c"</div>')
    expect(body.bodyPreview).toBe('a < b\r\n"c"')
    const text = await ask('GET', `${events}/${body.id}`, { prefer: 'outlook.body-content-type="text"' })
    expect(text.body.body).toEqual({ contentType: 'text', content: 'a < b\r\n"c"' })
  })

  test('of HTML are put into a frame once, without scripts', async () => {
    const { ask } = stage()
    const content = '<p onclick="x()">Soup</p><script>steal()</script>'
    const { body } = await ask('POST', events, { body: hour({ body: { contentType: 'html', content } }) })
    const framed =
      '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n<body>\r\n<p>Soup</p>\r\n</body>\r\n</html>\r\n'
    expect(body.body).toEqual({ contentType: 'html', content: framed })
    const again = await ask('PATCH', `${events}/${body.id}`, { body: { body: body.body } })
    expect(again.body.body?.content).toBe(framed)
  })
})

describe('places', () => {
  test('one place wipes several', async () => {
    const { ask } = stage()
    const locations = [{ displayName: 'Room A' }, { displayName: 'Room B' }]
    const { body } = await ask('POST', events, { body: hour({ locations }) })
    expect([body.location?.displayName, body.locations?.length]).toEqual(['Room A; Room B', 2])
    const one = await ask('PATCH', `${events}/${body.id}`, { body: { location: { displayName: 'Hall' } } })
    expect(one.body.locations?.map(({ displayName }) => displayName)).toEqual(['Hall'])
    const none = await ask('PATCH', `${events}/${body.id}`, { body: { location: null } })
    expect([none.body.location?.displayName, none.body.locations]).toEqual(['', []])
  })
})

describe('lists', () => {
  test('have series and single events, no occurrences; pages are linked', async () => {
    const { ask } = stage()
    await ask('POST', events, { body: daily() })
    for (const subject of ['a', 'b', 'c']) await ask('POST', events, { body: hour({ subject }) })
    const first = await ask('GET', 'me/calendar/events', { query: { $top: '3', $select: 'subject,type' } })
    expect(first.body.value?.map(({ type }) => type)).toEqual(['seriesMaster', 'singleInstance', 'singleInstance'])
    const second = await ask('GET', first.body['@odata.nextLink'] ?? '')
    expect(second.body.value?.map(({ subject }) => subject)).toEqual(['c'])
    expect(second.body['@odata.nextLink']).toBeUndefined()
  })

  test('are ordered and filtered', async () => {
    const { ask } = stage()
    for (const day of ['07', '05', '06'])
      await ask('POST', events, {
        body: hour({ subject: `Day ${day}`, start: at(`2026-01-${day}T12:00:00`), end: at(`2026-01-${day}T13:00:00`) }),
      })
    const subjects = async (query: Record<string, string>) =>
      (await ask('GET', events, { query })).body.value?.map(({ subject }) => subject)
    expect(await subjects({ $orderby: 'start/dateTime' })).toEqual(['Day 05', 'Day 06', 'Day 07'])
    expect(await subjects({ $filter: "subject eq 'Day 06'" })).toEqual(['Day 06'])
    expect(await subjects({ $filter: "start/dateTime ge '2026-01-06T00:00' and not (subject eq 'Day 06')" })).toEqual([
      'Day 07',
    ])
    expect(await subjects({ $filter: "contains(subject,'05') or startswith(subject,'Day 07')" })).toEqual([
      'Day 07',
      'Day 05',
    ])
  })

  test.each([
    [{ $filter: "colour eq 'blue'" }],
    [{ $filter: "subject is 'x'" }],
    [{ $filter: "subject eq 'x' and" }],
    [{ $filter: "subject eq 'it's'" }],
    [{ $orderby: 'mood' }],
    [{ $top: '0' }],
    [{ $top: '1001' }],
    [{ $search: 'lunch' }],
    [{ $select: 'mood' }],
    [{ $expand: 'attachments' }],
    [{ $expand: 'singleValueExtendedProperties' }],
    [{ top: '3' }],
    [{ showDeleted: 'true' }],
  ])('refuse the query %j', async (query) => {
    expect((await stage().ask('GET', events, { query: query as Record<string, string> })).status).toBe(400)
  })

  test.each([
    ['a word that is unknown', 'return=minimal'],
    ['an id type that is unknown', 'IdType="ImmutableID"'],
    ['a zone that is unknown', 'outlook.timezone="Mars/Base"'],
    ['a page of nothing', 'odata.maxpagesize=0'],
    ['a form of body that is unknown', 'outlook.body-content-type="markdown"'],
    ['a word twice', 'odata.maxpagesize=3, odata.maxpagesize=3'],
  ])('refuse to prefer %s', async (_what, prefer) => {
    expect((await stage().ask('GET', events, { headers: { prefer } })).status).toBe(400)
  })
})

describe('data of a program on an event', () => {
  const id = 'String {00020329-0000-0000-C000-000000000046} Name SyncRef'
  const singleValueExtendedProperties = [{ id, value: 'Abc' }]

  test('extended properties come where they are asked for by name', async () => {
    const { ask } = stage()
    const { body } = await ask('POST', events, { body: hour({ singleValueExtendedProperties }) })
    expect(body.singleValueExtendedProperties).toBeUndefined()
    const $expand = `singleValueExtendedProperties($filter=id eq '${id}')`
    const got = await ask('GET', `${events}/${body.id}`, { query: { $expand } })
    expect(got.body.singleValueExtendedProperties).toEqual(singleValueExtendedProperties)
    const listed = await ask('GET', events, { query: { $expand, $select: 'id' } })
    expect(listed.body.value?.[0]?.singleValueExtendedProperties).toEqual(singleValueExtendedProperties)
    await ask('PATCH', `${events}/${body.id}`, { body: { singleValueExtendedProperties: [{ id, value: 'Def' }] } })
    const after = await ask('GET', `${events}/${body.id}`, { query: { $expand } })
    expect(after.body.singleValueExtendedProperties).toEqual([{ id, value: 'Def' }])
  })

  test('extended properties find their events in the whole mailbox: names letter by letter, values in any case', async () => {
    const { ask, jane } = stage()
    const team = jane.addCalendar({ name: 'Team' })
    await ask('POST', `me/calendars/${team}/events`, { body: hour({ singleValueExtendedProperties }) })
    await ask('POST', events, { body: hour() })
    const find = async (name: string, test: string) => {
      const $filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${name}' and ${test})`
      return (await ask('GET', events, { query: { $filter } })).body.value?.length
    }
    expect(await find(id, "ep/value eq 'aBC'")).toBe(1)
    expect(await find(id, "startswith(ep/value, 'a')")).toBe(1)
    expect(await find(id, "contains(ep/value, 'x')")).toBe(0)
    expect(await find(id.replace('SyncRef', 'syncref'), "ep/value eq 'Abc'")).toBe(0)
    expect(
      await find(
        id.toLowerCase().replace('string', 'String').replace('name syncref', 'Name SyncRef'),
        "ep/value eq 'Abc'",
      ),
    ).toBe(1)
    expect(await find(id, "ep/value gt 'Abc'")).toBeUndefined()
  })

  test('an open extension is made with its event, and read under its long name', async () => {
    const { ask } = stage()
    const extensions = [
      { '@odata.type': 'microsoft.graph.openTypeExtension', extensionName: 'com.example.sync', ref: 'a' },
    ]
    const { body } = await ask('POST', events, { body: hour({ extensions }) })
    expect(body.extensions).toBeUndefined()
    const query = { $expand: "extensions($filter=id eq 'com.example.sync')" }
    expect((await ask('GET', `${events}/${body.id}`, { query })).body.extensions).toEqual([
      {
        '@odata.type': '#microsoft.graph.openTypeExtension',
        id: 'Microsoft.OutlookServices.OpenTypeExtension.com.example.sync',
        extensionName: 'com.example.sync',
        ref: 'a',
      },
    ])
    const one = `${events}/${body.id}/extensions/com.example.sync`
    const change = { '@odata.type': 'microsoft.graph.openTypeExtension', ref: null, other: 'b' }
    expect((await ask('PATCH', one, { body: change })).body).toMatchObject({ other: 'b' })
    expect((await ask('GET', one)).body).not.toHaveProperty('ref')
    const twin = await ask('POST', `${events}/${body.id}/extensions`, { body: extensions[0] })
    expect(twin.status).toBe(409)
    expect((await ask('DELETE', one)).status).toBe(204)
    expect((await ask('GET', one)).status).toBe(404)
    expect((await ask('POST', `${events}/${body.id}/extensions`, { body: extensions[0] })).status).toBe(201)
  })
})
