import * as z from 'zod'
import {
  type AuditEntry,
  AuditEntrySchema,
  type AuditVerification,
  type ChainHead,
  ChainHeadSchema,
  type JournalEntry,
  JournalEntrySchema,
  type Run,
  RunSchema,
} from '../../index.js'
import { itemsOf } from '../answers/basic.js'
import { AuditVerificationSchema } from '../answers/figures.js'
import { type PageQuery, pageShape, someId } from '../inputs.js'
import type { Items, Table } from '../route.js'

/** A list that can be read from either end. */
export interface HistoryQuery extends PageQuery {
  /** @default 'newest' */
  readonly order?: 'newest' | 'oldest'
}

/** Which entries of a group. */
export interface GroupAuditQuery extends HistoryQuery {
  /** Those of one event only, oldest first. */
  readonly event?: string
  /** Those of one run only, oldest first. */
  readonly run?: string
}

/** A run with all that it did. */
export interface RunDetail {
  readonly run: Run
  /** What events said before and after it. */
  readonly journal: readonly JournalEntry[]
  readonly audit: readonly AuditEntry[]
}

/** Which chain of the audit to check. */
export interface AuditVerifyBody {
  /** A group's id, or `~user` for the settings. @default all chains */
  readonly chain?: string
  /** What `/audit/heads` gave earlier. @default none */
  readonly heads?: readonly ChainHead[]
}

export interface HistoryRoutes {
  'GET /groups/{groupId}/runs': { readonly query: HistoryQuery; readonly answer: Items<Run> }
  'GET /groups/{groupId}/runs/{runId}': { readonly answer: RunDetail }
  'GET /audit': { readonly query: HistoryQuery; readonly answer: Items<AuditEntry> }
  'GET /groups/{groupId}/audit': { readonly query: GroupAuditQuery; readonly answer: Items<AuditEntry> }
  'GET /audit/heads': { readonly answer: Items<ChainHead> }
  'POST /audit/verify': { readonly body: AuditVerifyBody; readonly answer: AuditVerification }
}

const order = z.enum(['newest', 'oldest']).exactOptional()

const verifyBody: z.ZodType<AuditVerifyBody> = z.strictObject({
  chain: someId.exactOptional(),
  heads: z.array(ChainHeadSchema).max(1_000).exactOptional(),
})

/** Changes of one run that are shown. */
const mostOfOneRun = 1_000

export const historyRoutes: Table<HistoryRoutes> = {
  'GET /groups/{groupId}/runs': {
    summary: 'What the syncs of a group did; those that found nothing to do are not kept',
    query: z.strictObject({ ...pageShape, order }),
    answer: itemsOf(RunSchema),
    async handle({ user, params, query }) {
      const { order: asked = 'newest', ...page } = query
      const { id } = await user.groups.get(params.groupId)
      return user.runs.list(id, { ...page, newestFirst: asked === 'newest' })
    },
  },
  'GET /groups/{groupId}/runs/{runId}': {
    summary: 'One run, with every change that it made',
    answer: z.strictObject({ run: RunSchema, journal: z.array(JournalEntrySchema), audit: z.array(AuditEntrySchema) }),
    async handle({ user, params }) {
      const run = await user.runs.get(params.groupId, params.runId)
      const [journal, audit] = await Promise.all([
        user.journal.ofRun(run.groupId, run.id),
        user.audit.list(run.groupId, { runId: run.id, limit: mostOfOneRun }),
      ])
      return { run, journal: journal.slice(0, mostOfOneRun), audit: audit.items }
    },
  },
  'GET /audit': {
    summary: 'What was done to groups, connections and watches',
    query: z.strictObject({ ...pageShape, order }),
    answer: itemsOf(AuditEntrySchema),
    async handle({ user, query }) {
      const { order: asked = 'newest', ...page } = query
      return user.audit.listSettings({ ...page, newestFirst: asked === 'newest' })
    },
  },
  'GET /groups/{groupId}/audit': {
    summary: 'Every change that a sync made or a person decided in a group',
    query: z
      .strictObject({ ...pageShape, order, event: someId.exactOptional(), run: someId.exactOptional() })
      .refine(({ event, run }) => event === undefined || run === undefined, 'name an event or a run'),
    answer: itemsOf(AuditEntrySchema),
    async handle({ user, params, query }) {
      const { event: eventId, run: runId, order: asked = 'newest', ...page } = query
      const { id } = await user.groups.get(params.groupId)
      if (eventId !== undefined) return user.audit.list(id, { ...page, eventId })
      if (runId !== undefined) return user.audit.list(id, { ...page, runId })
      return user.audit.list(id, { ...page, newestFirst: asked === 'newest' })
    },
  },
  'GET /audit/heads': {
    summary: 'Where every chain of the audit ends now, to be kept elsewhere',
    answer: itemsOf(ChainHeadSchema),
    async handle({ user }) {
      return { items: await user.audit.heads() }
    },
  },
  'POST /audit/verify': {
    summary: 'Looks whether anything of the audit was changed, dropped, moved or put in',
    body: verifyBody,
    answer: AuditVerificationSchema,
    async handle({ user, body }) {
      return user.audit.verify(body)
    },
  },
}
