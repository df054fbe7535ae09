export type { MicrosoftAnswer } from './answers.js'
export {
  type FakeMicrosoft,
  type FakeMicrosoftAccount,
  type FakeMicrosoftAccountOptions,
  type FakeMicrosoftCalendarOptions,
  fakeMicrosoft,
} from './fake-microsoft.js'
export type { FakeMicrosoftFault, FakeMicrosoftFaultPlan } from './faults.js'
export { documentedLimits, type MicrosoftLimits } from './limits.js'
export type { MicrosoftMethod } from './methods.js'
export type { FakeMicrosoftOptions } from './options.js'
export type { FakeMicrosoftCalendar } from './person.js'
export type { MicrosoftErrorCode } from './refusals.js'
export type {
  MicrosoftAttendee,
  MicrosoftBody,
  MicrosoftEmailAddress,
  MicrosoftEvent,
  MicrosoftExtendedProperty,
  MicrosoftExtension,
  MicrosoftLocation,
  MicrosoftPattern,
  MicrosoftRange,
  MicrosoftRecurrence,
  MicrosoftResponseStatus,
  MicrosoftTime,
} from './resources.js'
export type { FakeMicrosoftRequest } from './server.js'
export type { FakeMicrosoftSubscription, MicrosoftLifecycleEvent } from './subscriptions.js'
export type { FakeMicrosoftMail } from './world.js'
