import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Demo, startDemo } from '../../examples/express/server/demo.js'

/** What the switches of the demo promise, held against what becomes of them. */

let demo: Demo
beforeAll(async () => {
  demo = await startDemo()
}, 120_000)
afterAll(() => demo?.stop())

const user = (): ReturnType<Demo['engine']['user']> => demo.engine.user('mara')
const made = (): NonNullable<Demo['made']> => {
  if (!demo.made) throw new Error('the demo has no accounts')
  return demo.made
}
const atGoogle = () =>
  made()
    .accounts.mara.google.calendar()
    .all()
    .map(({ summary = '' }) => summary)
const atOutlook = () =>
  made()
    .accounts.mara.microsoft.calendar()
    .all()
    .map(({ subject }) => subject ?? '')

async function press(id: string): Promise<string> {
  const session = await fetch(`${demo.origin}/demo/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userId: 'mara' }),
  })
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const answer = await fetch(`${demo.origin}/demo/troubles/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: '{}',
  })
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { readonly said: string }).said
}

/** The titles that Google has and that were not there before stand in Outlook too, once. */
async function arrives(before: readonly string[]): Promise<void> {
  const fresh = atGoogle().filter((title) => !before.includes(title))
  expect(fresh.length).toBeGreaterThan(0)
  for (const title of fresh)
    await expect.poll(() => atOutlook().filter((one) => one === title).length, { timeout: 80_000 }).toBe(1)
}

describe('what the switches of the demo break mends as it says', () => {
  test('an edit at Google arrives in Outlook without anybody asking', async () => {
    const before = atGoogle()
    await press('edit')
    await arrives(before)
  })

  test('while Google asks for patience the edit waits, and arrives afterwards', async () => {
    const before = atGoogle()
    await press('limit')
    await arrives(before)
  })

  test('a dead token is renewed without anybody noticing', async () => {
    const before = atGoogle()
    await press('token')
    await arrives(before)
    expect((await user().status()).connections.every(({ level }) => level === 'ok')).toBe(true)
  })

  test('what nobody was told of is found by the next sync on schedule', async () => {
    const before = atGoogle()
    await press('webhook')
    await arrives(before)
  })

  test('two titles for one event wait for a person, and neither is overwritten', async () => {
    const before = (await user().conflicts.listOpen('mara-work')).items.length
    await press('both')
    await expect
      .poll(async () => (await user().conflicts.listOpen('mara-work')).items.length, { timeout: 60_000 })
      .toBe(before + 1)
    expect(atGoogle().filter((title) => title.endsWith('(with the board)')).length).toBe(1)
    expect(atOutlook().filter((title) => title.endsWith('(team only)')).length).toBe(1)
  })

  test('after a crash in the middle of a write the sync goes on, and no event is there twice', async () => {
    const engine = demo.engine
    const before = atGoogle()
    await press('crash')
    await expect.poll(() => demo.engine !== engine, { timeout: 40_000 }).toBe(true)
    await arrives(before)
    const titles = atOutlook()
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([])
  })

  test('most of a calendar is deleted: the removals are held, and are put back when they were not meant', async () => {
    const there = atGoogle().length
    await press('empty')
    await expect.poll(async () => (await user().held.list('mara-work')).length, { timeout: 60_000 }).toBe(1)
    expect(atGoogle().length).toBe(there)
    const [held] = await user().held.list('mara-work')
    if (!held) throw new Error('nothing is held')
    const { calendarId, what } = held
    await user().held.reject('mara-work', { calendarId, what })
    await expect.poll(() => atOutlook().length >= held.count, { timeout: 60_000 }).toBe(true)
    expect(atGoogle().length).toBe(there)
  })

  test('a permission that was taken back asks for a sign-in, and removes nothing', async () => {
    const there = atOutlook().length
    await press('revoke')
    await expect
      .poll(async () => (await user().connections.list()).find(({ id }) => id === 'mara-google')?.needs, {
        timeout: 60_000,
      })
      .toBe('sign-in')
    expect(atOutlook().length).toBe(there)
  })
})
