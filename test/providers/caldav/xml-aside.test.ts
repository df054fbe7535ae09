import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMultistatus } from '../../../src/providers/caldav/xml.js'
import { abridged } from '../../../src/providers/caldav/xml-aside.js'

const open = '<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'

function documentWith(inner: string, tag = 'C:calendar-data', head = ''): string {
  const prop = `<D:prop><${tag}>${inner}</${tag.split(' ')[0]}></D:prop>`
  const propstat = `<D:propstat>${prop}<D:status>HTTP/1.1 200 OK</D:status></D:propstat>`
  return `${head}${open}<D:response><D:href>/a.ics</D:href>${propstat}</D:response></D:multistatus>`
}

/** With a comment in it, nothing is taken out of a document, and the parser reads all of it. */
function wholly(text: string): string {
  return `${text}<!-- -->`
}

function readingOf(text: string): unknown {
  try {
    return parseMultistatus(text)
  } catch (error) {
    return (error as { readonly reason?: string }).reason
  }
}

describe('event texts that are taken out of a report', () => {
  const part = fc.constantFrom(
    ...[
      'BEGIN:VEVENT',
      '\r\n',
      '\n',
      '\r',
      '&#13;',
      '&#xD;',
      '&#10;',
      '&amp;',
      '&lt;',
      '&gt;',
      '&quot;',
      '&apos;',
      '&',
    ],
    ...[
      '&nope;',
      '&#0;',
      '&#xD800;',
      ']]>',
      ']]&gt;',
      '&amp;#13;',
      '&amp;amp;',
      ' ',
      '\t',
      '\u0085',
      '\u2028',
      '>',
      '"',
    ],
    ...['ü', '\u{1F600}', '\uD800', '\uE000', '\uE0000\uE000', '<b/>', '</b>', '<C:calendar-data>', '<![CDATA[x]]>'],
    ...['<?x y?>', '\u0001', '\uFFFE', '&#', '&;', ';', '=', 'SUMMARY:x'],
  )
  const head = fc.constantFrom(
    '',
    '<?xml version="1.0"?>',
    '<?xml version="1.1"?>',
    "<?xml version='1.0' ?>\n",
    '\uFEFF',
  )
  const tag = fc.constantFrom(
    ...[
      'C:calendar-data',
      'calendar-data',
      'C:calendar-data a="1"',
      "C:calendar-data a='&gt;'",
      'C:calendar-data a=">"',
    ],
    ...['D:displayname', 'C:calendar-data a="1" b=""', 'C:calendar-data '],
  )

  test('mean what they mean to a parser that reads every character', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), tag, head, (parts, name, first) => {
        const text = documentWith(parts.join(''), name, first)
        expect(readingOf(text)).toEqual(readingOf(wholly(text)))
      }),
      { numRuns: 1_500 },
    )
  })

  test('are taken out at all', () => {
    const { aside } = abridged(documentWith('BEGIN:VCALENDAR&#13;\nSUMMARY:a &amp; b\r\n', 'C:calendar-data a="1"'))
    expect([...aside.values()]).toEqual(['BEGIN:VCALENDAR\r\nSUMMARY:a & b\n'])
  })

  test('stay where they are beside a name that is already in the document', () => {
    expect(abridged(documentWith('BEGIN:VCALENDAR \uE0000\uE000')).aside.size).toBe(0)
  })
})
