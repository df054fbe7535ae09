import * as z from 'zod'
import type {
  Analytics,
  AuditVerification,
  Figures,
  Goal,
  GoalName,
  PeopleFigures,
  RequestFigures,
  TimeFigures,
} from '../../index.js'
import { ChainHeadSchema } from '../../index.js'
import { id } from './basic.js'

const times: z.ZodType<TimeFigures> = z.strictObject({
  count: z.int(),
  average: z.number().exactOptional(),
  p50: z.number().exactOptional(),
  p95: z.number().exactOptional(),
  most: z.number().exactOptional(),
})

const counts = z.record(z.string(), z.number())

const requests: z.ZodType<RequestFigures> = z.strictObject({
  total: z.int(),
  errors: z.int(),
  errorRate: z.number().exactOptional(),
  byStatus: counts,
  ms: times,
  waitMs: times,
})

const people: z.ZodType<PeopleFigures> = z.strictObject({
  activeUsers: z.number(),
  activeConnections: z.number(),
  groups: z.number(),
  groupsInStep: z.number(),
  freshShare: z.number().exactOptional(),
})

const figures = {
  runs: z.strictObject({
    ...{ ok: z.int(), partial: z.int(), failed: z.int(), continues: z.int(), busy: z.int(), total: z.int() },
    byCause: counts,
    successRate: z.number().exactOptional(),
    failureRate: z.number().exactOptional(),
  }),
  syncMs: times,
  events: z.strictObject({
    created: z.int(),
    updated: z.int(),
    removed: z.int(),
    skipped: z.int(),
    failed: z.int(),
  }),
  conflicts: z.strictObject({
    automatic: z.int(),
    waiting: z.int(),
    byPerson: z.int(),
    automaticShare: z.number().exactOptional(),
    byStrategy: counts,
  }),
  accuracy: z.strictObject({
    copies: z.int(),
    accurate: z.int(),
    share: z.number().exactOptional(),
    repairedShare: z.number().exactOptional(),
  }),
  requests: z.strictObject({
    total: z.int(),
    errors: z.int(),
    errorRate: z.number().exactOptional(),
    byProvider: z.record(z.string(), requests),
  }),
  errors: counts,
  retries: z.int(),
  loops: z.int(),
  adoption: z.strictObject({ newUsers: z.int(), newConnections: z.int(), byProvider: counts }),
  lastSuccessAt: z.number().exactOptional(),
  people: people.exactOptional(),
}

const goal = (name: GoalName): z.ZodType<Goal> =>
  z.strictObject({
    name: z.literal(name),
    words: z.string(),
    unit: z.enum(['share', 'ms', 'users']),
    figure: z.number().exactOptional(),
    is: z.enum(['above', 'below']),
    target: z.number().exactOptional(),
    samples: z.number(),
    needed: z.number(),
    // JSON leaves out what is undefined: nobody can say yet.
    met: z.boolean().optional(),
  }) as unknown as z.ZodType<Goal>

export const AnalyticsSchema: z.ZodType<Analytics> = z.strictObject({
  from: z.number(),
  to: z.number(),
  totals: z.strictObject(figures) satisfies z.ZodType<Figures>,
  buckets: z.array(z.strictObject({ from: z.number(), ...figures })),
  goals: z.strictObject({
    accuracy: goal('accuracy'),
    autoResolution: goal('autoResolution'),
    syncTime: goal('syncTime'),
    apiErrors: goal('apiErrors'),
    adoption: goal('adoption'),
  }),
})

export const AuditVerificationSchema: z.ZodType<AuditVerification> = z.strictObject({
  isIntact: z.boolean(),
  chains: z.int(),
  entries: z.int(),
  findings: z.array(
    z.strictObject({
      chain: id<AuditVerification['findings'][number]['chain']>(),
      kind: z.enum(['changed', 'missing', 'misplaced', 'inserted', 'head', 'rewritten']),
      seq: z.int(),
      to: z.int().exactOptional(),
    }),
  ),
  unchecked: z.array(ChainHeadSchema),
})
