import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completeContent } from '../../../../src/model/content.js'
import { readOccurrence, writeFields } from '../../../../src/providers/microsoft/event-map.js'
import { type GraphEvent, longestBody, readItem } from '../../../../src/providers/microsoft/wire.js'
import { framed, shown } from './shown.js'

const start = { kind: 'timed', local: '2026-03-04T09:00:00', zone: 'UTC' } as const
const written = (description: string, before?: GraphEvent) =>
  writeFields(completeContent({ time: { start, end: start }, description }), ['description', 'time'], { before })
const event = (content: string, contentType = 'html'): GraphEvent => ({
  ...shown(written('')),
  body: { contentType, content },
})
const read = (given: GraphEvent) => readOccurrence(given).description
/** A text as a person's event has it there: without what we keep. */
const plainly = (description: string) => read(event(framed({ contentType: 'text', content: description })))

describe('text in a frame of Exchange', () => {
  test.each([
    'A single timed event.',
    'Line one\nLine two',
    'Two\n\n\nempty lines',
    '  indented\n    more  blanks   inside',
    'a < b && c > d, "quoted" & it\'s <ada@example.com>',
    'See https://example.com/a?b=1&c=2 and http://example.org',
    '&lt; is no angle, &nbsp; no blank',
    'Zoë 🎉 山田',
  ])('%j is read back as it was sent', (text) => {
    expect(plainly(text)).toBe(text)
  })

  test('any text is read back as it was sent, but for what is not seen', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', ' ', '\n', '<', '>', '&', '"', 'amp;', '_', 'é')), (parts) => {
        const text = parts.join('')
        fc.pre(!/<[a-z/!]/i.test(text))
        expect(plainly(text)).toBe(text.trimEnd())
      }),
    ))

  test.each(['', ' ', '\n'])('nothing at all (%j) is nothing', (text) => {
    expect(plainly(text)).toBe('')
  })

  test('a line that Exchange broke in its HTML is one line', () => {
    expect(read(event('<html><body>\r\n<p>A line that is\r\n broken</p>\r\n</body></html>'))).toBe(
      'A line that is broken',
    )
    expect(read(event('<body><div class="PlainText">A line that is\r\nbroken<br>\r\nAnd another</div></body>'))).toBe(
      'A line that is broken\nAnd another',
    )
  })

  test('a text that Graph gives as text is as it stands', () => {
    expect(read(event('One <b>\r\nTwo  \r\n', 'text'))).toBe('One <b>\nTwo')
  })

  test('more than text is read as people see it', () => {
    const html =
      '<div class="PlainText">Plain</div><table><tr><td>One</td><td>Two</td></tr></table><script>alert(1)</script>'
    expect(read(event(html))).toBe('Plain\n\nOne Two')
    expect(read(event('<p>See <a href="https://example.com/a">this page</a></p>'))).toBe(
      'See this page [https://example.com/a]',
    )
  })
})

describe('HTML', () => {
  const html = '<p>Bring <b>all</b> papers</p><ul><li>one</li><li>two</li></ul>'

  test('goes out as HTML, and is read back letter by letter while nobody changes it', () => {
    expect(written(html)['body']).toEqual({ contentType: 'html', content: html })
    expect(read(shown(written(html)))).toBe(html)
  })

  test('is text when somebody changed what it says', () => {
    const there = shown(written(html))
    const edited = {
      ...there,
      body: { contentType: 'html', content: '<html><body><p>Bring no papers</p></body></html>' },
    }
    expect(read(edited)).toBe('Bring no papers')
  })

  test('with line breaks of its own keeps them to be seen', () => {
    expect(written('<b>One</b>\nTwo')['body']).toEqual({ contentType: 'html', content: '<b>One</b><br>\r\nTwo' })
    expect(read(shown(written('<b>One</b>\nTwo')))).toBe('<b>One</b>\nTwo')
  })

  test('that is too long to be kept is read back as its text', () => {
    const long = `<p>${'word '.repeat(5_000)}</p>`
    expect(read(shown(written(long)))).toBe('word '.repeat(5_000).trimEnd())
  })
})

describe('how to join a meeting', () => {
  const link = 'https://teams.example.com/meet/999?p=EXAMPLE'
  const line = `<div style="width:100%"><span style="opacity:.36">${'_'.repeat(80)}</span>\r\n</div>`
  const part = `${line}\r\n<div class="me-email-text" lang="">\r\n<span>Microsoft Teams</span><a href="${link}" class="me-email-headline">Join</a></div>`
  const meeting = (own: string): GraphEvent => ({
    ...event(`<html><body>\r\n${own}\r\n${part}\r\n</body></html>`),
    isOnlineMeeting: true,
    onlineMeetingProvider: 'teamsForBusiness',
    onlineMeeting: { joinUrl: link },
  })

  test('is no part of the description', () => {
    expect(read(meeting('<p>Agenda</p>'))).toBe('Agenda')
    expect(read(meeting('<br>'))).toBe('')
  })

  test('stays where it is when the description is changed', () => {
    const before = meeting('<p>Agenda</p>')
    const body = written('New agenda\nin two lines', before)
    expect(body['body']).toMatchObject({ contentType: 'html', content: expect.stringContaining(part) })
    expect(body['body']).not.toMatchObject({ content: expect.stringContaining('<p>Agenda') })
    expect(read(shown(body, before))).toBe('New agenda\nin two lines')
  })

  test('is the link of the conference', () => {
    expect(readOccurrence(meeting('')).conferences).toEqual([{ url: link, label: 'Microsoft Teams' }])
  })

  test('a line of underscores in an event that is no meeting is a line', () => {
    expect(plainly(`Above\n${'_'.repeat(80)}\nbelow`)).toBe(`Above\n${'_'.repeat(80)}\nbelow`)
  })
})

describe('bodies that nobody wrote', () => {
  const took = (content: string): number => {
    const from = performance.now()
    const item = readItem({ ...event(''), body: { contentType: 'html', content } })
    if (item.kind === 'broken') throw new Error(item.path)
    expect(item.event.body?.content?.length ?? 0).toBeLessThanOrEqual(longestBody)
    expect(read(item.event).length).toBeLessThanOrEqual(262_144)
    return performance.now() - from
  }
  const much = 2_000_000

  test.each([
    ['words', 'word '.repeat(much / 5)],
    ['blanks', ' '.repeat(much)],
    ['plain lines', `<div class="PlainText">${'a<br>\r\n'.repeat(much / 7)}</div>`],
    ['plain blanks', `<div class="PlainText">${' '.repeat(500_000)}x`],
    ['nested blocks', '<div>'.repeat(much / 5)],
    ['links that do not end', `<div class="PlainText">${'<a href="'.repeat(50_000)}`],
    ['one link of many addresses', `<div class="PlainText"><a ${'href=" '.repeat(50_000)}>x</a></div>`],
    ['tags that do not end', '<div '.repeat(much / 5)],
    ['bodies', '<body>'.repeat(much / 6)],
    ['entities', `<div class="PlainText">${'&#'.repeat(much / 4)}`],
    ['a script', `<script>${'<b>x</b>'.repeat(much / 8)}</script>`],
    ['underscores', '_'.repeat(much)],
  ])('two megabytes of %s are read in bounded time', (_name, content) => {
    expect(took(content)).toBeLessThan(5_000)
  })
})
