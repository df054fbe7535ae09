import { fileURLToPath } from 'node:url'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type UserConfig } from 'vite'

const source = (path: string): string => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

const config: UserConfig = defineConfig({
  plugins: [react(), tailwind()],
  // An application of yours has the package in node_modules; this one stands inside of it.
  resolve: {
    alias: [
      { find: /^calweave\/react\/styles\.css$/, replacement: source('react/styles.css') },
      { find: /^calweave\/react$/, replacement: source('react/index.ts') },
      { find: /^calweave\/client$/, replacement: source('client/index.ts') },
    ],
  },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    // The policy of the pages lets no script stand inside of them, and no address that holds its own data.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
})

export default config
