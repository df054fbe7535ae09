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

test('stands alone: one line says where it is, and other tokens are refused', async () => {
  child = spawn(
    process.execPath,
    ['--import', './scripts/typescript.mjs', 'scripts/fakes.mjs', 'microsoft', '--port', '0'],
    {
      cwd: root,
    },
  )
  if (!child.stdout) throw new Error('nothing to read')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { url, token } = JSON.parse(line) as { readonly url: string; readonly token: string }
  const address = `${url}/v1.0/me/calendars`
  const good = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
  const { value } = (await good.json()) as { readonly value: readonly { readonly name: string }[] }
  expect(value.map(({ name }) => name)).toEqual(['Calendar', 'Team'])
  expect((await fetch(address, { headers: { authorization: 'Bearer other' } })).status).toBe(401)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})
