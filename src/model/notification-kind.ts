/**
 * What a person is told of.
 *
 * - `sign_in`: somebody has to sign in again, or to allow more
 * - `conflicts`: calendars disagree, and nobody but a person can say what is right
 * - `removals_held`, `creations_held`: so many at once may be a mistake
 * - `rewritten`: a calendar changes what is written to it, again and again
 * - `stuck`: events that cannot be written
 * - `failing`: a calendar, or a whole sync, has failed for long or will not come back by itself
 * - `throttled`: a service has asked for fewer requests for long
 * - `push_lost`: a service does not tell of changes any more
 * - `given_up`: a sync that is not tried again before a person says so
 * - `alert`: raised by the host or by a rule about figures
 */
export type NotificationKind =
  | 'sign_in'
  | 'conflicts'
  | 'removals_held'
  | 'creations_held'
  | 'rewritten'
  | 'stuck'
  | 'failing'
  | 'throttled'
  | 'push_lost'
  | 'given_up'
  | 'alert'
