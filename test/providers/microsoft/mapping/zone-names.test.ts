import { expect, test } from 'vitest'
import { SyncError, type SyncErrorCode } from '../../../../src/errors.js'
import type { EventBody } from '../../../../src/providers/microsoft/client.js'
import { withKnownZones } from '../../../../src/providers/microsoft/zone-names.js'

const bodyIn = (zone: string): EventBody => ({
  subject: zone,
  start: { dateTime: '2026-03-04T09:00:00', timeZone: zone },
  recurrence: { pattern: { type: 'daily' }, range: { type: 'noEnd', recurrenceTimeZone: zone } },
})

/** What a mailbox was sent that knows no IANA names. */
async function sent(zone: string, code: SyncErrorCode = 'event_refused', reason = 'TimeZoneNotSupportedException') {
  const bodies: EventBody[] = []
  const send = async (body: EventBody): Promise<string> => {
    bodies.push(body)
    const { timeZone } = body['start'] as { readonly timeZone: string }
    if (timeZone.includes('/')) throw new SyncError(code, 'No.', { reason })
    return 'done'
  }
  const end = await withKnownZones(bodyIn(zone), send).catch((error: unknown) => (error as SyncError).code)
  return { end, bodies }
}

test.each([
  ['Europe/Amsterdam', /Europe.* Standard Time$/],
  ['Europe/Berlin', /^W\. Europe Standard Time$/],
  ['Europe/Kyiv', /^FLE Standard Time$/],
  ['Asia/Kolkata', /^India Standard Time$/],
  ['Asia/Singapore', /^Singapore Standard Time$/],
])('an event in %s, which a mailbox does not know, is sent again in the zone of Windows', async (zone, name) => {
  const { end, bodies } = await sent(zone)
  expect(end).toBe('done')
  expect(bodies).toHaveLength(2)
  expect(bodies[1]).toMatchObject({
    subject: zone,
    start: { dateTime: '2026-03-04T09:00:00', timeZone: expect.stringMatching(name) },
    recurrence: { range: { recurrenceTimeZone: expect.stringMatching(name) } },
  })
})

test('what is taken is sent once', async () => {
  expect((await sent('W. Europe Standard Time')).bodies).toHaveLength(1)
})

test('a zone for which Windows has none is refused, and not sent again and again', async () => {
  expect(await sent('Antarctica/Troll')).toMatchObject({ end: 'event_refused', bodies: { length: 1 } })
})

test('what is refused for another reason is not sent again', async () => {
  expect(await sent('Europe/Berlin', 'event_refused', 'ErrorInvalidRequest')).toMatchObject({ bodies: { length: 1 } })
  expect(await sent('Europe/Berlin', 'timeout')).toMatchObject({ end: 'timeout', bodies: { length: 1 } })
})
