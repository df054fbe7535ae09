import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeObject } from '../../../src/ical/write.js'
import type { Uid } from '../../../src/model/ids.js'
import { withEnds } from '../../../src/providers/icloud/ends.js'
import { eventContent } from '../../support/arbitrary-content.js'

const event = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n')

describe('an event of no length', () => {
  test.each([
    ['DTSTART:20260304T090000Z', 'DTEND:20260304T090000Z'],
    ['DTSTART;TZID=Europe/Berlin:20260304T090000', 'DTEND;TZID=Europe/Berlin:20260304T090000'],
    ['dtstart;value=date-time:20260304T090000', 'DTEND;value=date-time:20260304T090000'],
  ])('%s ends where it starts', (start, end) => {
    expect(withEnds(event('UID:1', start, 'SUMMARY:x'))).toBe(event('UID:1', start, end, 'SUMMARY:x'))
  })

  test('whose start is folded gets a whole end, and the start stays as it stands', () => {
    expect(withEnds(event('DTSTART;TZID=Europe/\r\n Berlin:20260304T090000'))).toBe(
      event('DTSTART;TZID=Europe/\r\n Berlin:20260304T090000', 'DTEND;TZID=Europe/Berlin:20260304T090000'),
    )
  })

  test('is seen in every override', () => {
    const text = event('DTSTART:20260304T090000Z').replace(
      'END:VCALENDAR',
      'BEGIN:VEVENT\r\nDTSTART:20260305T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR',
    )
    expect(withEnds(text).match(/^DTEND/gm)).toHaveLength(2)
  })
})

describe('nothing is added to', () => {
  test.each([
    ['a whole day', event('DTSTART;VALUE=DATE:20260304')],
    ['a whole day with a parameter before', event('DTSTART;X-A=1;VALUE=DATE:20260304')],
    ['an event with an end', event('DTEND:20260304T100000Z', 'DTSTART:20260304T090000Z')],
    ['an event with a duration', event('DTSTART:20260304T090000Z', 'DURATION:PT1H')],
    [
      'a time zone',
      'BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n',
    ],
  ])('%s', (_name, text) => {
    expect(withEnds(text)).toBe(text)
  })

  test('an event whose only duration is that of its alarm: it does get an end', () => {
    const text = event('DTSTART:20260304T090000Z', 'BEGIN:VALARM', 'DURATION:PT5M', 'END:VALARM')
    expect(withEnds(text)).toContain('DTEND:20260304T090000Z')
  })
})

test('whatever we write comes out unchanged but for ends, and a second time changes nothing', () => {
  fc.assert(
    fc.property(eventContent(), (content) => {
      const text = writeObject({ uid: 'one@example.com' as Uid, content, now: 0 })
      const dressed = withEnds(text)
      expect(withEnds(dressed)).toBe(dressed)
      const added = dressed.split('\r\n').length - text.split('\r\n').length
      expect(added).toBeGreaterThanOrEqual(0)
      const kept = dressed.split('\r\n').filter((line) => !/^DTEND/.test(line))
      expect(kept).toEqual(text.split('\r\n').filter((line) => !/^DTEND/.test(line)))
    }),
    { numRuns: 50 },
  )
})
