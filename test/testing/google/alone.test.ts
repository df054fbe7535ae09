import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
let child: ChildProcess | undefined

afterEach(() => {
  child?.kill('SIGKILL')
  child = undefined
})

function start(...given: readonly string[]): ChildProcess {
  child = spawn(process.execPath, ['--import', './scripts/typescript.mjs', 'scripts/fakes.mjs', ...given], {
    cwd: root,
  })
  return child
}

test('stands alone: one line says where it is, other tokens are refused, and it runs until it is stopped', async () => {
  const running = start('google', '--port', '0')
  if (!running.stdout) throw new Error('nothing to read')
  const [line] = (await once(createInterface(running.stdout), 'line')) as [string]
  const { url, token } = JSON.parse(line) as { readonly url: string; readonly token: string }
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  const address = `${url}/calendar/v3/users/me/calendarList`
  const good = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
  const { items } = (await good.json()) as { readonly items: readonly { readonly summary: string }[] }
  expect(items.map(({ summary }) => summary)).toEqual(['jane@example.com', 'Team'])
  expect((await fetch(address, { headers: { authorization: 'Bearer other' } })).status).toBe(401)
  expect((await fetch(address)).status).toBe(401)
  running.kill('SIGTERM')
  expect(await once(running, 'exit')).toEqual([0, null])
})

test('a service that there is no fake of is told', async () => {
  const running = start('nobody')
  expect(await once(running, 'exit')).toEqual([2, null])
})
