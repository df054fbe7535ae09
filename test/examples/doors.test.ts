import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { app } from '../../examples/hono.js'
import { server } from '../../examples/node-http.js'

afterAll(() => server.close())

const json = { cookie: 'user=jane', 'content-type': 'application/json', 'x-calweave': '1' }

/** What a person does at first: connects an account, weaves its calendars, looks at the plan and syncs. */
async function walk(send: (path: string, init?: RequestInit) => Promise<Response>) {
  const post = async (path: string, body: object) =>
    (await send(path, { method: 'POST', headers: json, body: JSON.stringify(body) })).json()
  expect((await send('/calweave/session')).status).toBe(401)
  const { calendars } = (await post('/calweave/connections', { offer: 'memory' })) as {
    readonly calendars: readonly { readonly id: string }[]
  }
  const members = calendars.map(({ id }) => ({ calendarId: id }))
  const { id } = (await post('/calweave/groups', { name: 'Mine', members, schedule: 'manual' })) as {
    readonly id: string
  }
  expect(await post(`/calweave/groups/${id}/plan`, {})).toMatchObject({ counts: { events: 0 } })
  expect(await post(`/calweave/groups/${id}/sync`, {})).toMatchObject({ how: 'done', run: { end: 'finished' } })
}

describe('the example', () => {
  test('for Hono leads a person from an account to a sync', async () => {
    await walk(async (path, init) => app.request(`http://localhost${path}`, init))
    expect(await (await app.request('/')).text()).toContain('/calweave')
  })

  test('for Node leads a person from an account to a sync', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await walk((path, init) => fetch(`http://127.0.0.1:${port}${path}`, init))
  })

  test.each(['hono.ts', 'node-http.ts'])('%s has at most 30 lines', (name) => {
    const path = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))
    expect(readFileSync(path, 'utf8').trim().split('\n').length).toBeLessThanOrEqual(30)
  })
})
