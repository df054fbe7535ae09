import { shownConnection } from '../model/connection.js'
import type { UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import { shownWatch } from '../model/watch.js'
import { collections } from '../storage/storage.js'
import type { Engine } from './engine.js'
import { type Kept, readAll } from './records.js'

/**
 * What a person gets of each collection: everything but what proves a sign-in, and our own book-keeping. `undefined`: nothing
 * of it. A new collection does not compile before it was thought of here.
 */
const shown: { readonly [C in keyof Kept]: ((value: Kept[C]) => unknown) | undefined } = {
  connection: shownConnection,
  calendar: ({ pull: _progress, ...calendar }) => calendar,
  observed: ({ calendarId, remoteId, event }) =>
    event && { calendarId, remoteId, uid: event.uid, content: event.content, stamps: event.stamps },
  group: (group) => group,
  event: ({ id, groupId, uid, content, origin, state, replicas, provenance }) => ({
    id,
    groupId,
    uid,
    content,
    origin,
    state,
    provenance,
    copies: Object.values(replicas).map(({ calendarId, remoteId, native, status }) => ({
      calendarId,
      remoteId: remoteId ?? null,
      native,
      status,
    })),
  }),
  conflict: (conflict) => conflict,
  run: (run) => run,
  audit: (entry) => entry,
  journal: (entry) => entry,
  watch: shownWatch,
  pause: (pause) => pause,
  notification: (notification) => notification,
  // Where our work is, and what the above can be found by.
  membership: undefined,
  replica: undefined,
  inbox: undefined,
  chain: undefined,
  route: undefined,
  notice: undefined,
  purge: undefined,
  pulse: undefined,
  delivery: undefined,
  tally: undefined,
  alert: undefined,
}

/** Everything that is kept of a user, a line for each thing. */
export async function* exportUser({ storage }: Engine, user: UserId): AsyncGenerator<string> {
  for (const collection of Object.keys(collections) as (keyof Kept)[]) {
    const show = shown[collection] as ((value: unknown) => unknown) | undefined
    if (!show) continue
    for await (const page of readAll(storage, user, collection)) {
      const lines = page.flatMap(({ value }) => {
        const told = show(value) as Json | undefined
        return told === undefined ? [] : [`${JSON.stringify({ kind: collection, value: told })}\n`]
      })
      if (lines.length > 0) yield lines.join('')
    }
  }
}
