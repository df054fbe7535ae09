import { s } from './plural.js'

/** The dashboard. */
export const dashboardWords = {
  dashboardTitle: 'How syncing goes',
  goals: {
    accuracy: 'Accurate copies',
    autoResolution: 'Conflicts settled by themselves',
    syncTime: 'Average sync',
    apiErrors: 'Failed requests',
    adoption: 'Active users',
  },
  target: (text: string, is: 'above' | 'below'): string => `target: ${is} ${text}`,
  goalMet: 'met',
  goalMissed: 'missed',
  goalUnknown: 'too little counted',
  people: (count: number): string => `${count} user${s(count)}`,
  connections: 'Accounts',
  groups: 'Groups',
  conflictsWaiting: (count: string): string => `${count} waiting for you`,
  eventsWaiting: (count: string): string => `${count} to be synced`,
  moreThan: (count: number): string => `more than ${count}`,
  runs: 'Last syncs',
  noRuns: 'No sync has changed anything yet.',
  runCounts: (created: number, updated: number, removed: number): string =>
    `${created} made, ${updated} changed, ${removed} removed`,
}
