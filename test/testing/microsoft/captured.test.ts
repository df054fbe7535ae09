import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fakeMicrosoft, type MicrosoftEvent } from '../../../src/testing/microsoft/index.js'
import { corpusFolder } from '../../corpus/corpus.js'
import { ask, type Body, stage } from './api.js'

/** Answers that others captured from a personal account in 2026: the fake, told the same, answers the same. */

const folder = corpusFolder('graph-json')

if (!folder)
  console.warn(
    'Captured answers of Graph are not here, so the fake is not compared with them. Set CALWEAVE_CORPUS to their folder.',
  )

function captured<Value = Body>(name: string): Value {
  return JSON.parse(readFileSync(join(folder ?? '', 'captured-2026', name), 'utf8')) as Value
}

/** What depends on when, where and by whom an event was made. */
const accidental = [
  ...['id', '@odata.context', '@odata.etag', 'createdDateTime', 'lastModifiedDateTime', 'changeKey', 'iCalUId', 'uid'],
  ...['webLink', 'calendar@odata.associationLink', 'calendar@odata.navigationLink', 'organizer'],
]

function essence(event: object): object {
  return Object.fromEntries(Object.entries(event).filter(([name]) => !accidental.includes(name)))
}

const own = ['event_single.json', 'event_allday.json', 'event_extra_calendar.json', 'event_series_master.json']

describe.skipIf(!folder)('captured events', () => {
  test.each(own)('%s is what becomes of what was sent', async (file) => {
    const wanted = captured(file)
    const { ask: asJane } = stage()
    const zone = wanted.originalStartTimeZone ?? ''
    const isFromScreen = wanted.body?.content === ''
    const sent = {
      ...{ subject: wanted.subject, isAllDay: wanted.isAllDay },
      ...(wanted.location?.displayName && { location: { displayName: wanted.location.displayName } }),
      // A body of text that was empty became a frame around a blank; one that was never given stayed empty.
      ...(!isFromScreen && { body: { contentType: 'text', content: wanted.bodyPreview } }),
      ...{ start: { ...wanted.start, timeZone: zone }, end: { ...wanted.end, timeZone: zone } },
      attendees: wanted.attendees?.map(({ type, emailAddress }) => ({ type, emailAddress })),
      ...(wanted.transactionId && { transactionId: wanted.transactionId }),
      ...(wanted.recurrence && { recurrence: wanted.recurrence }),
    }
    // Its names of zones differ, and its clocks do not: the start is asked for as the capture asked for it.
    const offset = zone === 'Romance Standard Time' ? 'Europe/Paris' : zone
    const body = { ...sent, start: { ...sent.start, timeZone: offset }, end: { ...sent.end, timeZone: offset } }
    const prefer = `outlook.timezone="${wanted.start?.timeZone}"`
    const made = await asJane('POST', 'me/events', { body, prefer })
    expect(made.status).toBe(201)
    const zones = { originalStartTimeZone: offset, originalEndTimeZone: offset }
    expect(essence(made.body)).toEqual({ ...essence(wanted), ...zones })
    // In the order of the captured answer, too, as far as both have a property.
    const order = (of: object, other: object) =>
      Object.keys(of).filter((name) => name in other && !name.endsWith('context'))
    expect(order(made.body, wanted)).toEqual(order(wanted, made.body))
  })

  test('ids, uids and versions have the forms that were captured', async () => {
    const wanted = captured('event_single.json')
    const { ask: asJane } = stage()
    const { start, end, subject } = wanted
    const made = (await asJane('POST', 'me/events', { body: { start, end, subject }, headers: { prefer: '' } })).body
    expect(made.id?.slice(0, 8)).toBe(wanted.id?.slice(0, 8))
    expect(made.iCalUId).toHaveLength(wanted.iCalUId?.length ?? 0)
    expect(made.iCalUId?.slice(0, 40)).toBe(wanted.iCalUId?.slice(0, 40))
    expect(made.changeKey).toHaveLength(wanted.changeKey?.length ?? 0)
  })

  test('a page of a delta has for each kind of event the properties that were captured', async () => {
    const page = captured('events_delta.json')
    const set = stage()
    const own = set.jane.calendar()
    const find = (type: string) => page.value?.find((one) => one.type === type) ?? {}
    const { start, end, recurrence, subject } = find('seriesMaster')
    const { id = '' } = own.create({
      start: start ?? null,
      end: end ?? null,
      recurrence: recurrence ?? null,
      subject: subject ?? '',
    })
    const exception = find('exception')
    own.editOccurrence(id, exception.occurrenceId?.slice(-10) ?? '', {
      ...{ subject: exception.subject ?? '', start: exception.start ?? null, end: exception.end ?? null },
    })
    own.create({ start: find('singleInstance').start ?? null, end: find('singleInstance').end ?? null })
    const query = { startDateTime: '2026-07-01T00:00:00Z', endDateTime: '2026-12-01T00:00:00Z' }
    const { body } = await set.ask('GET', 'me/calendar/calendarView/delta', {
      query,
      prefer: 'outlook.timezone="Europe/Amsterdam"',
    })
    for (const type of ['seriesMaster', 'occurrence', 'exception', 'singleInstance']) {
      const made = body.value?.find((one) => one.type === type) ?? {}
      const names = (event: MicrosoftEvent) => Object.keys(event).filter((name) => !/^calendar@/.test(name))
      expect(names(made), type).toEqual(names(find(type)))
      expect(made.start?.timeZone, type).toBe(find(type).start?.timeZone)
      expect(made['@odata.etag'], type).toHaveLength(find(type)['@odata.etag']?.length ?? 0)
    }
    const dates = (of: Body) => of.value?.filter(({ type }) => type === 'occurrence').map((one) => one.start)
    // Whoever captured the page kept the first ones only.
    expect(dates(body)?.slice(0, 2)).toEqual(dates(page))
  })

  test('calendars and errors have the properties that were captured', async () => {
    const { ask: asJane, microsoft } = stage()
    const { groupClassId: _group, ...calendar } = captured<Record<string, unknown>>('calendar.json')
    const got = (await asJane('GET', 'me/calendar')).body
    expect(
      Object.keys(got)
        .filter((name) => !name.startsWith('@'))
        .sort(),
    ).toEqual(Object.keys(calendar).sort())
    const wrong = await asJane('GET', 'me/events', { query: { $select: 'wellKnownName' } })
    const shape = (body: object) => [
      Object.keys(body),
      ...Object.values(body).map((one) => Object.keys(one as object).sort()),
    ]
    expect(shape(wrong.body)).toEqual(shape(captured('bad_request.json')))
    expect([wrong.code, wrong.body.error?.message.slice(0, 40)]).toEqual([
      captured('bad_request.json').error?.code,
      captured('bad_request.json').error?.message.slice(0, 40),
    ])
    const stranger = await ask(microsoft, 'stolen', 'GET', 'me')
    expect([stranger.status, stranger.code]).toEqual([401, captured('unauthorized.json').error?.code])
  })

  test('an invitation is shown as it was captured', async () => {
    const wanted = captured('event_invitation.json')
    const microsoft = fakeMicrosoft()
    const me = microsoft.addAccount({ email: 'testuser@example.test', name: 'Test User' })
    const { subject, start, end, body, originalStartTimeZone } = wanted
    const made = me.calendar().invite(wanted.organizer?.emailAddress ?? {}, {
      ...{ subject: subject ?? '', start: start ?? null, end: end ?? null, body: body ?? null },
    })
    me.calendar().respond(made.id ?? '', 'accepted')
    const got = (await ask(microsoft, me.token ?? '', 'GET', `me/events/${made.id}`)).body
    expect(Object.keys(essence(got)).sort()).toEqual(Object.keys(essence(wanted)).sort())
    const same = ({ isOrganizer, showAs, organizer, type, location }: MicrosoftEvent) => ({
      isOrganizer,
      showAs,
      organizer,
      type,
      location,
    })
    expect(same(got)).toEqual(same(wanted))
    expect(got.attendees?.map(({ emailAddress }) => emailAddress)).toEqual(
      wanted.attendees?.map(({ emailAddress }) => emailAddress),
    )
    expect(originalStartTimeZone).not.toBe(wanted.start?.timeZone)
  })
})
