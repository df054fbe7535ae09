'use client'

export { type AnalyticsOptions, useAnalytics, useMetrics } from './analytics.js'
export { type Calendars, type ShownCalendar, useCalendars } from './calendars.js'
export { ConflictDialog, type ConflictDialogProps } from './components/conflict-dialog.js'
export { ConnectWizard, type ConnectWizardProps } from './components/connect-wizard.js'
export { NotificationList, type NotificationListProps, Toasts } from './components/notification-list.js'
export { OriginBadge, type OriginBadgeProps } from './components/origin-badge.js'
export { SettingsPanel, type SettingsPanelProps } from './components/settings-panel.js'
export { StatusBanner, type StatusBannerProps } from './components/status-banner.js'
export { StatusDashboard, type StatusDashboardProps } from './components/status-dashboard.js'
export type { ConflictRow, Take } from './conflict-choices.js'
export {
  type ConflictResolution,
  type ConflictsOptions,
  type ListedConflict,
  useConflict,
  useConflicts,
} from './conflicts.js'
export {
  type ChosenCalendar,
  type Connect,
  type ConnectOptions,
  type ConnectStep,
  connectSteps,
  type PlanView,
  type ShownOffer,
  useConnect,
} from './connect.js'
export { type Connections, type ShownConnection, useConnections } from './connections.js'
export { CalweaveProvider, type CalweaveProviderProps, useFormats, useStore } from './context.js'
export { type AgendaOptions, type EventStory, useAgenda, useEvent } from './events.js'
export { fieldText, itemText, itemWhere } from './field-values.js'
export { type Filters, type FilterValues, joinFilters, splitFilters } from './filters.js'
export { type Formats, formatsOf } from './formats.js'
export {
  type Groups,
  type HeldChangesOfGroup,
  type HeldChoice,
  type Pauses,
  useGroups,
  useHeld,
  usePauses,
} from './groups.js'
export { type Undoing, type UndoScope, useAudit, useRun, useRuns, useUndo } from './history.js'
export { useHappenings, useLive } from './live.js'
export { type Notifications, useNotifications } from './notifications.js'
export { useSession } from './session.js'
export { type SyncSettings, useSyncSettings } from './settings.js'
export { type SyncStatus, useSyncStatus } from './status.js'
export { english, type Strings } from './strings.js'
export { type Action, useAction } from './use-action.js'
export { type List, useList } from './use-list.js'
export { useRoute } from './use-route.js'
