// Builds dist/ from nothing: the two builds of tsup.config.ts run side by side, so neither may clear the folder.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
execFileSync('tsup', { stdio: 'inherit' })
