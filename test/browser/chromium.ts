import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/**
 * Starts the Chromium of this machine.
 * @throws when there is none: a run without a browser has tested nothing
 */
export async function startChromium(): Promise<Browser> {
  const executablePath = places.find((path) => path !== '' && existsSync(path))
  if (executablePath === undefined)
    throw new Error('There is no Chromium here. On Debian: apt-get install chromium. Elsewhere: CHROMIUM=/path/to/it')
  return chromium.launch({
    executablePath,
    // As root there is no sandbox, and nothing of this leaves the machine.
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--font-render-hinting=none',
    ],
  })
}
