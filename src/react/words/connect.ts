import { s } from './plural.js'

/** The connection wizard. */
export const connectWords = {
  connectTitle: 'Connect a calendar',
  connectSteps: {
    service: 'Service',
    signIn: 'Sign in',
    calendars: 'Calendars',
    direction: 'Direction',
    preview: 'Preview',
    done: 'Done',
  },
  stepOf: (step: number, steps: number, name: string): string => `Step ${step} of ${steps}: ${name}`,
  serviceQuestion: 'Which calendar do you want to connect?',
  signInAt: (service: string): string => `Sign in at ${service}`,
  signInOauth: (service: string): string =>
    `${service} asks you to sign in on its own page, and brings you back here. Your password is never seen here.`,
  accessModes: {
    busy: 'See only when you are busy',
    read: 'Read your events',
    write: 'Read and change your events',
  },
  accessQuestion: 'What may be done there?',
  connect: 'Connect',
  readMore: 'Read more',
  signInFailed: 'The sign-in did not work.',
  calendarsQuestion: 'Which calendars should be kept in step?',
  calendarsHint: 'Choose two or more, of any account.',
  canWrite: 'can be changed',
  readOnly: 'read only: it is copied, and never changed',
  hasConnection: (account: string): string => `Calendars of ${account}`,
  directionQuestion: 'What goes where?',
  makePreview: 'Show what would happen',
  previewTitle: 'Nothing was written yet. This is what would be.',
  previewNothing: 'Nothing needs to be written: the calendars are in step.',
  previewCounts: (created: number, updated: number, removed: number): string =>
    `${created} cop${created === 1 ? 'y' : 'ies'} made, ${updated} event${s(updated)} changed, ${removed} removed`,
  previewConflicts: (count: number, waiting: number): string =>
    `${count} difference${s(count)} between the calendars, of which ${waiting} will wait for you`,
  previewLosses: (count: number): string => `${count} event${s(count)} cannot be copied whole`,
  previewUnreachable: (calendars: string): string => `Could not be looked at: ${calendars}`,
  previewMore: (count: number): string => `and ${count} more event${s(count)}`,
  actions: {
    create: 'copy made',
    update: 'changed',
    remove: 'removed',
    verify: 'looked at once more',
  },
  startSync: 'Start syncing',
  syncStarted: 'The calendars are kept in step now.',
  connectAnother: 'Connect another calendar',
  chooseConnected: 'Use calendars that are connected already',
}
