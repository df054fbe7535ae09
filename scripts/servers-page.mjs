// Writes docs/providers/caldav.md from what the servers were last seen to do (test/servers/behaviours.json).
import { mkdirSync, writeFileSync } from 'node:fs'
import { recordedBehaviours } from '../test/servers/behaviours.ts'
import { renderPage } from '../test/servers/page.ts'

const page = new URL('../docs/providers/caldav.md', import.meta.url)
mkdirSync(new URL('.', page), { recursive: true })
writeFileSync(page, renderPage(recordedBehaviours()))
