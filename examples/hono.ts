// The door in Hono. In Workers, Bun and Deno `app` is all there is: export it as the default.
//
//   curl -H 'cookie: user=jane' http://127.0.0.1:3000/calweave/session

import { SyncEngine } from 'calweave'
import { memoryProvider } from 'calweave/providers/memory'
import { syncHandler } from 'calweave/server'
import { memoryStorage } from 'calweave/storage/memory'
import { Hono } from 'hono'

const provider = memoryProvider({ calendars: [{ id: 'work' }, { id: 'home' }] })
const engine = new SyncEngine({ storage: memoryStorage(), providers: [provider] })
const door = syncHandler({
  engine,
  offers: [{ id: 'memory', provider: 'memory', name: 'A calendar in memory', way: 'none' }],
  // Your own session goes here: whoever can write a cookie is anybody.
  authenticate: (request) => {
    const [, userId] = /\buser=(\w+)/.exec(request.headers.get('cookie') ?? '') ?? []
    return userId === undefined ? null : { userId }
  },
})

export const app: Hono = new Hono()
app.get('/', (c) => c.text('The door is at /calweave.'))
app.all('/calweave/*', (c) => door(c.req.raw))
