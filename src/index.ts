// The engine

export type { Credentials } from './engine/accounts.js'
export type { AlertOptions } from './engine/alerting.js'
export type { Analytics, AnalyticsBucket, AnalyticsOptions, AnalyticsQuery } from './engine/analytics.js'
export type { AuditExportOptions, AuditHandle, AuditListOptions, AuditVerifyOptions } from './engine/audit.js'
export type { AuditFinding, AuditVerification } from './engine/audit-check.js'
export type { AuditFormat } from './engine/audit-export.js'
export type { Cleanup, CleanupOptions } from './engine/cleanup.js'
export type {
  ConflictOption,
  ConflictPreview,
  ConflictStatistics,
  ConflictsHandle,
  ResolveOptions,
} from './engine/conflicts.js'
export type {
  CalendarsHandle,
  Connected,
  ConnectionsHandle,
  Disconnection,
  NewConnection,
  Resealed,
  UnreadableEvent,
} from './engine/connections.js'
export type { Progress, RunLimits } from './engine/context.js'
export type { AuthOptions, SyncEngineOptions } from './engine/engine-options.js'
export type { ErrorHook, ErrorReport } from './engine/error-reports.js'
export type { AgendaEntry, CalendarEvent, EventsHandle, EventView } from './engine/events.js'
export type { Because, Explanation, FieldStory, RemoteExplanation, Standing } from './engine/explain.js'
export {
  type GroupChanges,
  GroupChangesSchema,
  type NewGroup,
  NewGroupSchema,
  type NewMember,
} from './engine/group-input.js'
export type { GroupPlan, GroupsHandle, PlannedEvent, SyncSoon } from './engine/groups.js'
export type { Delivered } from './engine/health/delivering.js'
export type { NotificationsHandle, NotificationsOptions } from './engine/health/notifications.js'
export type { NotificationBatch, Notifier, NotifyOptions, QuietHoursOf } from './engine/health/notifier.js'
export type { Alarm } from './engine/health/raising.js'
export type { ShownNotification } from './engine/health/shown.js'
export type { StatusOptions, StatusReader } from './engine/health/status.js'
export type { Held, HeldChoice, HeldEvent, HeldHandle } from './engine/held.js'
export type { ListOptions, ListPage, RunListOptions, RunsHandle } from './engine/history.js'
export type { GroupJob, JobsHandle } from './engine/jobs/handle.js'
export type { StartOptions } from './engine/jobs/worker.js'
export type { JournalHandle, Undo, UndoneEvent, UndoOptions, UndoScope } from './engine/journal.js'
export type { CleanedCalendar } from './engine/leaving.js'
export type { EngineListener } from './engine/listeners.js'
export type { NoticedGroup, NoticeTold } from './engine/notices.js'
export type { DroppedHistory } from './engine/old-history.js'
export type { NewPause, PausesHandle } from './engine/pauses.js'
export type { Purged, PurgeOptions } from './engine/purge.js'
export type { PurgeRecord } from './engine/records.js'
export type { AuditRetention } from './engine/retention.js'
export type { RetentionOptions } from './engine/retention-options.js'
export type { CompleteSignIn, SignIn } from './engine/sign-in.js'
export { type EngineFeatures, SyncEngine } from './engine/sync-engine.js'
export type { SetTimer } from './engine/tally-keeper.js'
export type { RunPart, RunTrace, Telemetry, TelemetrySource } from './engine/tracing.js'
export type { UserHandle } from './engine/user.js'
export type { Difference, Verification } from './engine/verify.js'
export type { NewWatch, Renewals, WatchesHandle } from './engine/watches.js'
export type { Landed, Remedy, SyncErrorCode, SyncErrorOptions } from './errors.js'
// Errors
export { errorCodes, isSyncError, SyncError } from './errors.js'
export type { Becomes } from './mapping/field-view.js'
export type { LostField } from './mapping/losses.js'
export type { Action, Loss } from './merge/plan.js'
export type { FieldConflict, Side, Strategy, Verdict } from './merge/strategy.js'
// Strategies
export { askAPerson, lastModifiedWins, preferCalendar, preferOrigin } from './merge/strategy.js'
export type { AlertMetric, AlertRule, AlertState } from './model/alert.js'
export { AlertRulesSchema } from './model/alert.js'
export type { AuditAction, AuditActor, AuditEntry, ChainAnchor, ChainHead, ChainId } from './model/audit.js'
export { AuditEntrySchema, auditActions, ChainHeadSchema, userChain } from './model/audit.js'
export type { AddressMatch, Condition, EventCondition, EventLeaf, TextMatch } from './model/condition.js'
export { EventConditionSchema } from './model/condition.js'
export type {
  Choice,
  Conflict,
  ConflictItem,
  ConflictKind,
  ConflictSide,
  ConflictStep,
  Resolution,
} from './model/conflict.js'
// Schemas of the model, e.g. to check what a host imports
export { ConflictItemSchema, ConflictSchema } from './model/conflict.js'
export type { ConflictLeaf, ConflictRule, RuleAction, RuleCondition } from './model/conflict-rule.js'
export { ConflictRulesSchema } from './model/conflict-rule.js'
export type { AccessMode, Calendar, Connection, ProvenAccount, PullState } from './model/connection.js'
export { AccessModeSchema, CalendarSchema, ConnectionSchema } from './model/connection.js'
export type {
  Attachment,
  Attendee,
  Conference,
  EventContent,
  EventSpan,
  EventTime,
  Field,
  Geo,
  OccurrenceContent,
  OccurrenceField,
  Organizer,
  Override,
  Recurrence,
  Reminder,
  Slot,
  Stamps,
} from './model/content.js'
export {
  completeContent,
  EventContentSchema,
  FieldSchema,
  fields,
  neutralContent,
  OccurrenceContentSchema,
} from './model/content.js'
export type { QuietHours } from './model/delivery.js'
export type { EngineEvent, EngineHappening, RequestMeasure, RunCause } from './model/engine-event.js'
export type { Count, RunUnderWay, Subject } from './model/evidence.js'
export { type Failure, FailureSchema } from './model/failure.js'
export type { Figures, PeopleFigures, RequestFigures, TimeFigures } from './model/figures.js'
export type { Goal, GoalName, Targets } from './model/goals.js'
export type { HeldChanges, Member, SeriesPolicy, StrategySpec, SyncGroup } from './model/group.js'
export { SyncGroupSchema } from './model/group.js'
export type {
  CalendarStatus,
  ConnectionStatus,
  GroupStatus,
  Health,
  HealthLevel,
  HealthReason,
  PushHealth,
  ReasonCode,
  ReasonFacts,
  StatusProgress,
  UserStatus,
} from './model/health.js'
export { englishWords, type HealthWords, type Said } from './model/health-words.js'
export type { Holding, Limits } from './model/holding.js'
// The model
export type * from './model/ids.js'
export { byHand } from './model/ids.js'
export type { EventState, JournalEntry } from './model/journal.js'
export { JournalEntrySchema } from './model/journal.js'
export type { Json } from './model/json.js'
export type { Notification } from './model/notification.js'
export type { NotificationKind } from './model/notification-kind.js'
export type { Mark, Origin, ToldOrigin } from './model/origin.js'
export { MarkSchema, OriginSchema } from './model/origin.js'
export type { Pause, PauseScope } from './model/pause.js'
export type { Projection, TemplateName, Transform } from './model/projection.js'
export { ProjectionSchema, templateNames } from './model/projection.js'
export { type Weekday, weekdays } from './model/rule.js'
export type { Run, RunCounts, RunEnd } from './model/run.js'
export { RunSchema } from './model/run.js'
export type { ConflictMeasure, RunMeasures, RunOutcome } from './model/run-measures.js'
export type { Schedule } from './model/schedule.js'
export { ScheduleSchema } from './model/schedule.js'
export type { Attempt, Kin, PartKin, Proposal, Provenance, Quirk, Replica, SyncedEvent } from './model/synced-event.js'
export { SyncedEventSchema } from './model/synced-event.js'

export type { CalendarWatch } from './model/watch.js'

// For providers and storages of your own
export type { AccessTokens } from './providers/access-tokens.js'
export type {
  AccountAccess,
  CalendarProvider,
  CallOptions,
  Capabilities,
  ChangePage,
  EventChange,
  EventDraft,
  Fetched,
  ProviderAccount,
  Pull,
  PullFrom,
  RemoteCalendar,
  RemoteChange,
  RemoteEvent,
  SentRequest,
  Written,
} from './providers/provider.js'
export type {
  Notice,
  PushMessage,
  PushRequest,
  RemoteWatch,
  WatchedCalendar,
  WatchRequest,
} from './providers/watching.js'
export type {
  Job,
  JobEnd,
  JobHandler,
  JobPage,
  NewJob,
  QueueDepth,
  Scheduler,
  Urgency,
  WorkOptions,
} from './scheduler/scheduler.js'
export type {
  Batch,
  Collection,
  Lease,
  Page,
  Query,
  RecordChange,
  Storage,
  StoredRecord,
  UsersPage,
  UsersQuery,
} from './storage/storage.js'
