import { describe, expect, test } from 'vitest'
import { ns, parseErrorBody, parseMultistatus, prop } from '../../../src/providers/caldav/xml.js'

const wrap = (inner: string): string => `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${inner}</d:multistatus>`

describe('parseMultistatus', () => {
  test('takes names by namespace, whatever the prefix', () => {
    for (const [open, close, p] of [
      ['<multistatus xmlns="DAV:">', '</multistatus>', ''],
      ['<x:multistatus xmlns:x="DAV:">', '</x:multistatus>', 'x:'],
    ] as const) {
      const text = `${open}<${p}response><${p}href>/a</${p}href><${p}propstat><${p}prop><${p}getetag>"1"</${p}getetag></${p}prop><${p}status>HTTP/1.1 200 OK</${p}status></${p}propstat></${p}response>${close}`
      expect(prop(parseMultistatus(text).responses[0], ns.dav, 'getetag')?.text).toBe('"1"')
    }
    const foreign = wrap('<r:response xmlns:r="urn:other"><r:href>/a</r:href></r:response>')
    expect(parseMultistatus(foreign).responses).toEqual([])
  })

  test('takes the properties that were found, in whatever order the propstats come', () => {
    const text = wrap(
      '<d:response><d:href>/a</d:href>' +
        '<d:propstat><d:status>HTTP/1.1 404 Not Found</d:status><d:prop><d:getetag/></d:prop></d:propstat>' +
        '<d:propstat><d:prop><d:displayname>A</d:displayname></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>',
    )
    const [response] = parseMultistatus(text).responses
    expect(response?.status).toBeUndefined()
    expect(prop(response, ns.dav, 'getetag')).toBeUndefined()
    expect(prop(response, ns.dav, 'displayname')?.text).toBe('A')
  })

  test('keeps carriage returns that were written as references, and text inside of CDATA', () => {
    const text = wrap(
      '<d:response><d:href>/a</d:href><d:propstat><d:prop><d:displayname>a&#13;\nb<![CDATA[<c>&amp;]]></d:displayname></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>',
    )
    expect(prop(parseMultistatus(text).responses[0], ns.dav, 'displayname')?.text).toBe('a\r\nb<c>&amp;')
  })

  test.each([
    ['cut after an element', wrap('<d:response/>').replace('</d:multistatus>', ''), 'invalid_response'],
    ['cut inside of a tag', wrap('').slice(0, -3), 'invalid_response'],
    ['wrongly nested', wrap('<d:response><d:href></d:response></d:href>'), 'invalid_response'],
    ['two roots', `${wrap('')}<d:multistatus xmlns:d="DAV:"/>`, 'invalid_response'],
    [
      'an entity bomb',
      `<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]>${wrap('&d;').slice(21)}`,
      'invalid_response',
    ],
    ['an unknown entity', wrap('&nbsp;'), 'invalid_response'],
    ['another root', '<d:error xmlns:d="DAV:"/>', 'invalid_response'],
    ['a root of that name in another namespace', '<multistatus xmlns="urn:x"/>', 'invalid_response'],
    ['nested without end', wrap('<d:a>'.repeat(100_000)), 'limit_exceeded'],
  ])('refuses a document that is %s', (_name, text, code) => {
    expect(() => parseMultistatus(text)).toThrow(expect.objectContaining({ code }))
  })

  test('stops at the depth limit at once', () => {
    const started = performance.now()
    expect(() => parseMultistatus(wrap('<d:a>'.repeat(1_000_000)))).toThrow()
    expect(performance.now() - started).toBeLessThan(1000)
  })

  test('reads 5,000 entries in the time of a blink', () => {
    const entry =
      '<d:response><d:href>/c/e.ics</d:href><d:propstat><d:prop><d:getetag>"e"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>'
    const started = performance.now()
    expect(parseMultistatus(wrap(entry.repeat(5_000))).responses).toHaveLength(5_000)
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test('names such as __proto__ are only names', () => {
    const text = wrap('<d:response><__proto__ polluted="1"/><d:href __proto__="x">/a</d:href></d:response>')
    expect(parseMultistatus(text).responses[0]?.hrefs).toEqual(['/a'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('parseErrorBody', () => {
  test.each([
    ['<error xmlns="DAV:"><valid-sync-token /></error>', 'valid-sync-token'],
    ['<D:error xmlns:D="DAV"><D:no-uid-conflict/></D:error>', 'no-uid-conflict'],
    ['<d:error><d:need-privileges/></d:error>', 'need-privileges'],
    [
      '<error xmlns="DAV:"><urn:ietf:params:xml:ns:caldav:supported-calendar-data/><valid-calendar-data/></error>',
      'valid-calendar-data',
    ],
    ['<error xmlns="DAV:"><if-match/>ETag of "a" does not match "b"', 'if-match'],
  ])('finds the precondition in %s', (text, name) => {
    expect(parseErrorBody(text).conditions).toContain(name)
  })

  test('finds the href of a conflict', () => {
    const text =
      '<D:error xmlns:D="DAV:"><C:no-uid-conflict xmlns:C="urn:ietf:params:xml:ns:caldav"><D:href>/a/b.ics</D:href></C:no-uid-conflict></D:error>'
    expect(parseErrorBody(text).hrefs).toEqual(['/a/b.ics'])
  })

  test.each([
    '',
    'Forbidden',
    '<html><head><title>403</head>',
    '<!DOCTYPE html><html><error>',
    `<error>${'<a>'.repeat(1_000)}`,
  ])('makes nothing of %s', (text) => {
    expect(parseErrorBody(text).conditions).toEqual([])
  })
})
