import { readFileSync, writeFileSync } from 'node:fs'
import type { Behaviour } from './probes.js'
import type { ServerName } from './real-server.js'

const file = new URL('./behaviours.json', import.meta.url)

/** What the servers did when they were last asked. The suite is told here what to expect to differ. */
export function recordedBehaviours(): Readonly<Record<ServerName, Behaviour>> {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Takes over what was seen. The documentation is then rendered with `scripts/render-servers-page.mjs`. */
export function recordBehaviours(seen: Readonly<Record<string, Behaviour>>): void {
  writeFileSync(file, `${JSON.stringify(seen, null, 2)}\n`)
}
