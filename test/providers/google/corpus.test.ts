import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EventContentSchema } from '../../../src/model/content.js'
import { partsFrom, toUnit } from '../../../src/providers/google/unit.js'
import { readItem } from '../../../src/providers/google/wire.js'
import { corpusFolder, filesIn } from '../../corpus/corpus.js'

const folder = corpusFolder('google-json')
if (!folder) console.warn('The Google corpus is not there (set CALWEAVE_CORPUS): its tests are skipped.')

interface Captured {
  readonly kind?: string
  readonly items?: readonly Captured[]
}

/** Answers that programs of others kept of the real service. */
describe.skipIf(!folder)('events that were kept of the real service (skipped when they are not there)', () => {
  const kept = folder === undefined ? [] : ['allodia', 'compass']
  const events = kept.flatMap((name) =>
    filesIn(join(folder ?? '', name), '.json').flatMap((file) => {
      const body = JSON.parse(readFileSync(join(folder ?? '', name, file), 'utf8')) as Captured
      const items = body.kind === 'calendar#events' ? (body.items ?? []) : [body]
      return items.filter(({ kind }) => kind === 'calendar#event').map((event) => ({ file, event }))
    }),
  )

  test('there are some', () => expect(events.length).toBeGreaterThan(40))

  test('every one is read, and holds', () => {
    for (const { file, event } of events) {
      const item = readItem(event)
      if (item.kind === 'broken') throw new Error(`${file}: ${item.path}`)
      if (item.event.status === 'cancelled' || item.event.recurringEventId) continue
      const unit = toUnit(partsFrom(item.event, []), 'Europe/Amsterdam')
      if (unit.type === 'unreadable') throw new Error(`${file}: ${unit.error.reason}`)
      expect(EventContentSchema.safeParse(unit.event.content).error?.issues, file).toBeUndefined()
    }
  })

  const one = (file: string) => {
    const event = JSON.parse(readFileSync(join(folder ?? '', 'allodia', file), 'utf8')) as unknown
    const item = readItem(event)
    const unit = item.kind === 'event' ? toUnit(partsFrom(item.event, []), 'Europe/Amsterdam') : undefined
    if (unit?.type !== 'event') throw new Error(`${file} is not read`)
    return unit.event.content
  }

  test('a whole day, a meeting on video, an invitation and a series say what they say', () => {
    expect(one('event_allday.json')).toMatchObject({
      time: { start: { kind: 'date', date: '2026-08-05' }, end: { kind: 'date', date: '2026-08-06' } },
      reminders: [{ method: 'popup', trigger: { seconds: -1_800 } }],
      organizer: null,
    })
    expect(one('event_meet.json')).toMatchObject({
      conferences: [{ url: 'https://meet.google.com/aaa-bbbb-ccc', label: 'Google Meet' }],
      reminders: 'default',
    })
    expect(one('event_invitation_answered.json')).toMatchObject({
      organizer: { email: 'boss@example.test', name: 'The Boss' },
      attendees: [
        { email: 'testuser@example.test', status: 'tentative', role: 'required' },
        { email: 'boss@example.test', status: 'accepted', role: 'chair' },
      ],
    })
    expect(one('event_recurring_master.json')).toMatchObject({
      time: { start: { kind: 'timed', local: '2026-08-03T09:00:00', zone: 'Europe/Amsterdam' } },
      recurrence: { rule: 'FREQ=WEEKLY;COUNT=6;BYDAY=MO', rdates: [] },
    })
  })
})
