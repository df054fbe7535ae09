// The door in a server of Node, without any framework.
//
//   curl -H 'cookie: user=jane' http://127.0.0.1:3000/calweave/session

import { createServer, type Server } from 'node:http'
import { SyncEngine } from 'calweave'
import { memoryProvider } from 'calweave/providers/memory'
import { syncHandler, toNodeHandler } from 'calweave/server'
import { memoryStorage } from 'calweave/storage/memory'

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

export const server: Server = createServer(toNodeHandler(door))
if (process.argv[1] === import.meta.filename) server.listen(3000, '127.0.0.1')
