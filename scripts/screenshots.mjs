// Takes the pictures of the README: `npm run screenshots`. Each is of the example as it is after its start.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startDemo } from '../examples/express/server/demo.ts'
import { startChromium } from '../test/browser/chromium.ts'

const folder = fileURLToPath(new URL('../docs/images/', import.meta.url))
mkdirSync(folder, { recursive: true })

const wide = { width: 1280, height: 860 }
const phone = { width: 390, height: 844 }
const click = (name) => async (page) => {
  await page.getByRole('button', { name }).first().click()
  await page.getByRole('dialog').waitFor()
}

/** What is taken: a view, what is done there first, and how it looks. */
const pictures = [
  { name: 'overview', path: '/', viewport: { width: 1280, height: 1010 } },
  { name: 'overview-dark', path: '/', colorScheme: 'dark', viewport: { width: 1280, height: 1010 } },
  { name: 'calendar', path: '/calendar?as=week' },
  { name: 'calendar-dark', path: '/calendar?as=week', colorScheme: 'dark' },
  { name: 'event', path: '/calendar?as=week', first: click(/Incident drill/) },
  { name: 'agenda', path: '/calendar?as=list' },
  { name: 'conflicts', path: '/conflicts' },
  { name: 'conflict', path: '/conflicts', first: decide },
  { name: 'removal', path: '/conflicts', first: removal },
  { name: 'wizard', path: '/connect' },
  { name: 'connections', path: '/connections' },
  { name: 'settings', path: '/groups/mara-work' },
  { name: 'activity', path: '/activity' },
  { name: 'run', path: '/activity', first: run },
  { name: 'audit', path: '/activity?as=audit' },
  { name: 'notifications', path: '/notifications' },
  { name: 'break-it', path: '/', first: click('Break it') },
  { name: 'phone-overview', path: '/', viewport: phone },
  { name: 'phone-agenda', path: '/calendar?as=list', viewport: phone },
  { name: 'phone-conflict', path: '/conflicts', viewport: phone, first: decide },
  // Last, as it leaves a group behind that nobody has confirmed.
  { name: 'preview', path: '/connect', first: preview },
]

async function decide(page) {
  await page
    .getByRole('link', { name: /Design review/ })
    .first()
    .click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'Design review: sync settings' }).first().check()
  await dialog.getByRole('radio', { name: /15:30/ }).first().check()
  await dialog.getByText('Written to').waitFor()
}

async function removal(page) {
  await page
    .getByRole('link', { name: /Licences: renewals/ })
    .first()
    .click()
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('radio', { name: /Keep it/ })
    .first()
    .check()
  await dialog.getByText('Written to').waitFor()
}

async function preview(page) {
  await page.getByRole('button', { name: 'Use connected calendars' }).click()
  await page.getByRole('checkbox', { name: /^Family/ }).check()
  await page.getByRole('checkbox', { name: /^Calendar/ }).check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Show what would happen' }).click()
  await page.getByRole('heading', { name: 'This would happen' }).waitFor()
}

async function run(page) {
  await page
    .getByRole('link', { name: /conflicts settled/ })
    .first()
    .click()
  await page.getByText('What was written').waitFor()
}

const demo = await startDemo()
const browser = await startChromium()
try {
  for (const { name, path, first, viewport = wide, colorScheme = 'light' } of pictures) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', deviceScaleFactor: 1 })
    const page = await context.newPage()
    await page.goto(demo.origin)
    await page.getByRole('button', { name: 'Mara Lindt' }).click()
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await page.goto(demo.origin + path)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await page.waitForFunction(() => document.querySelector('[role=status][aria-label=Loading]') === null)
    await first?.(page)
    await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => undefined)
    await page.mouse.move(0, 0)
    await page.screenshot({ path: join(folder, `${name}.png`) })
    console.log(`${name}.png`)
    await context.close()
  }
} finally {
  await browser.close()
  await demo.stop()
}
