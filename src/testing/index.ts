// Contracts: what a provider or a storage of your own must keep
export type { ContractCase } from './contract.js'
export { ContractFailure } from './contract.js'
// A calendar service that behaves as Google's does, as documented
export type {
  FakeGoogle,
  FakeGoogleAccount,
  FakeGoogleAccountOptions,
  FakeGoogleCalendar,
  FakeGoogleCalendarOptions,
  FakeGoogleChannel,
  FakeGoogleFault,
  FakeGoogleFaultPlan,
  FakeGoogleMail,
  FakeGoogleOptions,
  FakeGoogleRequest,
  GoogleAccessRole,
  GoogleAttendee,
  GoogleConference,
  GoogleEvent,
  GoogleExtendedProperties,
  GoogleMethod,
  GooglePerson,
  GoogleRefusalReason,
  GoogleReminder,
  GoogleReminders,
  GoogleTime,
  QuotaLimits,
} from './google/index.js'
export { documentedQuota, fakeGoogle } from './google/index.js'
// A calendar service that behaves as Apple's does, as far as is known
export type {
  FakeCollection,
  FakeCollectionKind,
  FakeIcloud,
  FakeIcloudAccount,
  FakeIcloudAccountOptions,
  FakeIcloudOptions,
  FakeIcloudRequest,
  FakeItem,
} from './icloud/index.js'
export { fakeIcloud } from './icloud/index.js'
// A queue that works when a test says so
export type { ManualScheduler } from './manual-scheduler.js'
export { manualScheduler } from './manual-scheduler.js'
// A calendar service that behaves as Microsoft Graph does, as documented and seen
export type {
  FakeMicrosoft,
  FakeMicrosoftAccount,
  FakeMicrosoftAccountOptions,
  FakeMicrosoftCalendar,
  FakeMicrosoftCalendarOptions,
  FakeMicrosoftFault,
  FakeMicrosoftFaultPlan,
  FakeMicrosoftMail,
  FakeMicrosoftOptions,
  FakeMicrosoftRequest,
  FakeMicrosoftSubscription,
  MicrosoftAnswer,
  MicrosoftAttendee,
  MicrosoftBody,
  MicrosoftEmailAddress,
  MicrosoftErrorCode,
  MicrosoftEvent,
  MicrosoftExtendedProperty,
  MicrosoftExtension,
  MicrosoftLifecycleEvent,
  MicrosoftLimits,
  MicrosoftLocation,
  MicrosoftMethod,
  MicrosoftPattern,
  MicrosoftRange,
  MicrosoftRecurrence,
  MicrosoftResponseStatus,
  MicrosoftTime,
} from './microsoft/index.js'
export { documentedLimits, fakeMicrosoft } from './microsoft/index.js'
export { providerContract } from './provider-contract.js'
export type { ProviderFixture } from './provider-fixture.js'
export { schedulerContract } from './scheduler-contract.js'
export type { SchedulerFixture, SchedulerProcess } from './scheduler-fixture.js'
export type { Violation } from './sim/judge/violation.js'
export type { ScheduleOptions, ScheduleResult } from './sim/simulate.js'
// The simulator: the engine on a seeded scheduler, with faults, judged by what people can see
export { simulate } from './sim/simulate.js'
export { storageContract } from './storage-contract.js'
