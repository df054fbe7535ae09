import * as z from 'zod'
import {
  type CalendarStatus,
  type ConnectionStatus,
  FailureSchema,
  type GroupStatus,
  type Health,
  type HealthLevel,
  type HealthReason,
  type NotificationKind,
  type ReasonCode,
  type ReasonFacts,
  type RunUnderWay,
  type ShownNotification,
  type StatusProgress,
  type UserStatus,
} from '../../index.js'
import { count, id, json, subject } from './basic.js'

const level: z.ZodType<HealthLevel> = z.enum(['ok', 'working', 'waiting', 'attention', 'stopped'])

const codes: { readonly [Code in ReasonCode]: true } = {
  sign_in_needed: true,
  scopes_missing: true,
  disconnected: true,
  credentials_refused: true,
  paused: true,
  calendar_gone: true,
  calendar_refuses: true,
  failing: true,
  failing_for_long: true,
  throttled_for_long: true,
  asked_to_wait: true,
  events_unreadable: true,
  push_lost: true,
  first_listing: true,
  too_few_calendars: true,
  given_up: true,
  sync_broken: true,
  removals_held: true,
  creations_held: true,
  conflicts_open: true,
  copies_rewritten: true,
  events_stuck: true,
  late: true,
  events_waiting: true,
  first_sync: true,
  catching_up: true,
  syncing: true,
}
const code: z.ZodType<ReasonCode> = z.enum(Object.keys(codes) as [ReasonCode, ...ReasonCode[]])

const facts: z.ZodType<ReasonFacts> = z.strictObject({
  name: z.string(),
  count: z.number().exactOptional(),
  atLeast: z.literal(true).exactOptional(),
  calendarId: id<NonNullable<ReasonFacts['calendarId']>>().exactOptional(),
  failure: FailureSchema.exactOptional(),
  everyMs: z.number().exactOptional(),
  until: z.number().exactOptional(),
  names: z.array(z.string()).exactOptional(),
})

const reason: z.ZodType<HealthReason> = z.strictObject({
  code,
  level,
  about: subject,
  words: z.string(),
  remedy: z.string().exactOptional(),
  since: z.number().exactOptional(),
  facts,
})

const health = { level, reasons: z.array(reason) } satisfies { readonly [Key in keyof Health]: z.ZodType<Health[Key]> }

export const ConnectionStatusSchema: z.ZodType<ConnectionStatus> = z.strictObject({
  ...health,
  connectionId: id<ConnectionStatus['connectionId']>(),
  name: z.string(),
  provider: z.string(),
  missingScopes: z.array(z.string()),
})

export const CalendarStatusSchema: z.ZodType<CalendarStatus> = z.strictObject({
  ...health,
  calendarId: id<CalendarStatus['calendarId']>(),
  connectionId: id<CalendarStatus['connectionId']>(),
  name: z.string(),
  lastSuccessAt: z.number().exactOptional(),
  failure: FailureSchema.exactOptional(),
  waitsUntil: z.number().exactOptional(),
  push: z.enum(['proven', 'unproven', 'failed', 'none']),
  unreadable: count,
})

const running: z.ZodType<RunUnderWay> = z.strictObject({
  since: z.number(),
  cause: z.enum(['person', 'push', 'schedule', 'import', 'upkeep']),
  phase: z.enum(['observe', 'match', 'settle', 'done']),
  settled: z.int(),
})

const progress: z.ZodType<StatusProgress> = z.strictObject({
  since: z.number(),
  settled: z.int(),
  left: count,
  share: z.number().exactOptional(),
  etaMs: z.number().exactOptional(),
})

export const GroupStatusSchema: z.ZodType<GroupStatus> = z.strictObject({
  ...health,
  groupId: id<GroupStatus['groupId']>(),
  name: z.string(),
  calendarIds: z.array(id<CalendarStatus['calendarId']>()),
  lastSuccessAt: z.number().exactOptional(),
  failure: FailureSchema.exactOptional(),
  everyMs: z.number().nullable(),
  due: count,
  arrivals: count,
  conflicts: count,
  held: z.strictObject({ removals: z.int(), creations: z.int() }),
  running: running.exactOptional(),
  progress: progress.exactOptional(),
})

export const UserStatusSchema: z.ZodType<UserStatus> = z.strictObject({
  ...health,
  at: z.number(),
  connections: z.array(ConnectionStatusSchema),
  calendars: z.array(CalendarStatusSchema),
  groups: z.array(GroupStatusSchema),
})

const kinds: { readonly [Kind in NotificationKind]: true } = {
  sign_in: true,
  conflicts: true,
  removals_held: true,
  creations_held: true,
  rewritten: true,
  stuck: true,
  failing: true,
  throttled: true,
  push_lost: true,
  given_up: true,
  alert: true,
}

export const NotificationSchema: z.ZodType<ShownNotification> = z.strictObject({
  id: z.string(),
  kind: z.enum(Object.keys(kinds) as [NotificationKind, ...NotificationKind[]]),
  about: subject,
  key: z.string().exactOptional(),
  code: code.exactOptional(),
  facts,
  words: z.string(),
  remedy: z.string().exactOptional(),
  data: json.exactOptional(),
  state: z.enum(['open', 'acknowledged', 'resolved']),
  episode: z.int(),
  openedAt: z.number(),
  seenAt: z.number(),
  acknowledgedAt: z.number().exactOptional(),
  acknowledgedCount: z.number().exactOptional(),
  resolvedAt: z.number().exactOptional(),
})
