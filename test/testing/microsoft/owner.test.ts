import { describe, expect, test } from 'vitest'
import { fakeMicrosoft } from '../../../src/testing/microsoft/fake-microsoft.js'

const lunch = {
  subject: 'Lunch',
  start: { dateTime: '2026-03-04T12:00:00', timeZone: 'Europe/Berlin' },
  end: { dateTime: '2026-03-04T13:00:00', timeZone: 'Europe/Berlin' },
} as const
const daily = {
  ...lunch,
  recurrence: { pattern: { type: 'daily', interval: 1 }, range: { type: 'noEnd', startDate: '2026-03-04' } },
} as const

function world() {
  const microsoft = fakeMicrosoft()
  const jane = microsoft.addAccount()
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    await microsoft.fetch(`https://graph.microsoft.com/v1.0/me/${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${jane.token}`,
        prefer: 'IdType="ImmutableId"',
        'content-type': 'application/json',
      },
    })
  return { jane, ask }
}

describe('what only the owner of a calendar can do', () => {
  test('to act in a calendar that programs may only read', async () => {
    const { jane, ask } = world()
    const id = jane.addCalendar({ name: 'Holidays', canEdit: false })
    expect((await ask(`calendars/${id}/events`, { method: 'POST', body: JSON.stringify(lunch) })).status).toBe(403)
    const { id: made = '' } = jane.calendar(id).create(lunch)
    jane.calendar(id).edit(made, { subject: 'Dinner' })
    expect(jane.calendar(id).all()).toMatchObject([{ subject: 'Dinner' }])
  })

  test('to see all of a series at once, and what is in the bin', () => {
    const { jane } = world()
    const calendar = jane.calendar()
    const { id = '' } = calendar.create(daily)
    calendar.removeOccurrence(id, '2026-03-05')
    calendar.editOccurrence(id, '2026-03-06', { subject: 'Brunch' })
    expect(calendar.read()).toMatchObject([
      { id, cancelledOccurrences: [`OID.${id}.2026-03-05`], exceptionOccurrences: [{ subject: 'Brunch' }] },
    ])
    calendar.remove(id)
    expect([calendar.read(), calendar.bin()]).toEqual([[], [id]])
    calendar.restore(id)
    expect(calendar.bin()).toEqual([])
  })
})
