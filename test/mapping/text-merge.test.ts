import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeText, unionText } from '../../src/mapping/text-merge.js'

const text = fc
  .array(fc.constantFrom('one', 'two', 'three', '', 'constructor', '__proto__'), { maxLength: 8 })
  .map((lines) => lines.join('\n'))
const plain = (value: string) => value.replaceAll(/\n+$/g, '')

describe('two versions of a text', () => {
  test.each([
    ['an edit of the first line and one of the last', 'a\nb\nc', 'A\nb\nc', 'a\nb\nC', 'A\nb\nC'],
    ['a line added on each side', 'a\nb\nc', 'new\na\nb\nc', 'a\nb\nc\nend', 'new\na\nb\nc\nend'],
    ['the same edit on both sides', 'a\nb', 'A\nb', 'A\nb', 'A\nb'],
    ['a line removed and another one changed', 'a\nb\nc\nd', 'b\nc\nd', 'a\nb\nc\nD', 'b\nc\nD'],
    ['line ends of two kinds', 'a\r\nb\r\nc', 'A\nb\nc', 'a\r\nb\r\nC', 'A\nb\nC'],
    ['a text that was emptied on one side', 'a\nb', '', 'a\nb', ''],
  ])('%s are both kept', (_name, base, ours, theirs, merged) => {
    expect(mergeText(base, ours, theirs)).toBe(merged)
    expect(unionText(base, ours, theirs)).toBe(merged)
  })

  test.each([
    ['the same line', 'a\nb\nc', 'a\nours\nc', 'a\ntheirs\nc', 'a\nours\ntheirs\nc'],
    ['neighbouring lines', 'a\nb', 'A\nb', 'a\nB', 'A\nB'],
    ['everything, from nothing', '', 'ours', 'theirs', 'ours\ntheirs'],
    ['a line that the other side removed', 'a\nb\nc', 'a\nc', 'a\nB\nc', 'a\nB\nc'],
    ['both with a line in common', '', 'same\nours', 'same\ntheirs', 'same\nours\ntheirs'],
  ])('that changed %s collide, and a union has both', (_name, base, ours, theirs, both) => {
    expect(mergeText(base, ours, theirs)).toBeUndefined()
    expect(unionText(base, ours, theirs)).toBe(both)
  })

  test('a side that changed nothing gives way to the other', () => {
    fc.assert(
      fc.property(text, text, (base, side) => {
        for (const merged of [
          mergeText(base, base, side),
          mergeText(base, side, base),
          mergeText(base, side, side),
          unionText(base, side, base),
        ])
          expect(plain(merged ?? 'undecided')).toBe(plain(side))
      }),
    )
  })

  test('it does not matter which side is asked first, unless they collide', () => {
    fc.assert(
      fc.property(text, text, text, (base, ours, theirs) => {
        expect(mergeText(base, ours, theirs)).toBe(mergeText(base, theirs, ours))
      }),
    )
  })

  test('a union has every line that is new on either side', () => {
    fc.assert(
      fc.property(text, text, text, (base, ours, theirs) => {
        const old = new Set(base.split('\n'))
        const lines = unionText(base, ours, theirs).split('\n')
        for (const line of [...ours.split('\n'), ...theirs.split('\n')])
          if (!old.has(line) && line !== '') expect(lines).toContain(line)
      }),
    )
  })

  test('texts with too many lines to compare are a collision, and cost next to nothing', () => {
    const blank = '\n'.repeat(100_000)
    const started = process.cpuUsage()
    expect(mergeText(blank, `ours${blank}x`, `theirs${blank}y`)).toBeUndefined()
    expect(unionText(blank, 'ours', 'theirs')).toBe('ours\ntheirs')
    expect(mergeText('a\n'.repeat(200_000), `A\n${'a\n'.repeat(200_000)}`, 'a\n'.repeat(200_000))).toBeDefined()
    const between = (line: string) => `${line}${'\n'.repeat(1_900)}${line}`
    expect(mergeText(between('a'), between('b'), between('c'))).toBeUndefined()
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(3_000)
  })
})
