import type { Entry } from './entry.js'

/** Mara leads a product team at Northwind, and works one day a week at a client, Fernwood, who gave her an Outlook. */
export const mara = {
  id: 'mara',
  name: 'Mara Lindt',
  google: 'mara@northwind.example',
  microsoft: 'mara.lindt@fernwood.example',
  icloud: 'mara.lindt@icloud.example',
} as const

/** In "Work", at Google. */
export const maraAtWork: readonly Entry[] = [
  {
    ...{ title: 'Stand-up', day: -14, from: '09:15', to: '09:30', place: 'Room Alder' },
    repeats: { on: ['MO', 'TU', 'WE', 'TH', 'FR'], count: 30 },
  },
  {
    ...{ title: 'Sprint planning', day: -7, from: '10:00', to: '11:15', place: 'Room Alder' },
    notes: 'Bring the estimates.\nWe start with what was left over.',
    repeats: { every: 2, count: 4 },
  },
  { title: '1:1 with Idris', day: -6, from: '11:00', to: '11:30', repeats: { count: 6 } },
  { title: 'Interview: backend engineer', day: 0, from: '14:00', to: '15:00', place: 'Room Birch' },
  {
    ...{ title: 'Design review', day: 1, from: '13:00', to: '14:00', place: 'Room 4' },
    notes: 'Sync settings: direction, privacy, schedule.',
  },
  { title: 'Pairing: importer', day: 2, from: '10:30', to: '12:00' },
  { title: 'Talk about pay', day: 2, from: '14:00', to: '14:45', isPrivate: true },
  { title: 'Call with Boston', day: 2, from: '10:00', to: '10:45', zone: 'America/New_York', place: 'Video' },
  { title: 'Incident drill', day: 3, from: '09:30', to: '11:00', place: 'Room Cedar' },
  { title: 'Focus: migration guide', day: 3, from: '13:30', to: '15:30' },
  { title: 'Demo day', day: 4, from: '15:30', to: '16:30', place: 'Atrium' },
  { title: 'Retrospective', day: 4, from: '10:00', to: '11:00', place: 'Room Alder' },
  { title: 'Roadmap, first draft', day: 7, from: '13:00', to: '14:30' },
  { title: 'Product conference', day: 10, days: 2, place: 'Leipzig' },
  { title: 'Customer visit: Oakline', day: 8, from: '09:00', to: '12:00', place: 'Oakline, Harbour 12' },
  { title: 'Interview: designer', day: 9, from: '11:00', to: '12:00', place: 'Room Birch' },
  { title: 'Release 4.2', day: 14, days: 1 },
  { title: 'Budget, second round', day: 15, from: '10:00', to: '11:30' },
  { title: 'Handover to support', day: -4, from: '15:00', to: '16:00' },
  { title: 'Security training', day: -5, from: '13:00', to: '14:30' },
]

/** In her Outlook, at the client. */
export const maraAtClient: readonly Entry[] = [
  { title: 'Vendor call', day: 2, from: '09:00', to: '10:00', place: 'Teams' },
  {
    ...{ title: 'Steering committee', day: -4, from: '11:00', to: '12:00', place: 'Fernwood, 3rd floor' },
    repeats: { count: 6 },
  },
  { title: 'Quarterly numbers', day: 4, from: '14:00', to: '15:00', place: 'Fernwood, 3rd floor' },
  { title: 'Contract review', day: 0, from: '15:30', to: '16:30', place: 'Teams' },
  { title: 'Data protection Q&A', day: 1, from: '13:30', to: '14:30', place: 'Teams' },
  { title: 'Procurement check-in', day: 3, from: '14:00', to: '14:30', isTentative: true },
  { title: 'Fernwood offsite', day: 8, days: 1, place: 'Lake house' },
  { title: 'Licences: renewals', day: 9, from: '14:00', to: '15:00' },
  { title: 'Workshop: intake form', day: 11, from: '09:00', to: '12:00', place: 'Fernwood, 3rd floor' },
  { title: 'Status for the board', day: 16, from: '16:00', to: '17:00' },
]

/** In "Home", at iCloud. */
export const maraAtHome: readonly Entry[] = [
  { title: 'Dentist', day: 1, from: '08:00', to: '08:45', place: 'Lindenstraße 4' },
  { title: 'School pickup', day: -7, from: '16:45', to: '17:15', repeats: { on: ['MO', 'WE'], count: 12 } },
  { title: 'Swim class', day: -4, from: '17:30', to: '18:30', place: 'Pool West', repeats: { count: 8 } },
  { title: 'Lunch with Ana', day: 3, from: '12:15', to: '13:15', place: 'Café Mirabel' },
  { title: 'Flat viewing', day: 4, from: '12:00', to: '12:45', isPrivate: true },
  { title: 'Grandma’s birthday', day: 5, days: 1 },
  { title: 'Train to Lübeck', day: 5, from: '09:40', to: '12:05', place: 'Platform 8' },
  { title: 'Parents’ evening', day: 8, from: '18:30', to: '20:00' },
  { title: 'Choir', day: 10, from: '19:00', to: '20:30', place: 'St. Mary’s hall' },
]
