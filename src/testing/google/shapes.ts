/** What JSON a request body may hold, by the names and types that the API documents. */
export type Shape =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'any'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> }

const person: Shape = { fields: { displayName: 'string', email: 'string', id: 'string', self: 'boolean' } }
const time: Shape = { fields: { date: 'string', dateTime: 'string', timeZone: 'string' } }
const reminder: Shape = { fields: { method: 'string', minutes: 'integer' } }
const solutionKey: Shape = { fields: { type: 'string' } }
const conferenceProperties: Shape = { fields: { allowedConferenceSolutionTypes: { list: 'string' } } }
const labelProperties: Shape = { fields: { eventLabels: { list: 'any' } } }

const attendee: Shape = {
  fields: {
    ...{ additionalGuests: 'integer', asyncOperation: 'any', comment: 'string', displayName: 'string' },
    ...{ email: 'string', id: 'string', optional: 'boolean', organizer: 'boolean', resource: 'boolean' },
    ...{ responseStatus: 'string', self: 'boolean' },
  },
}

const conferenceData: Shape = {
  fields: {
    conferenceId: 'string',
    conferenceSolution: { fields: { iconUri: 'string', key: solutionKey, name: 'string' } },
    createRequest: {
      fields: { conferenceSolutionKey: solutionKey, requestId: 'string', status: { fields: { statusCode: 'string' } } },
    },
    entryPoints: {
      list: {
        fields: {
          ...{ accessCode: 'string', entryPointType: 'string', label: 'string', meetingCode: 'string' },
          ...{ passcode: 'string', password: 'string', pin: 'string', regionCode: 'string', uri: 'string' },
          entryPointFeatures: { list: 'string' },
        },
      },
    },
    notes: 'string',
    parameters: { fields: { addOnParameters: { fields: { parameters: { map: 'string' } } } } },
    signature: 'string',
  },
}

const event: Shape = {
  fields: {
    ...{ anyoneCanAddSelf: 'boolean', attendeesOmitted: 'boolean', colorId: 'string', created: 'string' },
    ...{ description: 'string', endTimeUnspecified: 'boolean', etag: 'string', eventLabelId: 'string' },
    ...{ eventType: 'string', guestsCanInviteOthers: 'boolean', guestsCanModify: 'boolean' },
    ...{ guestsCanSeeOtherGuests: 'boolean', hangoutLink: 'string', htmlLink: 'string', iCalUID: 'string' },
    ...{ id: 'string', kind: 'string', location: 'string', locked: 'boolean', privateCopy: 'boolean' },
    ...{ recurringEventId: 'string', sequence: 'integer', status: 'string', summary: 'string' },
    ...{ transparency: 'string', updated: 'string', visibility: 'string' },
    ...{ creator: person, organizer: person, start: time, end: time, originalStartTime: time, conferenceData },
    recurrence: { list: 'string' },
    attendees: { list: attendee },
    reminders: { fields: { useDefault: 'boolean', overrides: { list: reminder } } },
    extendedProperties: { fields: { private: { map: 'string' }, shared: { map: 'string' } } },
    source: { fields: { title: 'string', url: 'string' } },
    attachments: {
      list: {
        fields: { fileId: 'string', fileUrl: 'string', iconLink: 'string', mimeType: 'string', title: 'string' },
      },
    },
    gadget: {
      fields: {
        ...{ display: 'string', height: 'integer', iconLink: 'string', link: 'string', title: 'string' },
        ...{ type: 'string', width: 'integer', preferences: { map: 'string' } },
      },
    },
    birthdayProperties: { fields: { contact: 'string', customTypeName: 'string', type: 'string' } },
    focusTimeProperties: { fields: { autoDeclineMode: 'string', chatStatus: 'string', declineMessage: 'string' } },
    outOfOfficeProperties: { fields: { autoDeclineMode: 'string', declineMessage: 'string' } },
    workingLocationProperties: {
      fields: {
        type: 'string',
        homeOffice: 'any',
        customLocation: { fields: { label: 'string' } },
        officeLocation: {
          fields: {
            ...{ buildingId: 'string', deskId: 'string', floorId: 'string', floorSectionId: 'string' },
            label: 'string',
          },
        },
      },
    },
  },
}

/** The name of a body: that of the API's schema. */
export type ShapeName = 'Event' | 'CalendarListEntry' | 'Calendar' | 'Channel' | 'FreeBusyRequest'

/** The bodies of requests. */
export const shapes: Readonly<Record<ShapeName, Shape>> = {
  Event: event,
  CalendarListEntry: {
    fields: {
      ...{ accessRole: 'string', autoAcceptInvitations: 'boolean', backgroundColor: 'string', colorId: 'string' },
      ...{ dataOwner: 'string', deleted: 'boolean', description: 'string', etag: 'string', foregroundColor: 'string' },
      ...{ hidden: 'boolean', id: 'string', kind: 'string', location: 'string', primary: 'boolean' },
      ...{ selected: 'boolean', summary: 'string', summaryOverride: 'string', timeZone: 'string' },
      conferenceProperties,
      defaultReminders: { list: reminder },
      notificationSettings: { fields: { notifications: { list: { fields: { method: 'string', type: 'string' } } } } },
    },
  },
  Calendar: {
    fields: {
      ...{ autoAcceptInvitations: 'boolean', dataOwner: 'string', description: 'string', etag: 'string', id: 'string' },
      ...{ kind: 'string', location: 'string', summary: 'string', timeZone: 'string' },
      ...{ conferenceProperties, labelProperties },
    },
  },
  Channel: {
    fields: {
      ...{ address: 'string', expiration: 'string', id: 'string', kind: 'string', payload: 'boolean' },
      ...{ resourceId: 'string', resourceUri: 'string', token: 'string', type: 'string', params: { map: 'string' } },
    },
  },
  FreeBusyRequest: {
    fields: {
      ...{ calendarExpansionMax: 'integer', groupExpansionMax: 'integer', timeMax: 'string', timeMin: 'string' },
      ...{ timeZone: 'string', items: { list: { fields: { id: 'string' } } } },
    },
  },
}
