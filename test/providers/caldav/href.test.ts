import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { spellings } from '../../../src/providers/caldav/context.js'
import { isPlainPath, toId } from '../../../src/providers/caldav/href.js'

const site = 'https://dav.example.com/'
const segment = fc.string({
  unit: fc.constantFrom(...'abzAZ09-_.~!*()@:$,+=;'.split(''), '%', '%2e', '%40', "'", ' ', '\\', '?', '#', 'é', '%2F'),
  minLength: 1,
  maxLength: 6,
})
const path = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '/', '//'))
  .map(([segments, end]) => `/${segments.join('/')}${end}`)

describe('an href', () => {
  test('that is taken as it stands has the id that it would have if it were read as an address', () => {
    let plain = 0
    fc.assert(
      fc.property(path, (href) => {
        if (!isPlainPath(href)) return
        plain++
        // A host in capitals is another text, so that this one is read.
        expect(toId(`https://DAV.example.com${href}`, site)).toBe(href)
        expect(toId(`https://dav.example.com${href}`, site)).toBe(href)
        expect(spellings(site).urlOf(href)).toBe(new URL(href, site).href)
      }),
      { numRuns: 3_000 },
    )
    expect(plain).toBeGreaterThan(100)
  })

  test.each([
    '/a/../b',
    '/a/./b',
    '/a/..',
    '//host/a',
    '/a//b',
    '/a%40b',
    '/a b',
    'a/b',
    '/a?b',
    '/a#b',
    '',
    '/',
    '/a\\..\\b',
  ])('%s is read as an address', (href) => expect(isPlainPath(href)).toBe(false))
})
