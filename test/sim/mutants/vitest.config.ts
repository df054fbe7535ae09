import { join } from 'node:path'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { mutants } from './list.js'
import { engineFiles, plant, root } from './plant.js'

/** Runs unit tests over an engine with one defect planted in it: the one that `CALWEAVE_MUTANT` names. */
const mutant = mutants.find(({ name }) => name === process.env['CALWEAVE_MUTANT'])
if (!mutant) throw new Error('CALWEAVE_MUTANT names no mutant')
const planted = plant(mutant, await engineFiles())

const config: ViteUserConfig = defineConfig({
  root,
  plugins: [
    {
      name: 'plant',
      enforce: 'pre',
      load: (id: string) => (id === join(root, planted.file) ? planted.text : undefined),
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/servers/**'],
    testTimeout: 30_000,
    // The cache goes by the text on disk: the next defect would be tried with this one still planted.
    fsModuleCache: false,
  },
})

export default config
