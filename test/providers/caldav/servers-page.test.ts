import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { recordedBehaviours } from '../../servers/behaviours.js'
import { renderPage } from '../../servers/page.js'
import { probes } from '../../servers/probes.js'
import { serverNames } from '../../servers/real-server.js'

test('docs/providers/caldav.md holds what the servers were last seen to do', () => {
  const page = readFileSync(new URL('../../../docs/providers/caldav.md', import.meta.url), 'utf8')
  // Otherwise: node --import ./scripts/typescript.mjs scripts/servers-page.mjs
  expect(page).toBe(renderPage(recordedBehaviours()))
})

test('every server was asked everything', () => {
  const behaviours = recordedBehaviours()
  const keys = probes.map(({ key }) => key).sort()
  for (const name of serverNames) expect(Object.keys(behaviours[name]).sort()).toEqual(keys)
})
