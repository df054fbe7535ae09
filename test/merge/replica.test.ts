import { describe, expect, test } from 'vitest'
import { absentReplica, anew, takenAway } from '../../src/merge/replica.js'
import type { CalendarId, EventId } from '../../src/model/ids.js'

const event = 'event' as EventId
const copy = absentReplica(event, 'home' as CalendarId, 3)

describe('a copy under another identity', () => {
  test('has a key that no earlier one had', () => {
    const keys = [0, 1, 2, 3].map((incarnation) => absentReplica(event, copy.calendarId, incarnation).key)
    expect(keys).not.toContain(anew(copy, event).key)
  })

  test('stays taken back when it was, or an undo would be undone by a service that keeps ids', () => {
    expect(anew({ ...copy, withdrawn: true }, event).withdrawn).toBe(true)
    expect(anew(copy, event)).not.toHaveProperty('withdrawn')
  })

  test('is not made at all when we took the taken back one away', () => {
    expect(takenAway({ ...copy, status: 'live', withdrawn: true }, event)).toMatchObject({ status: 'detached' })
  })
})
