import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvCell } from '../../src/engine/audit-export.js'
import { content, world } from '../support/world.js'

/** Reads RFC 4180, as strictly as it is written. */
function cellsOf(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  let row: string[] = []
  for (let at = 0; at < csv.length; ) {
    let cell = ''
    if (csv[at] === '"') {
      for (at++; csv[at] !== '"' || csv[at + 1] === '"'; at++) {
        if (csv[at] === '"') at++
        cell += csv[at]
      }
      at++
    } else for (; csv[at] !== ',' && csv[at] !== '\r'; at++) cell += csv[at]
    row.push(cell)
    if (csv[at] === ',') at++
    else {
      expect(csv.slice(at, at + 2)).toBe('\r\n')
      at += 2
      rows.push(row)
      row = []
    }
  }
  return rows
}

async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const part of parts) text += part
  return text
}

describe('the audit as text', () => {
  test('a cell never begins like a formula, and is read back as it was', () => {
    const ugly = fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', "'", 'a', ' ') })
    fc.assert(
      fc.property(fc.array(ugly, { minLength: 1 }), (texts) => {
        const [read] = cellsOf(`${texts.map(csvCell).join()}\r\n`)
        expect(read?.map((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual(texts.map(() => false))
        expect(read?.map((cell, at) => cell === texts[at] || cell === `'${texts[at]}`)).toEqual(texts.map(() => true))
      }),
    )
  })

  test('has a line for every entry of every chain, in both formats', async () => {
    const w = await world({ engine: { auditValues: true }, group: { name: '=HYPERLINK("http://example.com")' } })
    w.calendar(0).add(content('=1+1,"quoted"\nand more'))
    await w.settle()
    const lines = (await textOf(w.user.audit.export())).trimEnd().split('\n')
    const group = (await w.user.audit.list('group')).items
    const settings = (await w.user.audit.listSettings()).items
    expect(lines.map((line) => JSON.parse(line))).toEqual([...group, ...settings])
    const [names, ...rows] = cellsOf(await textOf(w.user.audit.export({ format: 'csv' })))
    expect(rows.map((row) => row[names?.indexOf('hash') ?? -1])).toEqual(
      [...group, ...settings].map(({ hash }) => hash),
    )
    expect(rows.every((row) => row.length === names?.length)).toBe(true)
    const created = rows.find((row) => row.includes('created'))
    expect(JSON.parse(created?.[names?.indexOf('valueAfter') ?? -1] ?? '')).toMatchObject(
      group[0]?.values?.after as object,
    )
    expect(await textOf(w.user.audit.export({ format: 'csv', chain: 'group' }))).not.toContain('group.created')
  })

  test('holds a page at a time', async () => {
    const w = await world()
    for (let n = 0; n < 450; n++) w.calendar(0).add(content(`Event ${n}`))
    await w.settle()
    const parts: number[] = []
    for await (const part of w.user.audit.export({ chain: 'group' })) parts.push(part.split('\n').length - 1)
    expect(parts).toEqual([200, 200, 50])
  })
})
