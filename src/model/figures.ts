import { countDistinct } from './distinct.js'
import type { RunOutcome } from './run-measures.js'
import type { Tally } from './tally.js'
import { noTimes, percentile, type Times } from './times.js'

/** How long things took, in milliseconds. Percentiles are within 13 %, the rest is exact. Absent where nothing was timed. */
export interface TimeFigures {
  readonly count: number
  readonly average?: number
  readonly p50?: number
  readonly p95?: number
  readonly most?: number
}

/** Requests to one calendar service. */
export interface RequestFigures {
  readonly total: number
  /** No answer, 5xx, and 4xx but those that a sync expects: 404, 409, 410, 412. */
  readonly errors: number
  /** `errors / total`; absent where there was no request. */
  readonly errorRate?: number
  /** How often each of these statuses came; 0 stands for no answer. */
  readonly byStatus: Readonly<Record<string, number>>
  readonly ms: TimeFigures
  /** How often, and for how long, the service asked to be left alone. */
  readonly waitMs: TimeFigures
}

/** How many there were, each counted once. Almost exact up to a few hundred, then within 5 %. */
export interface PeopleFigures {
  /** Users of whom at least one group was synced. */
  readonly activeUsers: number
  readonly activeConnections: number
  /** Groups that were synced, whatever came of it. */
  readonly groups: number
  /** Of these, groups of which at least one run went through. */
  readonly groupsInStep: number
  /** `groupsInStep / groups`; absent where there was none. */
  readonly freshShare?: number
}

/** What came of a stretch of time. Shares are from 0 to 1, and absent where there was nothing to share. */
export interface Figures {
  readonly runs: Readonly<Record<RunOutcome, number>> & {
    /** All but `busy` ones. */
    readonly total: number
    /** By why they began; all but `busy` ones. */
    readonly byCause: Readonly<Record<string, number>>
    /** Of the runs that came to an end: `ok / (ok + partial + failed)`. */
    readonly successRate?: number
    /** `(partial + failed) / (ok + partial + failed)` */
    readonly failureRate?: number
  }
  /** How long runs took that did not fail. */
  readonly syncMs: TimeFigures
  readonly events: Readonly<Record<'created' | 'updated' | 'removed' | 'skipped' | 'failed', number>>
  readonly conflicts: {
    /** Fields that a strategy or a rule decided. */
    readonly automatic: number
    /** Fields that were left to a person. */
    readonly waiting: number
    /** Fields that a person decided meanwhile. */
    readonly byPerson: number
    /** `automatic / (automatic + waiting)` */
    readonly automaticShare?: number
    readonly byStrategy: Readonly<Record<string, number>>
  }
  /** What `groups.verify` found. */
  readonly accuracy: {
    readonly copies: number
    readonly accurate: number
    /** `accurate / copies` */
    readonly share?: number
    /** The same after the repair. */
    readonly repairedShare?: number
  }
  readonly requests: {
    readonly total: number
    readonly errors: number
    readonly errorRate?: number
    readonly byProvider: Readonly<Record<string, RequestFigures>>
  }
  /** Failures of runs and of calendars, by their code. */
  readonly errors: Readonly<Record<string, number>>
  /** Writes that were tried once more. */
  readonly retries: number
  /** Copies that turned up and were known for copies. */
  readonly loops: number
  /** Users who connected their first account, accounts that were connected, and by provider. */
  readonly adoption: {
    readonly newUsers: number
    readonly newConnections: number
    readonly byProvider: Readonly<Record<string, number>>
  }
  /** When a run last went through, milliseconds since 1970. */
  readonly lastSuccessAt?: number
  /** Of all users together only. */
  readonly people?: PeopleFigures
}

const outcomes: readonly RunOutcome[] = ['ok', 'partial', 'failed', 'continues', 'busy']

/** What a tally comes to. */
export function figuresOf(tally: Tally, isOfEverybody: boolean): Figures {
  const { counts } = tally
  const count = (name: string): number => counts[name] ?? 0
  const runs = Object.fromEntries(outcomes.map((one) => [one, sum(counts, (_, outcome) => outcome === one, 'run')]))
  const { ok = 0, partial = 0, failed = 0, busy = 0, continues = 0 } = runs
  const ended = ok + partial + failed
  const byStrategy = Object.fromEntries(below(counts, 'conflict').filter(([name]) => name !== 'none'))
  const { person: byPerson = 0 } = byStrategy
  const automatic = Object.values(byStrategy).reduce((all, one) => all + one, 0) - byPerson
  const waiting = count('conflict/none')
  const copies = count('verify/copies')
  const latest = tally.latest['ok']
  return {
    runs: {
      ...{ ok, partial, failed, continues, busy },
      total: ended + continues,
      byCause: Object.fromEntries(causesOf(counts)),
      ...share('successRate', ok, ended),
      ...share('failureRate', ended - ok, ended),
    },
    syncMs: timesOf(tally.times['run']),
    events: {
      created: count('event/created'),
      updated: count('event/updated'),
      removed: count('event/removed'),
      skipped: count('event/skipped'),
      failed: count('event/failed'),
    },
    conflicts: { automatic, waiting, byPerson, byStrategy, ...share('automaticShare', automatic, automatic + waiting) },
    accuracy: {
      copies,
      accurate: count('verify/accurate'),
      ...share('share', count('verify/accurate'), copies),
      ...share('repairedShare', count('verify/repaired'), copies),
    },
    requests: requestsOf(tally),
    errors: Object.fromEntries(below(counts, 'error')),
    retries: count('retry'),
    loops: count('loop'),
    adoption: {
      newUsers: count('user'),
      newConnections: below(counts, 'connected').reduce((all, [, one]) => all + one, 0),
      byProvider: Object.fromEntries(below(counts, 'connected')),
    },
    ...(latest === undefined ? {} : { lastSuccessAt: latest }),
    ...(isOfEverybody ? { people: peopleOf(tally) } : {}),
  }
}

function requestsOf({ counts, times }: Tally): Figures['requests'] {
  const byProvider = below(counts, 'request').map(([provider, total]): [string, RequestFigures] => {
    const errors = counts[`refused/${provider}`] ?? 0
    const byStatus = Object.fromEntries(below(counts, `status/${provider}`))
    const ms = timesOf(times[`request/${provider}`])
    return [
      provider,
      { total, errors, byStatus, ms, waitMs: timesOf(times[`wait/${provider}`]), ...share('errorRate', errors, total) },
    ]
  })
  const total = byProvider.reduce((all, [, one]) => all + one.total, 0)
  const errors = byProvider.reduce((all, [, one]) => all + one.errors, 0)
  return { total, errors, ...share('errorRate', errors, total), byProvider: Object.fromEntries(byProvider) }
}

function peopleOf({ distinct }: Tally): PeopleFigures {
  const groups = countDistinct(distinct['groups'] ?? '')
  // Two estimates: the part must not come out larger than the whole.
  const groupsInStep = Math.min(groups, countDistinct(distinct['inStep'] ?? ''))
  return {
    activeUsers: countDistinct(distinct['users'] ?? ''),
    activeConnections: countDistinct(distinct['connections'] ?? ''),
    groups,
    groupsInStep,
    ...share('freshShare', groupsInStep, groups),
  }
}

function timesOf(times: Times = noTimes): TimeFigures {
  const { count, sum, most } = times
  if (count === 0) return { count }
  return { count, average: sum / count, p50: percentile(times, 0.5) ?? 0, p95: percentile(times, 0.95) ?? 0, most }
}

function causesOf(counts: Tally['counts']): ReadonlyMap<string, number> {
  const causes = new Map<string, number>()
  for (const [name, count] of below(counts, 'run')) {
    const [cause = '', outcome] = name.split('/')
    if (outcome !== 'busy') causes.set(cause, (causes.get(cause) ?? 0) + count)
  }
  return causes
}

function sum(counts: Tally['counts'], isIt: (first: string, second: string) => boolean, under: string): number {
  let all = 0
  for (const [name, count] of below(counts, under)) {
    const [first = '', second = ''] = name.split('/')
    if (isIt(first, second)) all += count
  }
  return all
}

/** What is counted under names that begin so, by the rest of the name. */
function below(counts: Tally['counts'], prefix: string): readonly [string, number][] {
  const start = `${prefix}/`
  return Object.entries(counts).flatMap(([name, count]): [string, number][] =>
    name.startsWith(start) ? [[name.slice(start.length), count]] : [],
  )
}

function share<N extends string>(name: N, part: number, whole: number): { readonly [K in N]?: number } {
  return (whole > 0 ? { [name]: part / whole } : {}) as { readonly [K in N]?: number }
}
