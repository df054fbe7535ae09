// The demo: `npm run demo`, or `npm run demo -- --help`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isSyncError } from 'calweave'
import { caldavSide, providerFor } from './caldav-sides.js'
import { type Demo, weave } from './demo.js'
import { memorySides } from './memory-sides.js'
import { type DemoOptions, readOptions, usage } from './options.js'
import { say } from './screen.js'
import type { Side } from './side.js'
import { conflict } from './steps/conflict.js'
import { crash } from './steps/crash.js'
import { firstSync } from './steps/first-sync.js'
import { merge } from './steps/merge.js'
import { quiet } from './steps/quiet.js'
import { series } from './steps/series.js'

/** Whatever was made is unmade at the end, last things first. */
const cleanups: (() => Promise<unknown>)[] = []

async function story(options: DemoOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'calweave-demo-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const file = resolve(options.ics ?? fileURLToPath(new URL('sample.ics', import.meta.url)))
  const { work, home } = await sides(options)
  const demo: Demo = await weave(join(folder, 'calweave.db'), work, home, file)
  cleanups.push(() => demo.worker.storage.close())

  say(
    `Mara has two calendars, Work and Home, and reads the file ${options.ics ?? 'of her team'} ("${demo.calendars.team.name}").`,
  )
  await firstSync(demo, options.ics !== undefined)
  await merge(demo)
  await conflict(demo)
  await series(demo)
  await crash(demo)
  await quiet(demo)
}

async function sides({ caldav }: DemoOptions): Promise<{ readonly work: Side; readonly home: Side }> {
  if (!caldav) return memorySides()
  const provider = providerFor([caldav.work, caldav.home])
  const work = await caldavSide(provider, 'work', 'Work', caldav.work)
  cleanups.push(() => work.close())
  const home = await caldavSide(provider, 'home', 'Home', caldav.home)
  cleanups.push(() => home.close())
  return { work, home }
}

/** One that fails does not keep the others from being done. */
async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) {
    try {
      await cleanup()
    } catch (error) {
      console.error(complaint(error))
      process.exitCode = 1
    }
  }
}

/** A message for a person; only what nobody foresaw is shown with its stack. */
function complaint(error: unknown): string {
  if (isSyncError(error)) return `${error.message} (${error.code})`
  return error instanceof Error ? error.message : String(error)
}

process.once('SIGINT', () => void cleanUp().finally(() => process.exit(130)))

try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options) await story(options)
  else console.log(usage)
} catch (error) {
  console.error(complaint(error))
  process.exitCode = 1
} finally {
  await cleanUp()
}
