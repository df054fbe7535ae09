import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { UserId } from '../../src/model/ids.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'calweave-state-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('one command backs a state up, another puts it back, and neither writes over anything', async () => {
  const user = 'ann' as UserId
  const first = sqliteStorage({ path: join(folder, 'first.sqlite') })
  const change = { op: 'put', collection: 'event', id: 'a', value: { title: 'ü🎉' }, keys: { due: '1' } } as const
  await first.commit(user, { changes: [change] })
  await first.close()

  expect(await copy('first.sqlite', 'backup.jsonl')).toMatchObject({ code: 0, stderr: '' })
  expect(statSync(join(folder, 'backup.jsonl')).mode & 0o777).toBe(0o600)
  expect(await copy('first.sqlite', 'backup.jsonl')).toMatchObject({ code: 1 })
  const restored = await copy('backup.jsonl', 'second.sqlite')
  expect(restored).toMatchObject({ code: 0, stdout: '1 records of 1 users are in second.sqlite.\n' })
  const again = await copy('backup.jsonl', 'second.sqlite')
  expect(again.code).not.toBe(0)
  expect(again.stderr).toContain('not empty')

  const second = sqliteStorage({ path: join(folder, 'second.sqlite') })
  const { records } = await second.list(user, 'event', { index: 'due', limit: 1 })
  expect(records).toEqual([{ id: 'a', version: 1, value: { title: 'ü🎉' } }])
  await second.close()

  const text = readFileSync(join(folder, 'backup.jsonl'), 'utf8')
  writeFileSync(join(folder, 'cut.jsonl'), text.slice(0, -20))
  expect((await copy('cut.jsonl', 'third.sqlite')).code).not.toBe(0)
  expect((await copy('missing.sqlite', 'third.jsonl')).code).toBe(1)
  expect(readdirSync(folder).filter((name) => name.includes('missing') || name.endsWith('.part'))).toEqual([])
}, 60_000)

function copy(from: string, to: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = [join(root, 'examples/state.ts'), from, to]
  const options = { cwd: folder, timeout: 30_000 }
  return new Promise((resolve) => {
    const loader = ['--no-warnings', '--import', join(root, 'scripts/typescript.mjs')]
    execFile(process.execPath, [...loader, ...command], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr })
    })
  })
}
