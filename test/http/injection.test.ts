import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patchObject } from '../../src/ical/patch.js'
import { readObject } from '../../src/ical/read.js'
import { writeObject } from '../../src/ical/write.js'
import { completeContent, type EventContent, type Field, fields } from '../../src/model/content.js'
import type { RemoteCalendarId, RemoteId } from '../../src/model/ids.js'
import { multigetBody, syncCollectionBody } from '../../src/providers/caldav/client.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import { parseMultistatus } from '../../src/providers/caldav/xml.js'

/** Threat 9: what people and servers write never ends a line, a value, a header or a path of what we send. */

const now = Date.UTC(2026, 10, 1)

/** Raised by CALWEAVE_FUZZ. */
const cases = Number(process.env['CALWEAVE_FUZZ'] ?? 40)

const attacks = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        ...[
          '\r\n',
          '\n',
          '\r',
          '\0',
          '\u0001',
          '\u001b',
          '\u007f',
          '\u0085',
          '\u2028',
          '\ud800',
          '\\',
          '\\n',
          '"',
          "'",
        ],
        ...[':', ';', ',', '^', '^n', '<', '>', '&', ']]>', '%', '%0d%0a', '/', '..', '?', '#', ' ', '\t', '🦊', 'ü'],
        ...[
          'ATTENDEE:mailto:mallory@example.net',
          'END:VEVENT',
          'BEGIN:VALARM',
          'X-EVIL:1',
          ';X-EVIL=1',
          'é'.repeat(40),
        ],
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
)

const plain: EventContent = completeContent({
  title: 'Title',
  description: 'Description',
  location: 'Place',
  time: {
    start: { kind: 'timed', local: '2026-03-04T09:00:00', zone: 'Europe/Berlin' },
    end: { kind: 'timed', local: '2026-03-04T09:30:00', zone: 'Europe/Berlin' },
  },
  categories: ['Work'],
  color: 'tomato',
  url: 'https://example.com/page',
  conferences: [{ url: 'https://example.com/meet', label: 'Room' }],
  attachments: [{ url: 'https://example.com/file', name: 'File', mimeType: 'text/plain' }],
  attendees: [
    { email: 'ada@example.com', name: 'Ada', role: 'required', status: 'accepted', type: 'individual' },
    { email: 'jo@example.com', role: 'required', status: 'needs_action', type: 'individual' },
  ],
  organizer: { email: 'pat@example.com', name: 'Pat' },
})

/** Every text in a content that somebody else may have written, put after something harmless. */
const places: Readonly<Record<string, (attack: string) => Partial<EventContent>>> = {
  title: (a) => ({ title: `T${a}` }),
  description: (a) => ({ description: `D${a}` }),
  location: (a) => ({ location: `L${a}` }),
  category: (a) => ({ categories: [`C${a}`] }),
  color: (a) => ({ color: `tomato${a}` }),
  url: (a) => ({ url: `https://example.com/page${a}` }),
  'conference url': (a) => ({ conferences: [{ url: `https://example.com/meet${a}`, label: 'Room' }] }),
  'conference label': (a) => ({ conferences: [{ url: 'https://example.com/meet', label: `R${a}` }] }),
  'attachment url': (a) => ({ attachments: [{ url: `https://example.com/file${a}`, name: 'File' }] }),
  'attachment name': (a) => ({ attachments: [{ url: 'https://example.com/file', name: `F${a}` }] }),
  'attachment type': (a) => ({ attachments: [{ url: 'https://example.com/file', mimeType: `text/plain${a}` }] }),
  'attendee address': (a) => ({ attendees: [{ ...guest, email: `ada@example.com${a}` }] }),
  'attendee name': (a) => ({ attendees: [{ ...guest, name: `A${a}` }] }),
  'organizer address': (a) => ({ organizer: { email: `pat@example.com${a}` } }),
  'organizer name': (a) => ({ organizer: { email: 'pat@example.com', name: `P${a}` } }),
}
const guest = { email: 'ada@example.com', role: 'required', status: 'accepted', type: 'individual' } as const

/** The names of the lines of a text, in order, once they are unfolded. */
function lineNames(text: string): readonly string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f]|\p{Surrogate}/u)
  const lines = text.replaceAll('\r\n ', '').replaceAll('\r\n\t', '').split('\r\n')
  return lines.map((line) => line.slice(0, line.search(/[:;]|$/)))
}

function contentIn(text: string): EventContent {
  const unit = readObject(text)
  if (!unit.ok) throw unit.error
  return unit.content
}

describe.each(Object.entries(places))('any text as %s', (_name, place) => {
  const same = (written: string, content: EventContent): void => {
    const [changed] = Object.keys(place('')) as [Field]
    // a value that nothing can be made of may be left out, with its line
    const harmless = [...lineNames(writeObject({ uid: 'u@example.com', content: { ...plain, ...place('') }, now }))]
    for (const name of lineNames(written)) {
      const at = harmless.indexOf(name)
      expect([name, at >= 0]).toEqual([name, true])
      harmless.splice(at, 1)
    }
    if (['title', 'description', 'location', 'attendees'].includes(changed)) expect(harmless).toEqual([])
    const read = contentIn(written)
    for (const field of fields) if (field !== changed) expect([field, read[field]]).toEqual([field, content[field]])
    // once written and read, it stays as it is
    expect(contentIn(writeObject({ uid: 'u@example.com', content: read, now }))).toEqual(read)
  }

  test('makes no line, breaks no other field, and is stable', () => {
    const rest = contentIn(writeObject({ uid: 'u@example.com', content: plain, now }))
    fc.assert(
      fc.property(attacks, (attack) => {
        same(writeObject({ uid: 'u@example.com', content: { ...plain, ...place(attack) }, now }), rest)
      }),
      { numRuns: cases },
    )
  })

  test('nor when it is written into a text that is there', () => {
    const before = writeObject({ uid: 'u@example.com', content: plain, now })
    const rest = contentIn(before)
    fc.assert(
      fc.property(attacks, (attack) => {
        const change = place(attack)
        const content = { ...plain, ...change }
        const written = patchObject(before, { content, fields: Object.keys(change) as Field[], now })
        const added = lineNames(written).filter((name) => !lineNames(before).includes(name))
        expect(added.filter((name) => name !== 'SEQUENCE' && name !== 'LAST-MODIFIED')).toEqual([])
        const read = contentIn(written)
        for (const field of fields) if (!(field in change)) expect([field, read[field]]).toEqual([field, rest[field]])
      }),
      { numRuns: Math.ceil(cases / 2) },
    )
  })
})

test('any text as a UID is one line', () => {
  fc.assert(
    fc.property(attacks, (attack) => {
      const written = writeObject({ uid: `u${attack}`, content: plain, now })
      expect(lineNames(written)).toEqual(lineNames(writeObject({ uid: 'u', content: plain, now })))
    }),
  )
})

/** What XML can carry, and what a server can therefore have told us. */
const inXml = attacks.map((text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML cannot carry
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, ''),
)

test('any sync token, and any href, is one value in the report that carries it', () => {
  const textsOf = (body: string): readonly string[] => {
    const responses = body
      .replace(/^<([CD]):[\w-]+/, '<D:multistatus')
      .replace(/<\/([CD]):[\w-]+>$/, '</D:multistatus>')
    const read = parseMultistatus(responses.replace(/(<D:href>.*<\/D:href>)/s, '<D:response>$1</D:response>'))
    return read.syncToken === undefined ? (read.responses[0]?.hrefs ?? []) : [read.syncToken]
  }
  fc.assert(
    fc.property(fc.array(inXml, { minLength: 1, maxLength: 4 }), (texts) => {
      const trimmed = texts.map((text) => text.trim())
      expect(textsOf(syncCollectionBody(trimmed[0] ?? ''))).toEqual([trimmed[0]])
      expect(textsOf(multigetBody(trimmed))).toEqual(trimmed)
    }),
    { numRuns: cases * 4 },
  )
})

test('any name of an event is one segment of the path, and comes back as the name that it was', async () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((text) => !/\p{Surrogate}/u.test(text) && !/^\.{1,2}$/.test(text))
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        name,
        attacks.filter((text) => !/\p{Surrogate}/u.test(text) && !/^(?:\.{1,2})?$/.test(text)),
      ),
      async (file) => {
        const asked: string[] = []
        const account = caldavProvider({
          fetch: async (input, init) => {
            const { url, method } = new Request(input, init)
            asked.push(url)
            return method === 'GET' ? new Response(null, { status: 404 }) : new Response(null, { status: 501 })
          },
        }).open({ settings: { url: 'https://dav.example.com/c/' }, credentials: { username: 'a', password: 'b' } })
        const id = `/c/work/${encodeURIComponent(file)}` as RemoteId
        await account.fetch('/c/work/' as RemoteCalendarId, [id]).catch(() => undefined)
        const segments = asked.map((url) => new URL(url).pathname.split('/')).filter((parts) => parts.length === 4)
        const events = segments.map((parts) => decodeURIComponent(parts[3] ?? '')).filter((part) => part !== '')
        expect(events).toEqual([file])
        expect(asked.every((url) => new URL(url).search === '' && new URL(url).host === 'dav.example.com')).toBe(true)
      },
    ),
    { numRuns: cases },
  )
})

test.each(['jane\r\nX-Evil: 1', 'jane\n', 'ja\0ne', 'ja:ne'])(
  'a user name like %j never becomes a header',
  (username) => {
    const open = () =>
      caldavProvider().open({ settings: { url: 'https://dav.example.com/' }, credentials: { username, password: 'x' } })
    expect(open).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  },
)
