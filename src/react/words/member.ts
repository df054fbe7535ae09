/** What of a calendar goes where. */
export const memberWords = {
  directions: {
    both: 'Both ways: its events go out, and it gets copies',
    read: 'Only a source: its events go out, nothing is written to it',
    write: 'Only a target: it gets copies, its own events stay',
  },
  shows: {
    everything: 'All details',
    title: 'Time and title',
    busy: 'Only that you are busy',
  },
  directionOf: (calendar: string): string => `Direction of ${calendar}`,
  showOf: (calendar: string): string => `What copies in ${calendar} show`,
  groupName: 'Name of this group',
}
