import { copyBench } from './caldav/bench.js'
import { engineBench } from './engine/bench.js'
import { exampleBench } from './example/bench.js'
import { googleBench } from './google/bench.js'
import { microsoftBench } from './microsoft/bench.js'
import { options } from './options.js'
import { scaleBench } from './scale/bench.js'
import { bytesBench } from './scale/bytes.js'
import { serverBench } from './server/bench.js'
import { sizeBench } from './size/bench.js'
import { storageBench } from './storage/bench.js'
import { triangleBench } from './triangle/bench.js'

const [what = '', ...rest] = process.argv.slice(2)
const benches: Readonly<Record<string, () => Promise<readonly object[]>>> = {
  bytes: () => bytesBench(options(rest, { events: '500', edits: '100' })),
  caldav: () =>
    copyBench(
      options(rest, {
        events: '1000',
        pairs: 'stub0,stub20',
        server: '',
        peer: '',
        fetch: 'guarded',
        repetitions: '3',
      }),
    ),
  engine: () => engineBench(options(rest, { events: '10000,100000', provider: 'weightless' })),
  example: () => exampleBench(options(rest, { repetitions: '5' })),
  google: () => googleBench(options(rest, { events: '2500', series: '10' })),
  microsoft: () => microsoftBench(options(rest, { events: '2500', series: '10' })),
  server: () => serverBench(options(rest, { events: '10000', imported: '10000', clients: '500', forged: '100000' })),
  storage: () => storageBench(options(rest, { records: '10000', repetitions: '3', fillfactor: '80' })),
  scale: () =>
    scaleBench(
      options(rest, {
        ...{ events: '10000,100000,1000000', workers: '1,2,4', statements: 'plain', each: '100' },
        ...{ edits: '200', quiet: '400', atOnce: '64', seconds: '10' },
      }),
    ),
  size: () => sizeBench(options(rest, { events: '1000' })),
  triangle: () => triangleBench(options(rest, { events: '1000', latency: '0,80' })),
}
const bench = benches[what]
if (!bench) {
  console.error(
    'Say which: npm run bench -- bytes | caldav | engine | example | google | microsoft | scale | server | size | storage | triangle. The options are in bench/README.md.',
  )
  process.exit(1)
}
console.log(JSON.stringify(await bench(), null, 2))
