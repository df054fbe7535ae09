import * as z from 'zod'
import type { Figures } from './figures.js'

/** What an alert may watch, by name. Shares are from 0 to 1, times in milliseconds. */
export type AlertMetric =
  | 'successRate'
  | 'failureRate'
  | 'syncAverageMs'
  | 'syncP50Ms'
  | 'syncP95Ms'
  | 'accuracy'
  | 'autoResolution'
  | 'conflictsWaiting'
  | 'apiErrorRate'
  | 'apiRequests'
  | 'eventsFailed'
  | 'freshShare'
  | 'activeUsers'
  | 'runs'
  | 'silenceMs'

/**
 * When somebody is to be told, as plain JSON.
 *
 * @example
 * ```ts
 * import type { AlertRule } from 'calweave'
 *
 * export const rules: AlertRule[] = [
 *   { id: 'a service fails', metric: 'apiErrorRate', provider: 'example', above: 0.05, overMs: 900_000, atLeast: 50 },
 *   { id: 'nothing is synced', metric: 'runs', below: 1, overMs: 3_600_000 },
 * ]
 * ```
 */
export interface AlertRule {
  /** Names it among the rules; what is raised and what is over again are known by it. */
  readonly id: string
  readonly metric: AlertMetric
  /** For `apiErrorRate` and `apiRequests`: of this provider only. */
  readonly provider?: string
  /** Raised while the figure is above this, or below {@link below}; give one of the two, or both. */
  readonly above?: number
  readonly below?: number
  /**
   * How far back it looks, in milliseconds: 5 minutes to 30 days. What was counted is known by five minutes for some hours and
   * by the hour after that, so it may look that much further.
   */
  readonly overMs: number
  /**
   * How much has to be counted in that time before it says anything: runs, requests, copies ... whatever the figure is made
   * of. @default 1, and 0 for figures that are counts
   */
  readonly atLeast?: number
  /** For the host: whom to tell, how urgent it is. calweave hands it on. */
  readonly notify?: string
}

/** How an alert rule stands. */
export interface AlertState {
  readonly rule: AlertRule
  /** `unknown`: too little was counted; whatever it was before is still so. */
  readonly state: 'raised' | 'clear' | 'unknown'
  /** Absent where there is none. */
  readonly figure?: number
  readonly samples: number
  /** The same for a person to read, in a sentence. */
  readonly words: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** How a rule stood when somebody was told last, as it is kept. */
export interface KeptAlert {
  readonly id: string
  readonly state: 'raised' | 'clear'
  /** Since when, milliseconds since 1970. */
  readonly since: number
  /** A digest of the rule as it was then. */
  readonly rule?: string
}

interface Reading {
  readonly words: string
  readonly as: 'share' | 'ms' | 'count'
  figure(figures: Figures, provider: string | undefined, now: number, overMs: number): number | undefined
  /** Absent: a count, which says something also where it is 0. */
  samples?(figures: Figures, provider: string | undefined): number
}

const ended = ({ runs }: Figures): number => runs.ok + runs.partial + runs.failed
const timed = ({ syncMs }: Figures): number => syncMs.count
const requests = (figures: Figures, provider: string | undefined) =>
  provider === undefined ? figures.requests : figures.requests.byProvider[provider]

const readings: Readonly<Record<AlertMetric, Reading>> = {
  successRate: {
    words: 'Syncs that went through',
    as: 'share',
    figure: ({ runs }) => runs.successRate,
    samples: ended,
  },
  failureRate: { words: 'Syncs that failed', as: 'share', figure: ({ runs }) => runs.failureRate, samples: ended },
  syncAverageMs: { words: 'Average time of a sync', as: 'ms', figure: ({ syncMs }) => syncMs.average, samples: timed },
  syncP50Ms: { words: 'Time of half of the syncs', as: 'ms', figure: ({ syncMs }) => syncMs.p50, samples: timed },
  syncP95Ms: { words: 'Time of 95 of 100 syncs', as: 'ms', figure: ({ syncMs }) => syncMs.p95, samples: timed },
  accuracy: {
    ...{ words: 'Copies as they should be', as: 'share' },
    figure: ({ accuracy }) => accuracy.share,
    samples: ({ accuracy }) => accuracy.copies,
  },
  autoResolution: {
    ...{ words: 'Conflicts settled without a person', as: 'share' },
    figure: ({ conflicts }) => conflicts.automaticShare,
    samples: ({ conflicts }) => conflicts.automatic + conflicts.waiting,
  },
  conflictsWaiting: { words: 'Conflicts left to a person', as: 'count', figure: ({ conflicts }) => conflicts.waiting },
  apiErrorRate: {
    ...{ words: 'Requests that failed', as: 'share' },
    figure: (figures, provider) => requests(figures, provider)?.errorRate,
    samples: (figures, provider) => requests(figures, provider)?.total ?? 0,
  },
  apiRequests: {
    ...{ words: 'Requests', as: 'count' },
    figure: (figures, provider) => requests(figures, provider)?.total ?? 0,
  },
  eventsFailed: { words: 'Events that failed', as: 'count', figure: ({ events }) => events.failed },
  freshShare: {
    ...{ words: 'Groups in step', as: 'share' },
    figure: ({ people }) => people?.freshShare,
    samples: ({ people }) => people?.groups ?? 0,
  },
  activeUsers: { words: 'Active users', as: 'count', figure: ({ people }) => people?.activeUsers },
  runs: { words: 'Syncs', as: 'count', figure: ({ runs }) => runs.total },
  silenceMs: {
    ...{ words: 'Time since a sync went through', as: 'ms' },
    // Where nothing went through in all that time, it was at least so long ago.
    figure: ({ lastSuccessAt }, _, now, overMs) => Math.max(0, now - (lastSuccessAt ?? now - overMs)),
    samples: ended,
  },
}

/** How a rule stands, given the figures of its stretch of time. */
export function alertStateOf(rule: AlertRule, figures: Figures, now: number): AlertState {
  const { figure: figureOf, samples: samplesOf } = readings[rule.metric]
  const figure = figureOf(figures, rule.provider, now, rule.overMs)
  const samples = samplesOf ? samplesOf(figures, rule.provider) : (figure ?? 0)
  const needed = rule.atLeast ?? (samplesOf ? 1 : 0)
  const isBeyond = (value: number): boolean =>
    (rule.above !== undefined && value > rule.above) || (rule.below !== undefined && value < rule.below)
  const state = figure === undefined || samples < needed ? 'unknown' : isBeyond(figure) ? 'raised' : 'clear'
  const known = figure === undefined ? {} : { figure }
  return { rule, state, ...known, samples, words: wordsOf(rule, figure), at: now }
}

function wordsOf({ metric, provider, above, below, overMs }: AlertRule, figure: number | undefined): string {
  const { words, as } = readings[metric]
  const what = provider === undefined ? words : `${words} at ${provider}`
  const lately = `in the last ${duration(overMs)}`
  if (figure === undefined) return `${what} ${lately}: nothing was counted.`
  const limits = [
    ...(above !== undefined && figure > above ? [`above ${written(above, as)}`] : []),
    ...(below !== undefined && figure < below ? [`below ${written(below, as)}`] : []),
  ]
  return `${what} ${lately}: ${[written(figure, as), ...limits].join(', ')}.`
}

function written(value: number, as: Reading['as']): string {
  if (as === 'ms') return duration(value)
  return as === 'share' ? `${Number((value * 100).toFixed(2))} %` : String(value)
}

function duration(ms: number): string {
  const units = [
    ['days', 86_400_000],
    ['hours', 3_600_000],
    ['minutes', 60_000],
    ['seconds', 1_000],
  ] as const
  for (const [name, length] of units) if (ms >= 2 * length) return `${Number((ms / length).toFixed(1))} ${name}`
  return `${Math.round(ms)} ms`
}

const metrics = Object.keys(readings) as [AlertMetric, ...AlertMetric[]]

const AlertRuleSchema: z.ZodType<AlertRule> = z
  .strictObject({
    id: z.string().min(1).max(128),
    metric: z.enum(metrics),
    provider: z.string().min(1).max(64).exactOptional(),
    above: z.number().exactOptional(),
    below: z.number().exactOptional(),
    overMs: z
      .int()
      .min(300_000)
      .max(30 * 86_400_000),
    atLeast: z.number().min(0).exactOptional(),
    notify: z.string().max(1_024).exactOptional(),
  })
  .refine(({ above, below }) => above !== undefined || below !== undefined, 'say above or below what')
  .refine(
    ({ metric, provider }) => provider === undefined || metric === 'apiErrorRate' || metric === 'apiRequests',
    'a provider goes with apiErrorRate and apiRequests only',
  )

/** A list of rules, at most 100, no two of one id. */
export const AlertRulesSchema: z.ZodType<readonly AlertRule[]> = z
  .array(AlertRuleSchema)
  .max(100)
  .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, 'two rules have one id')
