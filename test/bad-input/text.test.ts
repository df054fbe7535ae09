import { describe, expect, test } from 'vitest'
import { completeContent, type EventContent, occurrenceOf } from '../../src/model/content.js'
import { sameContent } from '../../src/model/equality.js'
import type { CreateKey, RemoteCalendarId } from '../../src/model/ids.js'
import type { Mark } from '../../src/model/origin.js'
import { cpuMs, davAccount, event, judged, odd, outcomeOf, pull, start, stubOfThisFile } from './support.js'

/** Rows of the catalogue that concern what events say: what is read, and what is written of it. */

const dav = stubOfThisFile()
const seen = (lines: readonly string[]) => judged(dav.stub, lines)
const contentOf = async (...lines: readonly string[]): Promise<EventContent> => (await seen(odd(...lines))).content
const titleOf = async (title: string) => (await contentOf(start, `SUMMARY:${title}`)).title

/** Creates an event at the server, and gives the text that stands there and what is read from it. */
async function written(
  given: Partial<EventContent>,
): Promise<{ readonly text: string; readonly content: EventContent }> {
  const name = `written-${++count}`
  dav.stub.addCalendar(name)
  const key = '0'.repeat(32) as CreateKey
  const [groupId, eventId, calendarId] = ['g', 'e', 'c'] as never[]
  const mark = { groupId, eventId, calendarId, incarnation: 0, key, signature: 's' } as unknown as Mark
  const content = completeContent({ time, ...given })
  await davAccount(dav.stub).create(dav.stub.calendar(name) as RemoteCalendarId, { key, content, mark })
  const { changes } = await pull(davAccount(dav.stub), dav.stub.calendar(name))
  return { text: dav.stub.get(name, `${key}.ics`) ?? '', content: outcomeOf(changes[0]).content }
}
let count = 0

const utc = (local: string) => ({ kind: 'timed', local, zone: 'UTC' }) as const
const time = { start: utc('2026-03-04T09:00:00'), end: utc('2026-03-04T10:00:00') }

/** Every line begins with a name of iCalendar's own grammar; none was smuggled in. */
function namesIn(text: string): readonly string[] {
  return text
    .replaceAll('\r\n ', '')
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(/[:;]/, 1)[0] ?? '')
}

describe('texts', () => {
  test('62 script in a title is text, and nothing but text', async () => {
    for (const title of ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', 'javascript:alert(1)'])
      expect(await titleOf(title)).toBe(title)
  })

  test('63 a twin of the description in 2 MB of HTML does not cost the event; only the text is read', async () => {
    const html = `<style>p{}</style><img src=https://track.example.com/1>${'<p>x</p>'.repeat(250_000)}`
    const { content, event: shown } = await seen(
      odd(start, 'DESCRIPTION:Plain', `X-ALT-DESC;FMTTYPE=text/html:${html}`),
    )
    expect(content.description).toBe('Plain')
    expect(shown.raw).toContain('track.example.com')
    expect((await seen(odd(start, `DESCRIPTION:${'x'.repeat(300_000)}`))).issue).toBe('limit_exceeded LIMIT_VALUE')
  })

  test('63 a text at the limit that is all commas can be read again in the copy that we write of it', async () => {
    const location = ','.repeat(262_100)
    expect((await contentOf(start, `DESCRIPTION:${location}`)).description).toBe(location)
    expect((await written({ location })).content.location).toBe(location)
  })

  test('64 letters that run the other way, have no width or look like others stay as they are', async () => {
    for (const title of ['\u202Eevil\u202C', 'a\u200Bb\u200Dc', 'Сafé']) expect(await titleOf(title)).toBe(title)
  })

  test('65 emoji and joined letters; composed and decomposed are equal and written as typed', async () => {
    const [composed, decomposed] = ['Caf\u00e9 👩‍👩‍👧', 'Cafe\u0301 👩‍👩‍👧']
    const [a, b] = [await contentOf(start, `SUMMARY:${composed}`), await contentOf(start, `SUMMARY:${decomposed}`)]
    expect([a.title, b.title]).toEqual([composed, decomposed])
    expect(sameContent(a, b)).toBe(true)
    expect((await written({ title: decomposed })).text).toContain(`SUMMARY:${decomposed}`)
  })

  test('66 blanks at the end, kinds of line ends and spaces that do not break are equal', async () => {
    const [a, b] = [
      await contentOf(start, 'SUMMARY:one\u00a0two', 'DESCRIPTION:a \\nb\\n\\n'),
      await contentOf(start, 'SUMMARY:one two ', 'DESCRIPTION:a\\nb'),
    ]
    expect(sameContent(a, b)).toBe(true)
    expect(sameContent(a, await contentOf(start, 'SUMMARY:onetwo', 'DESCRIPTION:a\\nb'))).toBe(false)
  })

  test('67 line ends, commas, semicolons and backslashes come back as they went', async () => {
    const text = 'a\nb, c; d\\ e\\n f\\\\n: "g"'
    const { content } = await written({ title: 'x', description: text, categories: ['a,b', 'c;d', 'e\\'] })
    expect([content.description, content.categories]).toEqual([text, ['a,b', 'c;d', 'e\\']])
  })

  test('68 the beginning of an event inside of a title stays inside of it', async () => {
    const title = 'x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil'
    const { text, content } = await written({ title })
    expect(content.title).toBe(title.replaceAll('\r\n', '\n'))
    expect(namesIn(text).filter((name) => name === 'BEGIN' || name === 'UID')).toEqual(['BEGIN', 'BEGIN', 'UID'])
  })

  test('69 a line end in an address, a name, a colour or a link begins no line', async () => {
    const evil = 'x\r\nX-EVIL:1\nX-EVIL:2\u0000\u0085\u2028'
    const { text } = await written({
      title: evil,
      location: evil,
      url: `https://example.com/${evil}`,
      color: evil,
      categories: [evil],
      conferences: [{ url: `https://example.com/${evil}`, label: evil }],
      attachments: [{ url: `https://example.com/${evil}`, name: evil, mimeType: evil }],
      attendees: [
        { email: `a@example.com${evil}`, name: evil, role: 'required', status: 'needs_action', type: 'individual' },
      ],
      organizer: { email: `b@example.com${evil}`, name: evil },
    })
    expect(namesIn(text)).not.toContain('X-EVIL')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\u0000-\u001f\u007f]/)
  })
})

describe('people, files and reminders', () => {
  test('71 1,001 attendees', async () => {
    const people = Array.from({ length: 1_001 }, (_, n) => `ATTENDEE:mailto:p${n}@example.com`)
    expect((await seen(odd(start, ...people))).issue).toBe('limit_exceeded LIMIT_ATTENDEES')
    expect((await seen(odd(start, ...people.slice(1)))).issue).toBe('read')
  })

  test('71 one attendee with 50,000 parameters, in a blink', async () => {
    let issue = ''
    const ms = await cpuMs(async () => {
      issue = (await seen(odd(start, `ATTENDEE${';a=b'.repeat(50_000)}:mailto:a@example.com`))).issue
    })
    expect(issue).toBe('invalid_event BAD_LINE')
    expect(ms).toBeLessThan(500)
  })

  test('72 an address without mailto, two organizers, an organizer who attends', async () => {
    const { attendees, organizer } = await contentOf(
      start,
      'ORGANIZER:Jane@Example.com',
      'ORGANIZER:mailto:second@example.com',
      'ATTENDEE;PARTSTAT=ACCEPTED:jane@example.com',
      'ATTENDEE:mailto:JANE@example.com',
      'ATTENDEE:invalid',
    )
    expect(organizer?.email).toBe('jane@example.com')
    expect(attendees.map(({ email, status }) => [email, status])).toEqual([['jane@example.com', 'accepted']])
  })

  test('73 25 MB inside of the text are no attachment of ours, and cost nothing else', async () => {
    const bytes = `ATTACH;ENCODING=BASE64;VALUE=BINARY:${'QUJD'.repeat(6_000_000)}`
    const link = 'ATTACH:https://example.com/a.pdf'
    const { attachments } = await contentOf(start, bytes, link)
    expect(attachments).toEqual([{ url: 'https://example.com/a.pdf' }])
  })

  test('74 reminders before, after the end and at a time, fifty of them, and some that are none', async () => {
    const alarm = (trigger: string, action = 'DISPLAY') => [
      'BEGIN:VALARM',
      `ACTION:${action}`,
      `TRIGGER${trigger}`,
      'END:VALARM',
    ]
    const fifty = Array.from({ length: 50 }, (_, n) => alarm(`:-PT${n + 1}M`)).flat()
    const others = [
      ...alarm(';RELATED=END:PT5M'),
      ...alarm(';VALUE=DATE-TIME:20260304T080000Z'),
      ...alarm(':tomorrow'),
      ...alarm(':-PT1M', 'NONE'),
      ...alarm(':-PT1M'), // said already
    ]
    const { reminders } = await contentOf(start, ...fifty, ...others)
    expect(reminders).toHaveLength(52)
    expect(reminders.slice(-2)).toEqual([
      { method: 'popup', trigger: { kind: 'offset', seconds: 300, from: 'end' } },
      { method: 'popup', trigger: { kind: 'at', at: '2026-03-04T08:00:00Z' } },
    ])
  })
})

describe('what others keep in an event', () => {
  test('76 properties that nobody knows are there after an edit of ours, letter by letter', async () => {
    const unknown = [
      'X-ODD;P="a;b:c";CONSTRUCTOR=d:1\\,2',
      'X-EMPTY:',
      '__PROTO__:x',
      'IMAGE;VALUE=URI:https://e.com/a',
    ]
    const { event: shown, content } = await seen(event('odd', start, 'SUMMARY:old', ...unknown))
    const calendarId = shown.id.slice(0, shown.id.lastIndexOf('/') + 1)
    const [name = '', file = ''] = shown.id.split('/').slice(-2)
    await davAccount(dav.stub).update(calendarId as RemoteCalendarId, {
      current: shown,
      content: { ...content, title: 'new' },
      fields: ['title'],
    })
    const text = dav.stub.get(name, file)
    expect(text).toContain('SUMMARY:new')
    for (const line of unknown) expect(text).toContain(`\r\n${line}\r\n`)
  })

  test('77 METHOD in a stored object is passed over, and not written back', async () => {
    const name = 'method'
    dav.stub.addCalendar(name)
    const stored = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'METHOD:REQUEST', ...odd(start), 'END:VCALENDAR', '']
    dav.stub.put(name, 'a.ics', stored.join('\r\n'))
    const { changes } = await pull(davAccount(dav.stub), dav.stub.calendar(name))
    const { content, event: current } = outcomeOf(changes[0])
    await davAccount(dav.stub).update(dav.stub.calendar(name) as RemoteCalendarId, {
      current,
      content: { ...content, title: 'new' },
      fields: ['title'],
    })
    expect(dav.stub.get(name, 'a.ics')).not.toContain('METHOD')
  })

  test('83 numbers that are none count for nothing', async () => {
    const lines = ['PRIORITY:1e309', 'SEQUENCE:1e309', 'GEO:NaN;NaN', 'X-A:1']
    const { content, event: shown } = await seen(odd(start, ...lines))
    expect([content.priority, content.geo, shown.stamps.sequence]).toEqual([null, null, 0])
    expect(occurrenceOf(content)).toEqual(occurrenceOf(await contentOf(start)))
  })
})
