import { describe, expect, test } from 'vitest'
import type { MicrosoftEvent, MicrosoftPattern, MicrosoftRange } from '../../../src/testing/microsoft/index.js'
import { at, daily, hour, january, type Stage, stage } from './api.js'

const events = 'me/events'

/** The occurrences of a series by their day. */
async function instances({ ask }: Pick<Stage, 'ask'>, id: string | undefined, query: Record<string, string> = january) {
  const { body } = await ask('GET', `${events}/${id}/instances`, { query: { ...query, $top: '100' } })
  return new Map((body.value ?? []).map((event) => [event.start?.dateTime?.slice(0, 10) ?? '', event]))
}

async function withSeries(options: Parameters<typeof stage>[0] = {}, event: MicrosoftEvent = daily()) {
  const set = stage(options)
  const { body } = await set.ask('POST', events, { body: event })
  const days = await instances(set, body.id)
  const idOf = (day: number) => days.get(`2026-01-${String(day).padStart(2, '0')}`)?.id ?? ''
  return { ...set, master: body, path: `${events}/${body.id}`, idOf }
}

describe('a series', () => {
  test('says nothing of its pattern in vain: what a type does not need comes as zeros', async () => {
    const { master } = await withSeries()
    expect(master).toMatchObject({ type: 'seriesMaster', seriesMasterId: null, occurrenceId: null })
    expect(master.recurrence).toEqual({
      pattern: {
        ...{ type: 'daily', interval: 1, month: 0, dayOfMonth: 0, daysOfWeek: [], firstDayOfWeek: 'sunday' },
        index: 'first',
      },
      range: {
        ...{ type: 'numbered', startDate: '2026-01-05', endDate: '0001-01-01', numberOfOccurrences: 5 },
        recurrenceTimeZone: 'Europe/Berlin',
      },
    })
  })

  test('has occurrences with ids, uids and versions of their own', async () => {
    const { ask, master, path, idOf } = await withSeries()
    const { body } = await ask('GET', `${events}/${idOf(6)}`)
    expect(body).toMatchObject({ type: 'occurrence', seriesMasterId: master.id, uid: master.uid, subject: 'Stand-up' })
    expect(body.occurrenceId).toBe(`OID.${master.id}.2026-01-06`)
    expect(body.iCalUId).not.toBe(master.iCalUId)
    expect(body.iCalUId).toContain('07EA0106')
    expect(body.changeKey).not.toBe(master.changeKey)
    expect((await ask('GET', path)).body.changeKey).toBe(master.changeKey)
  })

  test('keeps its wall time when the clocks change', async () => {
    const range = { type: 'numbered', startDate: '2026-03-28', numberOfOccurrences: 3 }
    const recurrence = { pattern: { type: 'daily', interval: 1 }, range }
    const event = hour({ start: at('2026-03-28T12:00:00'), end: at('2026-03-28T13:00:00'), recurrence })
    const set = stage()
    const { body } = await set.ask('POST', events, { body: event })
    const days = await instances(set, body.id, { startDateTime: '2026-03-01', endDateTime: '2026-04-01' })
    expect([...days.values()].map(({ start }) => start?.dateTime)).toEqual([
      ...['2026-03-28T11:00:00.0000000', '2026-03-29T10:00:00.0000000', '2026-03-30T10:00:00.0000000'],
    ])
  })

  test('may name its zone otherwise than its start does, as answers do it', async () => {
    const range = {
      type: 'numbered',
      startDate: '2026-03-28',
      numberOfOccurrences: 2,
      recurrenceTimeZone: 'W. Europe Standard Time',
    }
    const recurrence = { pattern: { type: 'daily', interval: 1 }, range }
    const [start, end] = [at('2026-03-28T11:00:00', 'Europe/London'), at('2026-03-28T12:00:00', 'Europe/London')]
    const set = stage()
    const { body } = await set.ask('POST', events, { body: hour({ start, end, recurrence }) })
    const days = await instances(set, body.id, { startDateTime: '2026-03-01', endDateTime: '2026-04-01' })
    expect([...days.values()].map((one) => [one.start?.dateTime, one.originalStartTimeZone])).toEqual([
      ['2026-03-28T11:00:00.0000000', 'Europe/London'],
      ['2026-03-29T10:00:00.0000000', 'Europe/London'],
    ])
    const far = { ...recurrence, range: { ...range, recurrenceTimeZone: 'Pacific/Auckland', startDate: '2026-03-28' } }
    const late = at('2026-03-28T13:00:00', 'Europe/London')
    expect((await set.ask('POST', events, { body: hour({ start: late, end: late, recurrence: far }) })).status).toBe(
      400,
    )
  })

  test('is shown in a window by its occurrences and exceptions, never as itself', async () => {
    const { ask, idOf } = await withSeries()
    await ask('PATCH', `${events}/${idOf(7)}`, {
      body: { subject: 'Moved', start: at('2026-01-07T15:00:00'), end: at('2026-01-07T16:00:00') },
    })
    await ask('DELETE', `${events}/${idOf(8)}`)
    const query = { startDateTime: '2026-01-06T00:00:00+01:00', endDateTime: '2026-01-09T00:00:00', $top: '50' }
    const prefer = 'outlook.timezone="Asia/Tokyo"'
    const { value = [] } = (await ask('GET', 'me/calendarView', { query, prefer })).body
    expect(value.map(({ type, subject }) => [type, subject])).toEqual([
      ['occurrence', 'Stand-up'],
      ['exception', 'Moved'],
    ])
    expect(await ask('GET', 'me/calendarView')).toMatchObject({ status: 400 })
    const $select = 'subject,lastModifiedDateTime'
    expect(await ask('GET', 'me/calendarView', { query: { ...query, $select } })).toMatchObject({ status: 400 })
  })
})

describe('an exception', () => {
  test('is in the window that it was moved into, and not in the one that it was moved out of', async () => {
    const recurrence = {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'] },
      range: { type: 'numbered', startDate: '2026-01-05', numberOfOccurrences: 3 },
    }
    const { ask, idOf } = await withSeries({}, hour({ recurrence }))
    const body = { start: at('2026-01-08T12:00:00'), end: at('2026-01-08T13:00:00') }
    await ask('PATCH', `${events}/${idOf(12)}`, { body })
    const view = async (startDateTime: string, endDateTime: string) => {
      const found = await ask('GET', 'me/calendarView', { query: { startDateTime, endDateTime } })
      return found.body.value?.map(({ start }) => start?.dateTime?.slice(8, 10))
    }
    expect(await view('2026-01-01', '2026-01-10')).toEqual(['05', '08'])
    expect(await view('2026-01-10', '2026-01-31')).toEqual(['19'])
    const later = { start: at('2026-01-07T12:00:00'), end: at('2026-01-07T12:00:00') }
    expect((await ask('PATCH', `${events}/${idOf(5)}`, { body: later })).status).toBe(200)
    // A moment without length is in the window that begins with it.
    expect(await view('2026-01-07T11:00:00Z', '2026-01-08T00:00:00Z')).toEqual(['07'])
    expect(await view('2026-01-07T00:00:00Z', '2026-01-07T11:00:00Z')).toEqual([])
    const early = { start: at('2026-01-09T12:00:00'), end: at('2026-01-09T13:00:00') }
    await ask('PATCH', `${events}/${idOf(12)}`, {
      body: { start: at('2026-01-18T12:00:00'), end: at('2026-01-18T13:00:00') },
    })
    await ask('PATCH', `${events}/${idOf(5)}`, { body: early })
    expect(await view('2026-01-09', '2026-01-11')).toEqual(['09'])
  })

  test('is an occurrence with changes; its series gets another version with it, and both have the same', async () => {
    const { ask, master, path, idOf } = await withSeries()
    const { body } = await ask('PATCH', `${events}/${idOf(6)}`, { body: { subject: 'Other' } })
    expect(body).toMatchObject({ type: 'exception', subject: 'Other', id: idOf(6) })
    expect(body.originalStart).toBeUndefined()
    const after = (await ask('GET', path)).body
    expect(after.changeKey).toBe(body.changeKey)
    expect(after.changeKey).not.toBe(master.changeKey)
    const stale = { 'if-match': master['@odata.etag'] ?? '' }
    expect((await ask('PATCH', path, { headers: stale, body: { subject: 'x' } })).status).toBe(412)
  })

  test('follows its series in what it does not say itself', async () => {
    const { ask, path, idOf } = await withSeries()
    await ask('PATCH', `${events}/${idOf(6)}`, { body: { subject: 'Other' } })
    await ask('PATCH', path, { body: { subject: 'Daily', location: { displayName: 'Hall' } } })
    expect((await ask('GET', `${events}/${idOf(6)}`)).body).toMatchObject({
      ...{ subject: 'Other', location: { displayName: 'Hall' }, type: 'exception' },
    })
  })

  test('comes with its series where that is asked for; so do the dates that were cancelled', async () => {
    const { ask, master, path, idOf } = await withSeries({ originalStart: 'given' })
    await ask('PATCH', `${events}/${idOf(6)}`, { body: { subject: 'Other' } })
    await ask('DELETE', `${events}/${idOf(7)}`)
    const query = { $select: 'subject,cancelledOccurrences', $expand: 'exceptionOccurrences' }
    const { body } = await ask('GET', path, { query })
    expect(body.cancelledOccurrences).toEqual([`OID.${master.id}.2026-01-07`])
    expect(body.exceptionOccurrences).toMatchObject([
      { id: idOf(6), subject: 'Other', originalStart: '2026-01-06T11:00:00Z' },
    ])
    const plain = (await ask('GET', path)).body
    expect([plain.cancelledOccurrences, plain.exceptionOccurrences]).toEqual([undefined, undefined])
    expect(await ask('GET', events, { query })).toMatchObject({ status: 400 })
  })

  test.each([
    ['onto the day before', '2026-01-05T18:00:00', 400],
    ['onto the day after', '2026-01-07T08:00:00', 400],
    ['beyond the day after', '2026-01-09T12:00:00', 400],
    ['within its day', '2026-01-06T20:00:00', 200],
  ])('moves %s: %s gives %i', async (_what, start, status) => {
    const { ask, idOf } = await withSeries()
    const end = start.replace(/T(\d\d)/, (_, h: string) => `T${String(Number(h) + 1).padStart(2, '0')}`)
    const answer = await ask('PATCH', `${events}/${idOf(6)}`, { body: { start: at(start), end: at(end) } })
    expect(answer.status).toBe(status)
    expect(answer.code).toBe(status === 400 ? 'ErrorOccurrenceCrossingBoundary' : undefined)
  })

  test('has room where its neighbours are days away', async () => {
    const recurrence = {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'] },
      range: { type: 'numbered', startDate: '2026-01-05', numberOfOccurrences: 3 },
    }
    const { ask, idOf } = await withSeries({}, hour({ recurrence }))
    const move = (day: string) =>
      ask('PATCH', `${events}/${idOf(12)}`, { body: { start: at(`${day}T12:00:00`), end: at(`${day}T13:00:00`) } })
    expect((await move('2026-01-18')).status).toBe(200)
    expect((await move('2026-01-06')).status).toBe(200)
    expect((await move('2026-01-19')).status).toBe(400)
    expect((await move('2026-01-05')).status).toBe(400)
  })

  test('is lost when its series takes place at other times, and so are cancelled dates', async () => {
    const { ask, path, idOf } = await withSeries()
    await ask('PATCH', `${events}/${idOf(6)}`, { body: { subject: 'Other' } })
    await ask('DELETE', `${events}/${idOf(7)}`)
    await ask('PATCH', path, { body: { start: at('2026-01-05T09:00:00'), end: at('2026-01-05T10:00:00') } })
    const query = { $select: 'cancelledOccurrences', $expand: 'exceptionOccurrences' }
    const { body } = await ask('GET', path, { query })
    expect([body.cancelledOccurrences, body.exceptionOccurrences]).toEqual([[], []])
    expect((await ask('GET', `${events}/${idOf(7)}`)).body).toMatchObject({ type: 'occurrence', subject: 'Stand-up' })
  })

  test('cannot recur, and is gone when it is cancelled', async () => {
    const { ask, idOf } = await withSeries()
    const { recurrence } = daily()
    expect((await ask('PATCH', `${events}/${idOf(6)}`, { body: { recurrence } })).status).toBe(400)
    expect((await ask('DELETE', `${events}/${idOf(6)}`)).status).toBe(204)
    expect((await ask('GET', `${events}/${idOf(6)}`)).status).toBe(404)
    expect((await ask('DELETE', `${events}/${idOf(6)}`)).status).toBe(400)
  })
})

describe('patterns', () => {
  /** The dates of a pattern that begins on a day. */
  async function dates(startDate: string, pattern: MicrosoftPattern, more: MicrosoftRange = {}) {
    const set = stage()
    const range = { type: 'numbered', startDate, numberOfOccurrences: 5, ...more }
    const [start, end] = [at(`${startDate}T12:00:00`), at(`${startDate}T13:00:00`)]
    const { body, status } = await set.ask('POST', events, {
      body: hour({ start, end, recurrence: { pattern, range } }),
    })
    if (status !== 201) return status
    const window = { startDateTime: '2025-01-01', endDateTime: '2036-01-01' }
    return [...(await instances(set, body.id, window)).keys()]
  }

  test.each<[string, string, MicrosoftPattern, readonly string[]]>([
    [
      'every third day',
      '2026-01-30',
      { type: 'daily', interval: 3 },
      ['2026-01-30', '2026-02-02', '2026-02-05', '2026-02-08', '2026-02-11'],
    ],
    [
      'a week that begins on Sunday unless said otherwise',
      '2026-01-04',
      { type: 'weekly', interval: 2, daysOfWeek: ['sunday', 'tuesday'] },
      ['2026-01-04', '2026-01-06', '2026-01-18', '2026-01-20', '2026-02-01'],
    ],
    [
      'a week that begins on Monday',
      '2026-01-04',
      { type: 'weekly', interval: 2, daysOfWeek: ['sunday', 'tuesday'], firstDayOfWeek: 'monday' },
      ['2026-01-04', '2026-01-13', '2026-01-18', '2026-01-27', '2026-02-01'],
    ],
    [
      'the thirty-first is the last day where a month is shorter',
      '2026-01-31',
      { type: 'absoluteMonthly', interval: 1, dayOfMonth: 31 },
      ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31'],
    ],
    [
      'several weekdays are the first of them, not one of each',
      '2026-01-01',
      { type: 'relativeMonthly', interval: 1, daysOfWeek: ['thursday', 'friday'], index: 'first' },
      ['2026-01-01', '2026-02-05', '2026-03-05', '2026-04-02', '2026-05-01'],
    ],
    [
      'the last Friday',
      '2026-01-30',
      { type: 'relativeMonthly', interval: 2, daysOfWeek: ['friday'], index: 'last' },
      ['2026-01-30', '2026-03-27', '2026-05-29', '2026-07-31', '2026-09-25'],
    ],
    [
      'the leap day is the last of February',
      '2028-02-29',
      { type: 'absoluteYearly', interval: 1, dayOfMonth: 29, month: 2 },
      ['2028-02-29', '2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29'],
    ],
    [
      'the second Sunday of May',
      '2026-05-10',
      { type: 'relativeYearly', interval: 1, daysOfWeek: ['sunday'], index: 'second', month: 5 },
      ['2026-05-10', '2027-05-09', '2028-05-14', '2029-05-13', '2030-05-12'],
    ],
  ])('%s', async (_what, start, pattern, wanted) => {
    expect(await dates(start, pattern)).toEqual(wanted)
  })

  test('the end date is the last day, and a series without occurrence there begins at its first', async () => {
    const pattern = { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }
    expect(await dates('2026-01-05', pattern, { type: 'endDate', endDate: '2026-01-14' })).toEqual([
      '2026-01-07',
      '2026-01-14',
    ])
    expect(await dates('2026-01-05', pattern, { type: 'endDate', endDate: '2026-01-06' })).toBe(400)
  })

  test.each<[string, MicrosoftPattern, MicrosoftRange]>([
    ['no type', { interval: 1 }, {}],
    ['no interval', { type: 'daily' }, {}],
    ['an interval beyond 99', { type: 'daily', interval: 100 }, {}],
    ['a week without days', { type: 'weekly', interval: 1 }, {}],
    ['a day that is none', { type: 'weekly', interval: 1, daysOfWeek: ['someday'] }, {}],
    ['a month without its day', { type: 'absoluteMonthly', interval: 1 }, {}],
    ['day 32', { type: 'absoluteMonthly', interval: 1, dayOfMonth: 32 }, {}],
    ['a year without its month', { type: 'absoluteYearly', interval: 1, dayOfMonth: 5 }, {}],
    ['a fifth week', { type: 'relativeMonthly', interval: 1, daysOfWeek: ['monday'], index: 'fifth' }, {}],
    ['what the type does not need, and is wrong', { type: 'daily', interval: 1, dayOfMonth: 40 }, {}],
    ['another start than the event’s', { type: 'daily', interval: 1 }, { startDate: '2026-01-06' }],
    ['no end where one is said', { type: 'daily', interval: 1 }, { type: 'endDate' }],
    ['an end before its start', { type: 'daily', interval: 1 }, { type: 'endDate', endDate: '2026-01-01' }],
    ['no occurrences', { type: 'daily', interval: 1 }, { numberOfOccurrences: 0 }],
    ['an unknown zone', { type: 'daily', interval: 1 }, { recurrenceTimeZone: 'Mars/Base' }],
  ])('refused: %s', async (_what, pattern, range) => {
    expect(await dates('2026-01-05', pattern, range)).toBe(400)
  })
})

describe('what people do in Outlook', () => {
  const day = (of: readonly MicrosoftEvent[] | undefined) => of?.map(({ start }) => start?.dateTime?.slice(0, 10))

  test('is done as requests do it, and sends no mails of programs', async () => {
    const { ask, jane, microsoft } = stage()
    const own = jane.calendar()
    const guest = { emailAddress: { address: 'bob@example.com' } }
    const { id = '' } = own.create(daily(5, { attendees: [guest] }))
    own.editOccurrence(id, '2026-01-06', { subject: 'Other' })
    own.removeOccurrence(id, '2026-01-07')
    expect(own.occurrences(id).map(({ subject }) => subject)).toEqual(['Stand-up', 'Other', 'Stand-up', 'Stand-up'])
    expect(microsoft.mails).toEqual([])
    own.edit(id, { location: { displayName: 'Hall' } })
    expect((await ask('GET', `${events}/${id}`)).body.location?.displayName).toBe('Hall')
    expect(() => own.editOccurrence(id, '2026-01-07', {})).toThrow('nobody can do that')
  })

  test('an event comes back out of the bin with its immutable id and another one', async () => {
    const { ask, jane } = stage()
    const own = jane.calendar()
    const { id = '' } = own.create(hour())
    const rest = async (): Promise<string | undefined> =>
      (await ask('GET', events, { headers: { prefer: '' } })).body.value?.[0]?.id
    const before = await rest()
    own.remove(id)
    expect(own.get(id)).toBeUndefined()
    own.restore(id)
    expect(own.get(id)?.subject).toBe('Lunch')
    expect(await rest()).not.toBe(before)
    own.remove(id)
    own.purge()
    expect(() => own.restore(id)).toThrow('not in the bin')
  })

  test('an event may be made to say what no request could', async () => {
    const { ask, jane } = stage()
    const { id = '' } = jane.calendar().create(hour())
    jane.calendar().disguise(id, { originalStartTimeZone: 'tzone://Microsoft/Custom', attendees: [{}] })
    expect((await ask('GET', `${events}/${id}`)).body).toMatchObject({
      ...{ originalStartTimeZone: 'tzone://Microsoft/Custom', attendees: [{}], subject: 'Lunch' },
    })
  })

  test('"this and all following" ends one series and begins another', () => {
    const own = stage().jane.calendar()
    const { id = '' } = own.create(daily(5))
    const later = own.split(id, '2026-01-08', { subject: 'Later' })
    expect(day(own.occurrences(id))).toEqual(['2026-01-05', '2026-01-06', '2026-01-07'])
    expect(day(own.occurrences(later.id ?? ''))).toEqual(['2026-01-08', '2026-01-09'])
    expect(own.all().map(({ subject }) => subject)).toEqual(['Stand-up', 'Later'])
    own.truncate(id, '2026-01-05')
    expect(own.all()).toHaveLength(1)
  })
})

describe('meetings', () => {
  const guest = (address: string) => ({ emailAddress: { address } })

  test('every write of the organizer sends mail, and nothing prevents it', async () => {
    const { ask, microsoft } = stage()
    const body = hour({ attendees: [guest('bob@example.com')], responseRequested: false })
    const made = (await ask('POST', events, { body })).body
    expect(made.attendees).toEqual([
      {
        type: 'required',
        status: { response: 'none', time: '0001-01-01T00:00:00Z' },
        emailAddress: { name: 'bob@example.com', address: 'bob@example.com' },
      },
    ])
    await ask('PATCH', `${events}/${made.id}`, { body: { categories: ['red'] } })
    await ask('POST', `${events}/${made.id}/cancel`, { body: { comment: 'sorry' } })
    expect(microsoft.mails.map(({ kind }) => kind)).toEqual(['invitation', 'update', 'cancellation'])
  })

  test('an invitation lists its organizer as a guest, cannot be changed, and is gone when it is declined', async () => {
    const { ask, jane, microsoft } = stage()
    const boss = { name: 'Boss', address: 'boss@example.com' }
    const { id = '' } = jane.calendar().invite(boss, hour())
    const { body } = await ask('GET', `${events}/${id}`)
    expect(body).toMatchObject({ isOrganizer: false, organizer: { emailAddress: boss }, showAs: 'tentative' })
    expect(body.attendees?.map(({ emailAddress }) => emailAddress?.address)).toEqual([
      'boss@example.com',
      'jane@example.com',
    ])
    expect((await ask('PATCH', `${events}/${id}`, { body: { subject: 'Mine' } })).status).toBe(403)
    expect((await ask('PATCH', `${events}/${id}`, { body: { showAs: 'free' } })).status).toBe(200)
    const malformed = { 'if-match': 'junk' }
    expect((await ask('POST', `${events}/${id}/accept`, { body: {}, headers: malformed })).status).toBe(500)
    const stale = { 'if-match': 'W/"AAAA"' }
    const accepted = await ask('POST', `${events}/${id}/accept`, { body: { sendResponse: false }, headers: stale })
    expect(accepted.status).toBe(202)
    expect((await ask('GET', `${events}/${id}`)).body.responseStatus?.response).toBe('accepted')
    expect((await ask('POST', `${events}/${id}/decline`, { body: {} })).status).toBe(202)
    expect(await ask('GET', `${events}/${id}`)).toMatchObject({ status: 404, code: 'ErrorItemNotFound' })
    expect(microsoft.mails.map(({ kind, to }) => [kind, to])).toEqual([['response', 'boss@example.com']])
  })

  test('comes into the calendars of guests who have accounts: same uid, their own answer, the organizer twice', async () => {
    const { jane, microsoft } = stage()
    const bob = microsoft.addAccount({ email: 'bob@example.com', name: 'Bob' })
    const {
      id = '',
      iCalUId,
      uid,
    } = jane.calendar().create(daily(3, { attendees: [guest('bob@example.com')], categories: ['red'] }))
    const copy = () => bob.calendar().all()[0] ?? {}
    expect(copy()).toMatchObject({ iCalUId, uid, isOrganizer: false, showAs: 'tentative', categories: [] })
    expect(copy().id).not.toBe(id)
    expect(copy().attendees?.map(({ emailAddress }) => emailAddress?.address)).toEqual([
      'jane@example.com',
      'bob@example.com',
    ])
    bob.calendar().edit(copy().id ?? '', { categories: ['blue'] })
    bob.calendar().respond(copy().id ?? '', 'accepted')
    expect(jane.calendar().get(id)?.attendees?.[0]?.status?.response).toBe('accepted')
    const version = copy().changeKey
    jane.calendar().edit(id, { categories: [] })
    expect(copy().changeKey).toBe(version)
    jane.calendar().editOccurrence(id, '2026-01-06', { subject: 'Other' })
    jane.calendar().removeOccurrence(id, '2026-01-07')
    jane.calendar().edit(id, { location: { displayName: 'Hall' } })
    expect(copy()).toMatchObject({
      categories: ['blue'],
      location: { displayName: 'Hall' },
      responseStatus: { response: 'accepted' },
    })
    expect(
      bob
        .calendar()
        .occurrences(copy().id ?? '')
        .map(({ subject }) => subject),
    ).toEqual(['Stand-up', 'Other'])
    jane.calendar().remove(id)
    expect(copy()).toMatchObject({ isCancelled: true, subject: 'Canceled: Stand-up' })
  })

  test('is told to its organizer when a guest declines, and gone from the guest’s calendar', () => {
    const { jane, microsoft } = stage()
    const bob = microsoft.addAccount({ email: 'bob@example.com' })
    const { id = '' } = jane.calendar().create(hour({ attendees: [guest('bob@example.com')] }))
    bob.calendar().respond(bob.calendar().all()[0]?.id ?? '', 'declined')
    expect(bob.calendar().all()).toEqual([])
    expect(jane.calendar().get(id)?.attendees?.[0]?.status?.response).toBe('declined')
    expect(microsoft.mails).toEqual([])
  })

  test('one that its organizer took back stays, and says so', () => {
    const own = stage().jane.calendar()
    const { id = '' } = own.invite({ address: 'boss@example.com' }, hour())
    expect(own.organizerEdits(id, { location: { displayName: 'Hall' } }).location?.displayName).toBe('Hall')
    expect(own.cancelInvitation(id)).toMatchObject({ isCancelled: true, subject: 'Canceled: Lunch' })
    const mine = own.create(hour({ attendees: [guest('bob@example.com')] }))
    const answered = own.guestAnswers(mine.id ?? '', 'bob@example.com', 'accepted')
    expect(answered.attendees?.[0]?.status?.response).toBe('accepted')
    expect(answered.changeKey).not.toBe(mine.changeKey)
  })
})
