import type { AccountLimits } from '../../http/app-limits.js'
import type { BreakerOptions } from '../../http/breaker.js'
import { type HttpClientOptions, httpClient } from '../../http/client.js'
import { limitedClient } from '../../http/limited-client.js'
import { adaptivePace } from '../../http/pace.js'
import type { RemoteId } from '../../model/ids.js'
import type { Fetched, ProviderAccount } from '../provider.js'
import { bodiesPerReport, readBodies } from './bodies.js'
import { changes } from './changes.js'
import { davClient } from './client.js'
import { type AccountContext, spellings } from './context.js'
import { discover } from './discovery.js'
import { toEvent } from './event-map.js'
import { toRemoteId } from './href.js'
import { type SchedulingPolicy, schedulingBy } from './scheduling.js'
import { learnFromAnswer, ordinary, type Traits } from './traits.js'
import { create, createUrl, remove, update } from './writes.js'

/** What an account is opened with, already validated. */
export interface CaldavAccess {
  /** Any address of the account. */
  readonly url: string
  /** The value of the `Authorization` header. */
  readonly authorization: string
  readonly http: HttpClientOptions
  readonly concurrentWrites: number
  /** What may happen when a write would have the server mail people. @default 'never' */
  readonly scheduling?: SchedulingPolicy
  readonly now: () => number
  /** What its requests have to keep to. @default nothing */
  readonly limits?: AccountLimits | undefined
  readonly breaker?: boolean | BreakerOptions | undefined
  /** The last change of a calendar object before it is sent, at services that want more than the standard does. */
  readonly dress?: (text: string) => string
}

/** Opens an account. Presets for single services build on this. */
export function caldavAccount(access: CaldavAccess): ProviderAccount {
  const traits = ordinary()
  const { limits, breaker, now } = access
  const http = limitedClient(httpClient(access.http), {
    budgets: limits?.budgets,
    shared: limits?.shared,
    breaker,
    now,
  })
  const context: AccountContext = {
    dav: davClient(http, access.url, access.authorization, (answer) => learnFromAnswer(traits, answer)),
    traits,
    scheduling: schedulingBy(access.scheduling),
    now: access.now,
    ...(access.dress ? { dress: access.dress } : {}),
    habits: new Map(),
    spellings: spellings(access.url),
    written: new Set(),
    queues: new Map(),
    pace: adaptivePace(access.concurrentWrites),
  }
  return {
    // Also where the server ignores guards: then we read and compare ourselves, see guards.ts.
    capabilities: { guardedWrites: true, cannotHold: [], concurrentWrites: access.concurrentWrites },
    listCalendars: (options) => discover(context, options?.signal),
    changes: (calendar, from, options) => changes(context, calendar, from, options?.signal),
    async fetch(calendar, ids, options) {
      const unique = [...new Set(ids)]
      const found: Fetched[] = []
      for (let start = 0; start < unique.length; start += bodiesPerReport) {
        const portion = unique.slice(start, start + bodiesPerReport)
        const bodies = await readBodies(context, calendar, portion, options?.signal)
        for (const body of bodies) found.push(toFetched(body, traits))
      }
      return found
    },
    idFor: (calendar, key): RemoteId => toRemoteId(createUrl(context, calendar, key), context.dav.site),
    create: (calendar, draft, options) => create(context, calendar, draft, options?.signal),
    update: (calendar, change, options) => update(context, calendar, change, options?.signal),
    remove: (calendar, current, options) => remove(context, calendar, current, options?.signal),
  }
}

function toFetched(body: Awaited<ReturnType<typeof readBodies>>[number], traits: Traits): Fetched {
  if (body.type === 'gone') return body
  if (body.type === 'failed') return { type: 'unreadable', id: body.id, error: body.error }
  const read = toEvent(body.id, body.text, body.tag, traits)
  if (read.type === 'event') return { type: 'found', event: read.event }
  // A task is no event; as an event there is nothing under this id.
  return read.type === 'other' ? { type: 'gone', id: read.id } : read
}
