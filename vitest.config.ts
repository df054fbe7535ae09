import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    // on a machine with two cores vitest would use one
    maxWorkers: '100%',
    projects: [
      {
        // Examples import the package by its name, as whoever copies them does.
        resolve: { tsconfigPaths: true },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/servers/**', 'test/browser/**'],
          testTimeout: 30_000,
          // loading everything anew for each of 130 files takes a third of the time; so a test leaves no global changed
          isolate: false,
        },
      },
      {
        // Hooks and components, in a document without pictures; what needs a real browser is in test/browser.
        test: {
          name: 'react',
          include: ['test/react/**/*.test.tsx'],
          environment: 'happy-dom',
          testTimeout: 30_000,
        },
      },
      {
        // The example in the Chromium of this machine.
        resolve: { tsconfigPaths: true },
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        // What needs an account of a person; `npm run smoke:google` looks first whether everything is there.
        test: {
          name: 'smoke',
          include: ['test/smoke/**/*.smoke.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'servers',
          include: ['test/servers/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})

export default config
