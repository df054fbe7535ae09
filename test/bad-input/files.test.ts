import { describe, expect, test } from 'vitest'
import { icsProvider } from '../../src/providers/ics/index.js'
import {
  calendar,
  cpuMs,
  davAccount,
  event,
  outcomeOf,
  pull,
  pullFile,
  refusalOf,
  start,
  stubOfThisFile,
  verdict,
} from './support.js'

/** Rows of the catalogue that concern a text as a whole: as a calendar file, and as one resource of a CalDAV calendar. */

const dav = stubOfThisFile()
const good = calendar(...event('a', start, 'SUMMARY:Café, 午後'.replace(',', '\\,')))
const goodTitle = 'Café, 午後'

/** What a CalDAV calendar says of one resource, and what it says of the good one beside it. */
async function resource(text: string): Promise<string> {
  const name = `file-${++count}`
  dav.stub.addCalendar(name)
  dav.stub.put(name, 'a.ics', text)
  dav.stub.put(name, 'b.ics', calendar(...event('good', start)))
  const { changes, cursor } = await pull(davAccount(dav.stub), dav.stub.calendar(name))
  expect(cursor).toBeDefined()
  const at = (file: string) =>
    outcomeOf(changes.find((change) => (change.type === 'upsert' ? change.event : change).id.endsWith(file)))
  expect(at('/b.ics').issue).toBe('read')
  return at('/a.ics').issue
}
let count = 0

async function titleOf(body: string | Uint8Array): Promise<string> {
  return outcomeOf((await pullFile(body)).changes[0]).content.title
}

describe('refused as a whole', () => {
  test('1 an empty body, which may be whole the next time', async () => {
    expect(await verdict(pullFile(''))).toBe('invalid_response EMPTY')
    expect(await verdict(pullFile('\r\n \r\n'))).toBe('invalid_response EMPTY')
    expect(await resource('\r\n')).toBe('not_icalendar EMPTY')
  })

  test('2 a login page with status 200, and no cursor for it', async () => {
    const page = '<!DOCTYPE html>\n<html><body>Sign in. BEGIN:VCALENDAR</body></html>'
    expect(await verdict(pullFile(page, { 'content-type': 'text/html' }))).toBe('not_icalendar NOT_ICALENDAR')
    dav.stub.addCalendar('login')
    dav.stub.options.fault = ({ method }) =>
      method === 'REPORT' ? { status: 200, headers: { 'content-type': 'text/html' }, body: page } : undefined
    expect(await refusalOf(pull(davAccount(dav.stub), dav.stub.calendar('login')))).toBe('invalid_response 200')
  })

  test('4 UTF-16 and Latin-1, over the web as from a file', async () => {
    const wide = new Uint8Array([0xff, 0xfe, ...[...good].flatMap((char) => [char.charCodeAt(0) & 0xff, 0])])
    const latin1 = Uint8Array.from(good.replace('午後', 'ü'), (char) => char.charCodeAt(0))
    for (const bytes of [wide, wide.map((_, index) => wide[index ^ 1] ?? 0), latin1]) {
      expect(await verdict(pullFile(bytes))).toBe('not_icalendar CHARSET')
      const read = async () => ({ text: bytes, modified: '1' })
      const file = icsProvider({ read }).open({ settings: { url: 'file:///team.ics' }, credentials: undefined })
      expect(await refusalOf(file.listCalendars())).toBe('not_icalendar CHARSET')
    }
  })

  test('4 a UTF-8 file in which one text was cut inside a character is not in another encoding', async () => {
    const bytes = new TextEncoder().encode(calendar(...event('a', start, 'SUMMARY:午後 Müller ü')))
    const at = bytes.lastIndexOf(0xbc)
    expect(await titleOf(bytes.filter((_, index) => index !== at))).toBe('午後 Müller \ufffd')
  })

  test('11 50 MB in one line, before it is read to its end', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1_000_000
        if (sent > 200_000_000) controller.close()
        else controller.enqueue(new Uint8Array(1_000_000).fill(0x78))
      },
    })
    const provider = icsProvider({ fetch: async () => new Response(endless) })
    const account = provider.open({ settings: { url: 'https://example.com/a.ics' }, credentials: undefined })
    expect(await refusalOf(account.listCalendars())).toBe('limit_exceeded LIMIT_BYTES')
    expect(sent).toBeLessThan(40_000_000)
    expect(await resource(calendar(...event('a', start, `SUMMARY:${'x'.repeat(2_000_000)}`)))).toBe(
      'limit_exceeded LIMIT_VALUE',
    )
  })

  test('12 a missing END: a file was cut off on its way, a resource is broken as it stands', async () => {
    const cut = good.slice(0, good.lastIndexOf('END:'))
    expect(await verdict(pullFile(cut))).toBe('invalid_response TRUNCATED')
    expect(await resource(cut)).toBe('not_icalendar TRUNCATED')
  })

  test('13 200,000 events inside each other', async () => {
    const nested = calendar('BEGIN:VEVENT\r\n'.repeat(200_000))
    expect(await verdict(pullFile(nested))).toBe('limit_exceeded LIMIT_DEPTH')
    expect(await resource(nested)).toBe('limit_exceeded LIMIT_DEPTH')
  })

  test('14 two calendars in one resource; a file of several calendars is read, since programs export them so', async () => {
    const other = calendar(...event('b', start))
    expect(await resource(good + other)).toBe('invalid_event TWO_CALENDARS')
    expect(await verdict(pullFile(good + other))).toBe('2 read')
  })

  test('34 a zone whose clocks change every second', async () => {
    const zone = ['BEGIN:VTIMEZONE', 'TZID:X', 'BEGIN:STANDARD', 'DTSTART:19700101T000000', 'RRULE:FREQ=SECONDLY']
    const text = calendar(...zone, 'END:STANDARD', 'END:VTIMEZONE', ...event('a', 'DTSTART;TZID=X:20260304T090000'))
    expect(await verdict(pullFile(text))).toBe('limit_exceeded LIMIT_RECURRENCE')
    expect(await resource(text)).toBe('limit_exceeded LIMIT_RECURRENCE')
  })
})

describe('read although not quite right', () => {
  test('3 a byte order mark', async () => {
    expect(await titleOf(`\ufeff${good}`)).toBe(goodTitle)
    expect(await resource(`\ufeff${good}`)).toBe('read')
  })

  test('5 bare LF', async () => {
    expect(await titleOf(good.replaceAll('\r\n', '\n'))).toBe(goodTitle)
    expect(await resource(good.replaceAll('\r\n', '\n'))).toBe('read')
  })

  test('6 a bare CR inside a value', async () => {
    expect(await titleOf(good.replace('Café', 'Ca\rfé'))).toBe(goodTitle)
    expect(await titleOf(good.replaceAll('\r\n', '\r'))).toBe(goodTitle)
  })

  test('7 NUL and other control characters', async () => {
    expect(await titleOf(good.replace('Café', 'C\0a\u0007f\u001bé\u007f'))).toBe(goodTitle)
    // XML cannot carry them at all, so the server's own flaw reaches us as U+FFFD
    expect(await resource(good.replace('Café', 'C\u0007afé'))).toBe('read')
  })

  test('8 a lone surrogate', async () => {
    const account = icsProvider().open({
      settings: { text: good.replace('Café', '\ud800') },
      credentials: undefined,
    })
    const [listed] = await account.listCalendars()
    const { changes } = await pull(account, listed?.id ?? '')
    expect(outcomeOf(changes[0]).content.title).toBe('\ufffd, 午後')
  })

  test('9 a fold between the bytes of one character, over the web as from a file', async () => {
    const bytes = new TextEncoder().encode(good)
    for (const [byte, fold] of [
      [0xc3, [0x0d, 0x0a, 0x20]],
      [0xe5, [0x0a, 0x09]],
    ] as const) {
      const inside = bytes.indexOf(byte) + 1
      expect(await titleOf(Uint8Array.from([...bytes.slice(0, inside), ...fold, ...bytes.slice(inside)]))).toBe(
        goodTitle,
      )
    }
  })

  test('10 two million folds of one byte each, in the time of the bytes', async () => {
    const events = Array.from({ length: 8 }, (_, n) => event(`${n}`, start, `SUMMARY:${'x\r\n '.repeat(250_000)}`))
    const text = calendar(...events.flat())
    let found = ''
    const ms = await cpuMs(async () => {
      found = await verdict(pullFile(text))
    })
    expect(found).toBe('8 read')
    expect(ms).toBeLessThan(2_500)
  })
})
