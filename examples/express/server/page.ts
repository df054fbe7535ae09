import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const example = fileURLToPath(new URL('..', import.meta.url))
const built = join(example, 'dist')

/** What the pages are made of: theirs, and the parts of the library that they use. */
const sources = [join(example, 'web'), ...['react', 'client'].map((one) => join(example, '../../src', one))]

/** Builds the pages, where that was not done since anything changed. Returns the folder that they are in. */
export async function pages(): Promise<string> {
  if (!isFresh()) {
    const { build } = await import('vite')
    await build({ root: join(example, 'web'), configFile: join(example, 'vite.config.ts'), logLevel: 'warn' })
  }
  return built
}

function isFresh(): boolean {
  const page = join(built, 'index.html')
  if (!existsSync(page)) return false
  const builtAt = statSync(page).mtimeMs
  const files = sources.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, withFileTypes: true }).map(({ parentPath, name }) =>
          join(parentPath, name),
        )
      : [],
  )
  return [...files, join(example, 'vite.config.ts')].every((file) => statSync(file).mtimeMs < builtAt)
}
