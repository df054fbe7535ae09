/** Words that stand everywhere. */
export const commonWords = {
  save: 'Save',
  cancel: 'Cancel',
  back: 'Back',
  next: 'Next',
  close: 'Close',
  add: 'Add',
  remove: 'Remove',
  undo: 'Undo',
  loading: 'Loading …',
  tryAgain: 'Try again',
  more: 'Show more',
  moveUp: (name: string): string => `Move ${name} up`,
  removeNamed: (name: string): string => `Remove ${name}`,
  never: 'never',
}
