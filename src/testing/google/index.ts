export {
  type FakeGoogle,
  type FakeGoogleAccount,
  type FakeGoogleAccountOptions,
  type FakeGoogleCalendarOptions,
  fakeGoogle,
} from './fake-google.js'
export type { FakeGoogleFault, FakeGoogleFaultPlan } from './faults.js'
export type { GoogleMethod } from './methods.js'
export type { FakeGoogleOptions } from './options.js'
export type { FakeGoogleCalendar } from './person.js'
export { documentedQuota, type QuotaLimits } from './quota.js'
export type { GoogleRefusalReason } from './refusals.js'
export type {
  GoogleAccessRole,
  GoogleAttendee,
  GoogleConference,
  GoogleEvent,
  GoogleExtendedProperties,
  GooglePerson,
  GoogleReminder,
  GoogleReminders,
  GoogleTime,
} from './resources.js'
export type { FakeGoogleRequest } from './server.js'
export type { FakeGoogleChannel } from './watch.js'
export type { FakeGoogleMail } from './world.js'
