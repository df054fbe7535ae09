// Lets Node run our TypeScript as it is: `node --import ./scripts/typescript.mjs some.ts`.
// Node strips the types itself. What it cannot know is that `./x.js` is written as `./x.ts`, and that `calweave/...`
// means the source here and not the built package.
import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

const source = new URL('../src/', import.meta.url)

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (/^calweave(\/|$)/.test(specifier)) {
      const door = specifier.slice('calweave/'.length)
      const candidates = door === '' ? ['index.ts'] : [`${door}.ts`, `${door}/index.ts`]
      const found = candidates.map((file) => new URL(file, source)).find((url) => existsSync(fileURLToPath(url)))
      if (found) return nextResolve(found.href, context)
    }
    if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
      const written = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL)
      if (existsSync(fileURLToPath(written))) return nextResolve(written.href, context)
    }
    return nextResolve(specifier, context)
  },
})
