import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, settled, startApp, type Visit } from './app.js'
import { faults } from './axe.js'
import { views } from './views.js'

let app: App
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app?.stop())

const looks = [
  { look: 'light', options: { colorScheme: 'light' } },
  { look: 'dark', options: { colorScheme: 'dark' } },
  { look: '390 pixels wide', options: { viewport: { width: 390, height: 844 }, hasTouch: true } },
] as const

describe.each(looks)('in $look', ({ options }) => {
  let visit: Visit
  beforeAll(async () => {
    visit = await app.open(options)
    await visit.signIn('Mara Lindt')
  })
  afterAll(() => visit.context.close())

  test.each(views)('$name loads without a complaint and axe finds nothing', async ({ path, heading }) => {
    await visit.go(path)
    await visit.page.getByRole('heading', { level: 1, name: heading }).waitFor()
    expect(await faults(visit.page)).toEqual([])
    expect(visit.complaints).toEqual([])
    // Nothing is wider than the page.
    expect(await visit.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  })

  test('the conflict dialog, an event, a run and the switches load without a complaint and axe finds nothing', async () => {
    const { page } = visit
    await visit.go('/conflicts')
    await page
      .getByRole('link', { name: /Design review/ })
      .first()
      .click()
    await page.getByRole('dialog').getByText('it would say').waitFor()
    expect(await faults(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    await visit.go('/calendar?as=list')
    await page
      .getByRole('button', { name: /Demo day/ })
      .first()
      .click()
    await page.getByRole('dialog').getByText('The event was made in this calendar.').waitFor()
    expect(await faults(page)).toEqual([])

    await visit.go('/activity')
    await page.getByRole('row').nth(4).getByRole('link').click()
    await page.getByText('What was written').waitFor()
    await settled(page)
    expect(await faults(page)).toEqual([])

    await page.getByRole('button', { name: 'Break it' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Do it: Edit both sides' }).waitFor()
    expect(await faults(page)).toEqual([])
    expect(visit.complaints).toEqual([])
  })
})

test('the page where one chooses who to be loads without a complaint and axe finds nothing', async () => {
  const { page, complaints, context } = await app.open()
  await page.goto(app.demo.origin)
  await page.getByRole('button', { name: 'Mara Lindt' }).waitFor()
  expect(await faults(page)).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
})
