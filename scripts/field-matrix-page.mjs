// Writes docs/field-matrix.md from what becomes of every field between every two services.
import { writeFileSync } from 'node:fs'
import { fieldMatrix } from '../test/matrix/matrix.ts'
import { renderPage } from '../test/matrix/page.ts'

writeFileSync(new URL('../docs/field-matrix.md', import.meta.url), renderPage(await fieldMatrix()))
