/** How things are. */
export const statusWords = {
  levels: {
    ok: 'In step',
    working: 'Syncing',
    waiting: 'Will be tried again',
    attention: 'Needs a look',
    stopped: 'Stopped',
  },
  connectionStates: {
    connecting: 'Connecting to live updates',
    live: 'Live',
    polling: 'Updated now and then',
    offline: 'Off line: this may be out of date',
  },
  allInStep: 'All calendars are in step.',
  lastSync: (when: string): string => `Last sync ${when}`,
  progress: (settled: number, left: number): string => `${settled} of ${settled + left} events`,
  timeLeft: (time: string): string => `about ${time} left`,
  syncNow: 'Sync now',
  signInAgain: 'Sign in again',
}
