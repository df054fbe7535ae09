import { describe, expect, test } from 'vitest'
import { parseErrorBody, parseMultistatus } from '../../src/providers/caldav/xml.js'
import { cpuMs } from '../bad-input/support.js'

/** Threat 6: what a document may do to whoever reads it. More of it in bad-input/wire.test.ts D.0 and caldav/xml.test.ts. */

const wrap = (inner: string, before = ''): string =>
  `<?xml version="1.0"?>${before}<d:multistatus xmlns:d="DAV:">${inner}</d:multistatus>`
const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')

describe('a document type', () => {
  test.each([
    ['entities that multiply', wrap('&l9;', `<!DOCTYPE d [<!ENTITY l0 "ha">${laughs}]>`)],
    [
      'an entity as long as it is often used',
      wrap('&a;'.repeat(50_000), `<!DOCTYPE d [<!ENTITY a "${'x'.repeat(50_000)}">]>`),
    ],
    ['a file', wrap('&f;', '<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]>')],
    ['an address', wrap('', '<!DOCTYPE d SYSTEM "http://169.254.169.254/">')],
    ['a parameter entity', wrap('', '<!DOCTYPE d [<!ENTITY % p SYSTEM "http://example.net/"> %p;]>')],
    ['nothing', wrap('', '<!DOCTYPE d>')],
    ['nothing, written small', wrap('', '<!doctype d>')],
    ['nothing, after the end', `${wrap('')}<!DOCTYPE d>`],
    ['nothing, inside', wrap('<!DOCTYPE d>')],
  ])('with %s is refused at once', async (_name, text) => {
    const ms = await cpuMs(() =>
      expect(() => parseMultistatus(text)).toThrow(expect.objectContaining({ code: 'invalid_response' })),
    )
    expect(ms).toBeLessThan(500)
    const { conditions, hrefs } = parseErrorBody(text.replaceAll('multistatus', 'error'))
    expect([conditions.filter((name) => name !== 'error'), hrefs]).toEqual([[], []])
  })
})

describe('a document of half a megabyte', () => {
  const rows: readonly (readonly [name: string, text: string])[] = [
    ['one attribute', wrap(`<a b="${'x'.repeat(500_000)}"/>`)],
    ['attributes', wrap(`<a ${Array.from({ length: 30_000 }, (_, n) => `a${n}="${n}"`).join(' ')}/>`)],
    ['namespaces', wrap(`<a ${Array.from({ length: 20_000 }, (_, n) => `xmlns:n${n}="u:${n}"`).join(' ')}/>`)],
    ['one name', wrap(`<${'a'.repeat(500_000)}/>`)],
    ['references', wrap('&#x41;'.repeat(130_000))],
    ['comments', wrap('<!-- a -->'.repeat(50_000))],
    ['instructions', wrap('<?a b?>'.repeat(120_000))],
    ['CDATA', wrap('<![CDATA[]]>'.repeat(80_000))],
    ['empty elements', wrap('<d:a/>'.repeat(130_000))],
    ['blanks', wrap(' '.repeat(500_000))],
    ['an open tag without an end', `${wrap('').slice(0, -1)}${' a'.repeat(250_000)}`],
    ['wide and deep', wrap(`${'<d:a>'.repeat(60)}${'<d:b/>'.repeat(50_000)}${'</d:a>'.repeat(60)}`)],
  ]
  // Each takes about a tenth of that; work that grows with the square of the length would take minutes.
  test.each(rows)('made of %s is read or refused within seconds', async (_name, text) => {
    const ms = await cpuMs(() => {
      try {
        parseMultistatus(text)
      } catch (error) {
        expect(error).toMatchObject({ name: 'SyncError' })
      }
    })
    expect(ms).toBeLessThan(1_500)
  })
})
