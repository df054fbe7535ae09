import type { ConflictItem } from 'calweave'

const names: Readonly<Record<ConflictItem['field'], string>> = {
  title: 'Title',
  time: 'When',
  location: 'Place',
  description: 'Notes',
  status: 'Status',
  availability: 'Shown as',
  visibility: 'Visibility',
  categories: 'Categories',
  color: 'Colour',
  url: 'Link',
  priority: 'Priority',
  geo: 'Position',
  conferences: 'Video call',
  attachments: 'Attachments',
  attendees: 'Guests',
  organizer: 'Organizer',
  reminders: 'Reminders',
  recurrence: 'Repetition',
  overrides: 'Changed occurrences',
  removal: 'The event itself',
}

/** A field as a person calls it. */
export function fieldName(field: ConflictItem['field']): string {
  return names[field]
}
