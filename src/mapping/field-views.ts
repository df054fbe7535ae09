import type { OccurrenceField } from '../model/content.js'
import type { FieldView } from './field-view.js'
import { attachmentsField, attendeesField, categoriesField, conferencesField, organizerField } from './list-fields.js'
import { remindersField } from './reminder-field.js'
import { textField } from './text-field.js'
import { choiceField, colorField, plainField, urlField } from './value-fields.js'

/** Every field, both ways. */
export const fieldViews: { readonly [F in OccurrenceField]: FieldView<F> } = {
  title: textField('title'),
  description: textField('description'),
  location: textField('location'),
  time: { show: (own) => own.time, read: (shown) => shown.time, becomes: () => undefined },
  status: choiceField('status'),
  availability: choiceField('availability'),
  visibility: choiceField('visibility'),
  categories: categoriesField,
  color: colorField,
  url: urlField,
  priority: plainField('priority'),
  geo: plainField('geo'),
  conferences: conferencesField,
  attachments: attachmentsField,
  attendees: attendeesField,
  organizer: organizerField,
  reminders: remindersField,
}
