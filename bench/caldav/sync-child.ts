import { performance } from 'node:perf_hooks'
import { type Progress, type RunCounts, SyncEngine } from '../../src/index.js'
import { guardedFetch } from '../../src/node/index.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import { sqliteStorage } from '../../src/storage/sqlite/index.js'
import { answer } from '../child.js'
import { type Cost, measured } from '../measure.js'
import { credentials } from './pairs.js'
import { recordingFetch, type Sent } from './recording.js'

/** One sync by calweave. The first one of a database connects the calendars before the clock starts. */
export interface SyncInput {
  readonly database: string
  readonly urls: readonly [string, string]
  readonly isFirst: boolean
  readonly record: boolean
  /** `guarded`: the `fetch` of `calweave/node`. */
  readonly client: 'global' | 'guarded'
}

export interface SyncOutput {
  readonly cost: Cost
  readonly counts: RunCounts
  readonly requests: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly methods: Readonly<Record<string, number>>
  readonly sent: readonly Sent[]
  /** Where the time of the sync went, by what it said it was doing. */
  readonly phaseMs: Readonly<Record<string, number>>
  /** Of the process before the sync. */
  readonly rssBeforeMb: number
}

answer(async ({ database, urls, isFirst, record, client }: SyncInput): Promise<SyncOutput> => {
  const totals = { requests: 0, bytesUp: 0, bytesDown: 0 }
  const methods: Record<string, number> = {}
  const sent: Sent[] = []
  const allowedHosts = urls.map((url) => new URL(url).host)
  const guarded = client === 'guarded' ? { fetch: guardedFetch({ allowedHosts }) } : {}
  const provider = caldavProvider({
    allowedHosts,
    ...(record ? { fetch: recordingFetch(sent) } : guarded),
    onRequest({ method, bytesUp, bytesDown }) {
      totals.requests++
      totals.bytesUp += bytesUp
      totals.bytesDown += bytesDown
      methods[method] = (methods[method] ?? 0) + 1
    },
  })
  const storage = sqliteStorage({ path: database })
  const engine = new SyncEngine({ storage, providers: [provider], credentials: () => credentials, secret: 'bench' })
  const user = engine.user('bench')
  if (isFirst) {
    const calendarIds: string[] = []
    for (const url of urls) {
      const { calendars } = await user.connections.add({ provider: 'caldav', settings: { url } })
      const own = calendars.find(({ remoteId }) => url.endsWith(remoteId) || new URL(remoteId, url).href === url)
      if (!own) throw new Error('The calendar is not among those that were listed.')
      calendarIds.push(own.id)
    }
    await user.groups.create({ id: 'bench', name: 'bench', members: calendarIds.map((calendarId) => ({ calendarId })) })
  }
  Object.assign(totals, { requests: 0, bytesUp: 0, bytesDown: 0 })
  for (const method of Object.keys(methods)) delete methods[method]
  sent.length = 0
  const rssBeforeMb = process.memoryUsage.rss() / 1_048_576
  const { phaseMs, onProgress } = phaseClock()
  const { cost, result } = await measured(() => user.groups.sync('bench', { onProgress }))
  await storage.close()
  if (result.end !== 'finished' || result.more || result.failures.length > 0)
    throw new Error(`The sync did not finish: ${JSON.stringify(result)}`)
  return { cost, counts: result.counts, ...totals, methods, sent, phaseMs, rssBeforeMb }
})

/** A run tells of most things when they are done, so the time since the last word belongs to the new one. */
function phaseClock(): { readonly phaseMs: Record<string, number>; readonly onProgress: (progress: Progress) => void } {
  const phaseMs: Record<string, number> = {}
  let last = performance.now()
  return {
    phaseMs,
    onProgress({ phase }) {
      const now = performance.now()
      phaseMs[phase] = Math.round((phaseMs[phase] ?? 0) + now - last)
      last = now
    },
  }
}
