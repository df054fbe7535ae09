/** The private properties that note what is still to be written; they come and go without the event changing. */
export const notePrefix = 'calweavePending'

export function isNote(name: string): boolean {
  return name.startsWith(notePrefix)
}
