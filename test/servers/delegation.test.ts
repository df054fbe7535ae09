import { expect, test } from 'vitest'
import { startServer } from './real-server.js'

test('calendars of people who let us act for them are listed by DAViCal with what we may do there', async () => {
  const server = await startServer('davical')
  try {
    const { origin } = new URL(await server.makeCalendar('mine'))
    const authorization = `Basic ${btoa('bob:secret')}`
    const asBob = async (method: string, path: string, body?: string): Promise<void> => {
      const headers = { authorization, 'content-type': 'application/xml' }
      const answer = await fetch(new URL(path, origin), { method, headers, ...(body === undefined ? {} : { body }) })
      expect(answer.ok, `${method} ${path}`).toBe(true)
    }
    const jane = '<d:href>/caldav.php/jane/</d:href>'
    const members = `<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><d:group-member-set>${jane}</d:group-member-set></d:prop></d:set></d:propertyupdate>`
    await asBob('MKCALENDAR', '/caldav.php/bob/his/')
    const listed = async (): Promise<readonly string[]> =>
      (await server.open().listCalendars()).map(({ id, access }) => `${id} ${access}`)

    expect(await listed()).toEqual(['/caldav.php/jane/mine/ write'])
    await asBob('PROPPATCH', '/caldav.php/bob/calendar-proxy-read/', members)
    expect(await listed()).toEqual(['/caldav.php/jane/mine/ write', '/caldav.php/bob/his/ read'])
    await asBob('PROPPATCH', '/caldav.php/bob/calendar-proxy-write/', members)
    expect(await listed()).toEqual(['/caldav.php/jane/mine/ write', '/caldav.php/bob/his/ write'])
  } finally {
    await server.stop()
  }
})
