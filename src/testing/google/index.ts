export {
  type FakeGoogle,
  type FakeGoogleAccount,
  type FakeGoogleAccountOptions,
  type FakeGoogleCalendarOptions,
  type FakeGoogleOptions,
  type FakeGoogleRequest,
  fakeGoogle,
} from './fake-google.js'
export type { GoogleMethod } from './methods.js'
export type { GoogleAccessRole, GoogleEvent } from './resources.js'
export type { FakeGoogleMail } from './world.js'
