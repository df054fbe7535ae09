import type { Entry } from './entry.js'

/** Idris is an engineer in Mara's team. Nothing of hers is ever his, though they work at one company and one table. */
export const idris = {
  id: 'idris',
  name: 'Idris Osei',
  google: 'idris@northwind.example',
  microsoft: 'idris.osei@fernwood.example',
  icloud: 'idris.osei@icloud.example',
} as const

/** In "Work", at Google. */
export const idrisAtWork: readonly Entry[] = [
  {
    ...{ title: 'Stand-up', day: -14, from: '09:15', to: '09:30', place: 'Room Alder' },
    repeats: { on: ['MO', 'TU', 'WE', 'TH', 'FR'], count: 30 },
  },
  { title: '1:1 with Mara', day: -6, from: '11:00', to: '11:30', repeats: { count: 6 } },
  { title: 'On call', day: 0, days: 5 },
  {
    title: 'Sprint planning',
    day: -7,
    from: '10:00',
    to: '11:15',
    place: 'Room Alder',
    repeats: { every: 2, count: 4 },
  },
  { title: 'Pairing: importer', day: 2, from: '10:30', to: '12:00' },
  { title: 'Incident drill', day: 3, from: '09:30', to: '11:00', place: 'Room Cedar' },
  { title: 'Architecture talk', day: 3, from: '15:00', to: '16:00' },
  { title: 'Demo day', day: 4, from: '15:30', to: '16:30', place: 'Atrium' },
  { title: 'Load test', day: 9, from: '13:00', to: '15:00' },
]

/** In "Home", at iCloud. */
export const idrisAtHome: readonly Entry[] = [
  { title: 'Climbing', day: -6, from: '18:30', to: '20:30', place: 'Boulder hall', repeats: { count: 8 } },
  { title: 'Physio', day: 0, from: '08:00', to: '08:40', isPrivate: true },
  { title: 'Dinner with Noor', day: 4, from: '19:30', to: '22:00' },
  { title: 'Move the sofa', day: 5, from: '10:00', to: '12:00' },
]

/** In the shared calendar of an allotment club, at a CalDAV server. */
export const allotment: readonly Entry[] = [
  { title: 'Water the beds', day: -7, from: '18:00', to: '18:30', repeats: { on: ['MO', 'TH'], count: 12 } },
  { title: 'Seed swap', day: 6, from: '11:00', to: '14:00', place: 'Allotment gate' },
  { title: 'Members’ meeting', day: 11, from: '19:00', to: '20:30', place: 'Club house' },
]
