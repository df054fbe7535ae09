import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where other projects' test files are kept: outside of this repository, since their licences differ. */
export function corpusFolder(name: string): string | undefined {
  const { CALWEAVE_CORPUS } = process.env
  const root = CALWEAVE_CORPUS ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url))
  const folder = join(root, name)
  return existsSync(folder) ? folder : undefined
}

/** Paths of all files with this ending, sorted, relative to `folder`. */
export function filesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
}
