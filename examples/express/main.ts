// The app that shows what calweave does: npm start. See README.md in this folder.
import { parseArgs } from 'node:util'
import { startDemo } from './server/demo.js'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4310' },
    data: { type: 'string' },
    origin: { type: 'string' },
  },
})

const began = performance.now()
const { data, origin } = values
const demo = await startDemo({
  port: Number(values.port),
  ...(data === undefined ? {} : { data }),
  ...(origin === undefined ? {} : { origin }),
  env: process.env,
  say: (line) => console.log(line),
}).catch((error: { readonly code?: string; readonly message?: string }) => {
  const isTaken = error.code === 'EADDRINUSE'
  console.error(isTaken ? `Port ${values.port} is taken. Try another one: npm start -- --port 4311` : error)
  process.exit(1)
})
console.log(
  `calweave is at ${demo.origin} after ${((performance.now() - began) / 1_000).toFixed(1)} s. Ctrl+C ends it.`,
)

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void demo.stop().finally(() => process.exit(0))
  })
