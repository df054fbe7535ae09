import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mutants } from './list.js'
import { engineFiles, plant, root } from './plant.js'

test('every defect still has its place in the engine, once', async () => {
  const files = await engineFiles()
  const lost = mutants.flatMap((mutant) => {
    try {
      plant(mutant, files)
      return []
    } catch (error) {
      return [`${mutant.name}: ${String(error)}`]
    }
  })
  expect(lost).toEqual([])
})

test('every rule that a defect breaks stands in docs/SYNC.md', async () => {
  const words = (text: string) => text.replaceAll(/\s+/g, ' ')
  const rules = words(await readFile(join(root, 'docs/SYNC.md'), 'utf8'))
  const unknown = mutants.filter(({ rule }) => !rules.includes(words(rule.slice(rule.indexOf(':') + 1).trim())))
  expect(unknown.map(({ name, rule }) => `${name}: ${rule}`)).toEqual([])
})

test('a defect that the simulator does not see is caught by tests that exist, and only such a one is', async () => {
  const lost = mutants.filter(({ unseen, test: file }) => (unseen === undefined) !== (file === undefined))
  expect(lost.map(({ name }) => name)).toEqual([])
  for (const file of new Set(mutants.flatMap((mutant) => mutant.test ?? []))) {
    expect(file).toMatch(/^test\/.*\.test\.ts$/)
    await access(join(root, file))
  }
})

test('at least 27 different defects have to be caught by the simulator', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
  expect(mutants.filter(({ unseen }) => !unseen).length).toBeGreaterThanOrEqual(27)
})
