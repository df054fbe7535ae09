import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { type Demo, startDemo } from '../../examples/express/server/demo.js'
import { startChromium } from './chromium.js'

/** The example with a browser that looks at it. */
export interface App {
  readonly demo: Demo
  readonly browser: Browser
  /** A page of a browser of its own, and everything that went wrong in it. */
  open(options?: BrowserContextOptions): Promise<Visit>
  stop(): Promise<void>
}

/** One browser with one page, or more. */
export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** What the console, the page or its policy complained of. */
  readonly complaints: readonly string[]
  /** A further page of the same browser. */
  another(): Promise<Page>
  signIn(name: 'Mara Lindt' | 'Idris Osei'): Promise<void>
  /** Goes to a view and waits until it has read what it shows. */
  go(path: string): Promise<void>
}

export async function startApp(): Promise<App> {
  const [demo, browser] = await Promise.all([startDemo(), startChromium()])
  return {
    demo,
    browser,
    async open(options = {}) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 860 },
        reducedMotion: 'reduce',
        ...options,
      })
      const complaints: string[] = []
      const watch = (page: Page): Page => {
        page.on('console', (message) => {
          if (message.type() === 'error' || message.type() === 'warning')
            complaints.push(`${message.text()} ${message.location().url}`)
        })
        page.on('pageerror', (error) => complaints.push(String(error)))
        return page
      }
      const page = watch(await context.newPage())
      const go = async (path: string): Promise<void> => {
        await page.goto(demo.origin + path)
        await settled(page)
      }
      return {
        ...{ context, page, complaints, go },
        another: async () => watch(await context.newPage()),
        async signIn(name) {
          await page.goto(demo.origin)
          await page.getByRole('button', { name }).click()
          await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
          await settled(page)
        },
      }
    },
    async stop() {
      await browser.close()
      await demo.stop()
    },
  }
}

/** Nothing on the page is still being read. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.waitForFunction(() => document.querySelector('[role=status][aria-label=Loading]') === null)
}
