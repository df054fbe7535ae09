import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, startApp } from './app.js'
import { focused, tabTo } from './keyboard.js'

let app: App
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app?.stop())

describe('by the keyboard alone', () => {
  test('a conflict is found, decided and saved, and its calendars say what was chosen', async () => {
    const { page, signIn, complaints, context } = await app.open()
    await signIn('Mara Lindt')
    await tabTo(page, /^Decide$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Conflicts' }).waitFor()
    await tabTo(page, /^Quarterly numbers/)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: /Quarterly numbers/ })
    await dialog.waitFor()
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true)
    expect(await dialog.getByRole('button', { name: '1 still to pick' }).isDisabled()).toBe(true)
    // A group of choices is one stop; arrows go from one choice to the next.
    await tabTo(page, /Quarterly numbers/)
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    await dialog.getByText('Quarterly numbers, final').last().waitFor()
    const chosen = (
      await dialog.locator('input:checked').evaluate((input) => input.closest('label')?.innerText ?? '')
    ).includes('Q4')
    await tabTo(page, /^Save decision$/)
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    // The next one is open; Escape leaves it for later.
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const wanted = chosen ? 'Quarterly numbers Q4' : 'Quarterly numbers, final'
    await expect
      .poll(
        () => [
          app.demo.made?.accounts.mara.google
            .calendar()
            .all()
            .some(({ summary }) => summary === wanted),
          app.demo.made?.accounts.mara.microsoft
            .calendar()
            .all()
            .some(({ subject }) => subject === wanted),
        ],
        { timeout: 60_000 },
      )
      .toEqual([true, true])
    expect(complaints).toEqual([])
    await context.close()
  })

  test('the focus stays inside of the conflict dialog, and is back where it was when the dialog is gone', async () => {
    const { page, signIn, go, context } = await app.open()
    await signIn('Mara Lindt')
    await go('/conflicts')
    await tabTo(page, /^Design review/)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('it would say').waitFor()
    for (let count = 0; count < 25; count++) {
      await page.keyboard.press('Tab')
      // Behind the last of its buttons stands a guard, which hands the focus on to the first with the next frame.
      await expect.poll(() => page.evaluate(isInDialog), { timeout: 1_000, interval: 20 }).toBe(true)
    }
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toMatch(/^Design review/)
    await context.close()
  })

  test('the wizard connects Outlook through its sign-in page, shows what would happen, writes nothing before, and starts', async () => {
    const { page, signIn, go, complaints, context } = await app.open()
    await signIn('Idris Osei')
    await go('/connect')
    await tabTo(page, /^Microsoft Outlook/)
    await page.keyboard.press('Enter')
    await tabTo(page, /^Go to Microsoft/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Allow calweave?' }).waitFor()
    await tabTo(page, /Idris Osei|Mara Lindt/)
    for (let count = 0; count < 4 && !(await focused(page)).includes('Idris'); count++)
      await page.keyboard.press('ArrowDown')
    await tabTo(page, /^Allow$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Which calendars?' }).waitFor()
    await tabTo(page, /^Calendar ?Can be changed/)
    if (!(await page.evaluate(() => (document.activeElement as HTMLInputElement).checked)))
      await page.keyboard.press('Space')
    await tabTo(page, /^Work ?Can be changed/)
    await page.keyboard.press('Space')
    await tabTo(page, /^Continue$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /What goes where/ }).waitFor()
    await tabTo(page, /^Show what would happen$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'This would happen' }).waitFor()
    const outlook = () => titlesAtOutlook(app)
    expect(await page.locator('[data-count="New copies"]').innerText()).not.toBe('0')
    expect(await outlook()).toEqual([])
    await tabTo(page, /^Start syncing$/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'They are kept in step now' }).waitFor()
    await expect.poll(outlook, { timeout: 60_000 }).toContain('On call')
    expect(complaints).toEqual([])
    await context.close()
  })
})

/** Also at its edge, from where the focus is sent back in. */
function isInDialog(): boolean {
  const { activeElement: focus } = document
  return (
    document.querySelector('[role=dialog]')?.contains(focus) || focus?.hasAttribute('data-base-ui-focus-guard') || false
  )
}

/** What Idris has in Outlook. */
async function titlesAtOutlook({ demo }: App): Promise<readonly string[]> {
  const events = demo.engine.user('idris').events
  const calendars = await demo.engine.user('idris').calendars.list()
  const own = calendars.filter(({ provider }) => provider === 'microsoft')
  const items = await Promise.all(own.map(async ({ id }) => (await events.ofCalendar(id)).items))
  return items.flat().map(({ content }) => content.title)
}

test('two tabs of one person stay alike without being reloaded', async () => {
  const { page, signIn, go, another, complaints, context } = await app.open()
  await signIn('Mara Lindt')
  await go('/notifications')
  const second = await another()
  await second.goto(`${app.demo.origin}/conflicts`)
  const row = second.getByRole('link', { name: /Licences: renewals/ })
  await row.waitFor()
  await go('/conflicts')
  await page.getByRole('link', { name: /Licences: renewals/ }).click()
  await page.getByRole('radio', { name: /Keep it/ }).check()
  await page.getByRole('button', { name: 'Save decision' }).click()
  await expect
    .poll(() => second.getByRole('link', { name: /Licences: renewals.*Decide/ }).count(), { timeout: 60_000 })
    .toBe(0)
  // A preview that is asked for while the group is being synced is refused for that moment.
  expect(complaints.filter((one) => !one.includes('503'))).toEqual([])
  await context.close()
})

test('what changes at a service is on the page a few seconds later', async () => {
  const { page, signIn, go, complaints, context } = await app.open()
  await signIn('Mara Lindt')
  await go('/calendar?as=list')
  const work = app.demo.made?.accounts.mara.google.calendar()
  const id = work?.all().find(({ summary }) => summary === 'Pairing: importer')?.id ?? ''
  work?.edit(id, { summary: 'Pairing: exporter' })
  await page.getByRole('button', { name: /Pairing: exporter.*copied to/ }).waitFor({ timeout: 60_000 })
  expect(complaints).toEqual([])
  await context.close()
})

test('a second person sees nothing of the first: not in a view, and not by an address that they know', async () => {
  const { page, signIn, go, context } = await app.open()
  await signIn('Idris Osei')
  const seen: string[] = []
  for (const path of [
    '/',
    '/calendar?as=list',
    '/conflicts',
    '/connections',
    '/activity',
    '/activity?as=audit',
    '/notifications',
  ]) {
    await go(path)
    seen.push(await page.locator('body').innerText())
  }
  for (const secret of [
    'Mara Lindt',
    'Dentist',
    'Quarterly numbers',
    'Work and client',
    'Flat viewing',
    'mara@northwind.example',
  ])
    expect([secret, seen.some((text) => text.includes(secret))]).toEqual([secret, false])
  const statuses = await page.evaluate(() =>
    Promise.all(
      ['/groups/mara-work', '/groups/mara-work/events', '/connections/mara-google/status'].map(
        async (path) => (await fetch(`/calweave${path}`)).status,
      ),
    ),
  )
  expect(statuses).toEqual([404, 404, 404])
  await context.close()
})

test('whoever signs out sees nothing of what was there before', async () => {
  const { page, signIn, context } = await app.open()
  await signIn('Mara Lindt')
  await page.getByRole('button', { name: /Switch/ }).click()
  await page.getByRole('button', { name: 'Idris Osei' }).waitFor()
  expect(await page.evaluate(async () => (await fetch('/calweave/status')).status)).toBe(401)
  await context.close()
})
