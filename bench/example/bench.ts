import type { Browser } from 'playwright-core'
import { startDemo } from '../../examples/express/server/demo.js'
import { startChromium } from '../../test/browser/chromium.js'

/** What the first load of a page cost. */
interface FirstLoad {
  readonly page: string
  readonly requests: number
  /** Over the wire, with headers. */
  readonly bytes: number
  /** Until the largest thing is painted, and until what is to be pressed can be pressed; milliseconds, the median. */
  readonly paintedMs: number
  readonly usableMs: number
}

/** The first load of the example in Chromium, without anything in its cache: who to be, and the overview of that person. */
export async function exampleBench(given: { readonly repetitions: string }): Promise<readonly object[]> {
  const began = performance.now()
  const demo = await startDemo()
  const startMs = Math.round(performance.now() - began)
  const browser = await startChromium()
  try {
    const times = Array.from({ length: Number(given.repetitions) }, (_, index) => index)
    const [choosing, overview]: [FirstLoad[], FirstLoad[]] = [[], []]
    for (const _ of times) {
      choosing.push(await load(browser, demo.origin, 'who to be', 'Mara Lindt', false))
      overview.push(await load(browser, demo.origin, 'overview', 'Sync now', true))
    }
    return [{ startMs }, ...[choosing, overview].flatMap((loads) => median(loads) ?? [])]
  } finally {
    await browser.close()
    await demo.stop()
  }
}

async function load(
  browser: Browser,
  origin: string,
  name: string,
  button: string,
  isSignedIn: boolean,
): Promise<FirstLoad> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } })
  const page = await context.newPage()
  if (isSignedIn) await page.request.post(`${origin}/demo/session`, { data: { userId: 'mara' } })
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  let requests = 0
  let bytes = 0
  session.on('Network.requestWillBeSent', () => {
    requests++
  })
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  const began = performance.now()
  await page.goto(origin)
  await page.getByRole('button', { name: button }).click({ trial: true })
  const usableMs = Math.round(performance.now() - began)
  await page.waitForTimeout(1_000)
  const paintedMs = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => resolve(Math.round(list.getEntries().at(-1)?.startTime ?? 0))).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        })
      }),
  )
  await context.close()
  return { page: name, requests, bytes, paintedMs, usableMs }
}

function median(loads: readonly FirstLoad[]): FirstLoad | undefined {
  const middle = (of: (load: FirstLoad) => number): number =>
    loads.map(of).sort((a, b) => a - b)[Math.floor(loads.length / 2)] ?? 0
  const [first] = loads
  return (
    first && {
      page: first.page,
      requests: middle((one) => one.requests),
      bytes: middle((one) => one.bytes),
      paintedMs: middle((one) => one.paintedMs),
      usableMs: middle((one) => one.usableMs),
    }
  )
}
