/** Where an event came from. */
export const originWords = {
  originHere: (calendar: string): string => `From ${calendar}`,
  originCopy: (calendar: string): string => `Copied from ${calendar}`,
  originCopies: (calendars: string): string => `Copied to ${calendars}`,
  originSince: (when: string): string => `first seen ${when}`,
  originBy: (person: string): string => `brought in by ${person}`,
  originId: (id: string): string => `id ${id}`,
  originOpen: 'Open the original',
}
