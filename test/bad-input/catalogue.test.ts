import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/**
 * The catalogue of bad input has a hundred rows. Each is the number at the beginning of a test's name in this folder,
 * or it stands here with the reason why it cannot be.
 */
const elsewhere: Readonly<Record<number, string>> = {
  70: 'limits of single providers: CalDAV has none of its own; cutting to a limit is tested with the mapping',
  79: 'maps and rules: refused by their schemas, tested with the mapping',
  80: 'maps and rules: paths are of a fixed list, tested with the mapping',
  81: 'maps and rules: there is no expression of a person to run, tested with the mapping',
  82: 'maps and rules: size and depth are bounded, tested with the mapping',
  86: 'links to a next page exist in JSON services only, of which there is none yet; 91 is its like in CalDAV',
}

/** Tested here as far as it goes; the rest waits for a part that does not exist. */
const inPart: Readonly<Record<number, string>> = {
  62: 'escaping in a page waits for one; here it is text and stays text',
  63: 'HTML to text is tested with the mapping',
  64: 'isolating directions waits for a page that shows titles',
  83: 'numbers in JSON answers wait for a service that answers in JSON; here settings and iCalendar',
}

const folder = new URL('./', import.meta.url)
const rows = new Set(
  readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(new URL(file, folder), 'utf8').matchAll(/(?:test\(\s*|\[)['"`](\d{1,3}) /g)])
    .map((found) => Number(found[1])),
)

describe('the catalogue of bad input', () => {
  test('has a test for each of its hundred rows, or a reason', () => {
    const missing = Array.from({ length: 100 }, (_, index) => index + 1).filter((row) => !rows.has(row))
    expect(missing).toEqual(Object.keys(elsewhere).map(Number))
  })

  test('names no row as waiting that has no test at all', () => {
    expect(Object.keys(inPart).filter((row) => !rows.has(Number(row)))).toEqual([])
  })
})
