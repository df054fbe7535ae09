import { expect, test } from 'vitest'
import { testVault } from '../auth/fixtures.js'
import { content, world } from '../support/world.js'

test('a person gets everything that is kept of them, line by line, and nothing that proves a sign-in', async () => {
  const w = await world({ engine: { auth: { vault: testVault() } }, group: { strategies: [{ use: 'askAPerson' }] } })
  const credentials = { password: 'a very secret word' }
  await w.user.connections.add({ provider: 'memory', id: 'sealed', settings: { account: 'spare' }, credentials })
  const id = w.calendar(0).add(content('Lunch'))
  await w.settle()
  w.calendar(0).edit(id, { location: 'here' })
  w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'there' })
  await w.sync()
  let text = ''
  for await (const part of w.user.export()) text += part
  const things = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; value: Record<string, unknown> })
  const kinds = new Set(things.map(({ kind }) => kind))
  for (const kind of ['connection', 'calendar', 'observed', 'group', 'event', 'conflict', 'run', 'audit'])
    expect(kinds).toContain(kind)
  const event = things.find(({ kind }) => kind === 'event')?.value
  expect(event).toMatchObject({ content: { title: 'Lunch' }, origin: { calendarId: w.calendarIds[0] } })
  expect(text).not.toContain('secret word')
  const sealed = (await w.storage.get('user_1' as never, 'connection', 'sealed'))?.value as { sealed: string }
  expect(text).not.toContain(sealed.sealed)
})
