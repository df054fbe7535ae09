import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../../../src/errors.js'
import { type EventTime, OccurrenceContentSchema } from '../../../../src/model/content.js'
import { parseRule } from '../../../../src/model/rule.js'
import { readOccurrence, writable, writeFields } from '../../../../src/providers/microsoft/event-map.js'
import { readRecurrence, recurrenceOf } from '../../../../src/providers/microsoft/recurrence.js'
import { type GraphEvent, readItem } from '../../../../src/providers/microsoft/wire.js'
import { corpusFolder, filesIn } from '../../../corpus/corpus.js'
import { patternDates } from './graph-patterns.js'
import { shown } from './shown.js'

const folder = corpusFolder('graph-json')
if (!folder) console.warn('The Graph corpus is not there (set CALWEAVE_CORPUS): its tests are skipped.')

/** Everything in an answer that has a start, or names itself an event. */
function eventsIn(value: unknown, depth = 0): readonly object[] {
  if (typeof value !== 'object' || value === null || depth > 12) return []
  const own = value as Readonly<Record<string, unknown>>
  const isEvent = own['id'] !== undefined && (own['start'] !== undefined || own['recurrence'] !== undefined)
  const inside = Object.values(value).flatMap((one) => eventsIn(one, depth + 1))
  return isEvent ? [value, ...inside] : inside
}

describe.skipIf(!folder)('answers that were kept (skipped when they are not there)', () => {
  const files = folder === undefined ? [] : filesIn(folder, '.json').filter((file) => file !== 'index.json')
  const events = files.flatMap((file) =>
    eventsIn(JSON.parse(readFileSync(join(folder ?? '', file), 'utf8'))).map((given) => ({ file, given })),
  )
  const occurrence = (file: string): GraphEvent => {
    const item = readItem(JSON.parse(readFileSync(join(folder ?? '', 'captured-2026', file), 'utf8')))
    if (item.kind === 'broken') throw new Error(`${file}: ${item.path}`)
    return item.event
  }

  test('there are some', () => expect(events.length).toBeGreaterThan(60))

  test('every one is read or refused with a reason, and what is read holds', () => {
    let read = 0
    for (const { file, given } of events) {
      try {
        const item = readItem(given)
        if (item.kind === 'broken') throw new Error(`${file}: ${item.path}`)
        const content = readOccurrence(item.event)
        readRecurrence(item.event, content.time.start)
        expect(OccurrenceContentSchema.safeParse(content).error?.issues, file).toBeUndefined()
        read++
      } catch (error) {
        if (!isSyncError(error)) throw error
        expect(error.reason, file).toBeDefined()
      }
    }
    expect(read).toBeGreaterThan(50)
  })

  test('every event of the real service is read', () => {
    const captured = events.filter(({ file, given }) => file.startsWith('captured') && 'subject' in given)
    expect(captured.length).toBeGreaterThan(7)
    for (const { given } of captured) {
      const item = readItem(given)
      if (item.kind === 'event') expect(readOccurrence(item.event).title).toMatch(/fixture/i)
    }
  })

  test('written back as it was read, an event of the real service says the same', () => {
    for (const file of [
      'event_single.json',
      'event_allday.json',
      'event_online_meeting.json',
      'event_series_master.json',
    ]) {
      const event = occurrence(file)
      const content = readOccurrence(event)
      expect(readOccurrence(shown(writeFields(content, writable, { before: event }), event)), file).toEqual(content)
    }
  })

  test('a text, a whole day, a series, a meeting on video and an invitation say what they say', () => {
    expect(readOccurrence(occurrence('event_single.json'))).toMatchObject({
      description: 'A single timed event.',
      time: { start: { local: '2026-08-04T14:00:00', zone: 'Europe/Berlin', originalZone: 'W. Europe Standard Time' } },
      attendees: [{ email: 'bob@example.test', name: 'Bob', status: 'needs_action', role: 'required' }],
      reminders: [{ method: 'popup', trigger: { seconds: -900 } }],
    })
    expect(readOccurrence(occurrence('event_allday.json'))).toMatchObject({
      description: '',
      time: { start: { kind: 'date', date: '2026-08-10' }, end: { kind: 'date', date: '2026-08-11' } },
      organizer: null,
    })
    const master = occurrence('event_series_master.json')
    const content = readOccurrence(master)
    expect(content).toMatchObject({ location: 'Room A', description: 'Standup agenda' })
    expect(readRecurrence(master, content.time.start)).toEqual({
      rule: 'FREQ=WEEKLY;UNTIL=20261005T215959Z;BYDAY=MO',
      rdates: [],
    })
    expect(readOccurrence(occurrence('event_online_meeting.json'))).toMatchObject({
      description: '',
      conferences: [{ url: expect.stringContaining('https://teams.live.com/meet/'), label: 'Microsoft Teams' }],
    })
    expect(readOccurrence(occurrence('event_invitation.json'))).toMatchObject({
      organizer: { email: 'boss@example.test', name: 'The Boss' },
      attendees: [
        { email: 'boss@example.test', role: 'chair', status: 'accepted' },
        { email: 'testuser@example.test', role: 'required', status: 'accepted' },
      ],
      description: 'An invitation the account received.',
    })
  })
})

const vectors = corpusFolder('rrule-vectors')

interface Vector {
  readonly id: string
  readonly rrule: string
  readonly dtstart: string
  readonly expected: readonly string[]
  readonly complete: boolean
}

describe.skipIf(!vectors)('rules with the dates that others give for them (skipped when they are not there)', () => {
  test.each(['rfc5545-examples', 'dateutil'])('of %s, what can be said is said with the same days', (name) => {
    const all = readVectors(join(vectors ?? '', `${name}.json`))
    let said = 0
    for (const { id, rrule, dtstart, expected } of all) {
      const start: EventTime = { kind: 'floating', local: dtstart.slice(0, 19) }
      const parsed = safely(() => parseRule(rrule))
      const recurrence = parsed && { rule: rrule, rdates: [] }
      const written = recurrence && safely(() => recurrenceOf({ time: { start, end: start }, recurrence }))
      if (!written || expected.length === 0 || !/^\d{4}-\d\d-\d\dT/.test(dtstart)) continue
      said++
      const dates = expected.map((local) => local.slice(0, 10))
      expect(patternDates(written, dates.length, 60), id).toEqual(dates)
    }
    expect(said).toBeGreaterThan(10)
  })
})

function readVectors(path: string): readonly Vector[] {
  const value = JSON.parse(readFileSync(path, 'utf8')) as readonly Vector[] | { readonly vectors: readonly Vector[] }
  return 'vectors' in value ? value.vectors : value
}

function safely<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (isSyncError(error)) return undefined
    throw error
  }
}
