/** What a value in a request has to be. */
export type Shape =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'number'
  | 'any'
  | { readonly list: Shape }
  | { readonly one: readonly string[] }
  | { readonly fields: Readonly<Record<string, Shape>>; readonly isOpen?: true }

const emailAddress: Shape = { fields: { name: 'string', address: 'string' } }
const time: Shape = { fields: { dateTime: 'string', timeZone: 'string' } }
const day: Shape = { one: ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] }
const meetings: Shape = { one: ['unknown', 'skypeForBusiness', 'skypeForConsumer', 'teamsForBusiness'] }

const location: Shape = {
  fields: {
    ...{ displayName: 'string', locationUri: 'string', locationEmailAddress: 'string', uniqueId: 'string' },
    locationType: {
      one: [
        ...['default', 'conferenceRoom', 'homeAddress', 'businessAddress', 'geoCoordinates', 'streetAddress', 'hotel'],
        ...['restaurant', 'localBusiness', 'postalAddress'],
      ],
    },
    uniqueIdType: { one: ['unknown', 'locationStore', 'directory', 'private', 'bing'] },
    address: {
      fields: { street: 'string', city: 'string', state: 'string', countryOrRegion: 'string', postalCode: 'string' },
    },
    coordinates: {
      fields: {
        ...{ altitude: 'number', latitude: 'number', longitude: 'number', accuracy: 'number' },
        altitudeAccuracy: 'number',
      },
    },
  },
}

const response: Shape = {
  fields: {
    response: { one: ['none', 'organizer', 'tentativelyAccepted', 'accepted', 'declined', 'notResponded'] },
    time: 'string',
  },
}

const attendee: Shape = {
  fields: { type: { one: ['required', 'optional', 'resource'] }, emailAddress, status: response },
}

const recurrence: Shape = {
  fields: {
    pattern: {
      fields: {
        ...{ type: 'string', interval: 'integer', month: 'integer', dayOfMonth: 'integer' },
        ...{ daysOfWeek: { list: day }, firstDayOfWeek: day, index: 'string' },
      },
    },
    range: {
      fields: {
        ...{ type: 'string', startDate: 'string', endDate: 'string', recurrenceTimeZone: 'string' },
        numberOfOccurrences: 'integer',
      },
    },
  },
}

const extension: Shape = { fields: { '@odata.type': 'string', id: 'string', extensionName: 'string' }, isOpen: true }

/** What of an event a program may set. */
const event: Shape = {
  fields: {
    ...{ subject: 'string', body: { fields: { contentType: { one: ['text', 'html'] }, content: 'string' } } },
    ...{ start: time, end: time, isAllDay: 'boolean', location, locations: { list: location } },
    ...{ attendees: { list: attendee }, importance: { one: ['low', 'normal', 'high'] } },
    sensitivity: { one: ['normal', 'personal', 'private', 'confidential'] },
    showAs: { one: ['unknown', 'free', 'tentative', 'busy', 'oof', 'workingElsewhere'] },
    ...{ categories: { list: 'string' }, isReminderOn: 'boolean', reminderMinutesBeforeStart: 'integer', recurrence },
    ...{ responseRequested: 'boolean', hideAttendees: 'boolean', allowNewTimeProposals: 'boolean' },
    ...{ isOnlineMeeting: 'boolean', onlineMeetingProvider: meetings, transactionId: 'string' },
    ...{ extensions: { list: extension } },
    singleValueExtendedProperties: { list: { fields: { id: 'string', value: 'string' } } },
  },
}

const colors: Shape = {
  one: [
    ...['auto', 'lightBlue', 'lightGreen', 'lightOrange', 'lightGray', 'lightYellow', 'lightTeal', 'lightPink'],
    ...['lightBrown', 'lightRed', 'maxColor'],
  ],
}
const ids: Shape = { one: ['entryId', 'ewsId', 'immutableEntryId', 'restId', 'restImmutableEntryId'] }

/** The bodies that requests may have. */
export const shapes: Readonly<Record<ShapeName, Shape>> = {
  event,
  extension,
  calendar: { fields: { name: 'string', color: colors } },
  answer: { fields: { comment: 'string', sendResponse: 'boolean' } },
  comment: { fields: { comment: 'string' } },
  translation: { fields: { inputIds: { list: 'string' }, sourceIdType: ids, targetIdType: ids } },
  subscription: {
    fields: {
      ...{ changeType: 'string', notificationUrl: 'string', lifecycleNotificationUrl: 'string', resource: 'string' },
      ...{ expirationDateTime: 'string', clientState: 'string', latestSupportedTlsVersion: 'string' },
    },
  },
}

export type ShapeName = 'event' | 'extension' | 'calendar' | 'answer' | 'comment' | 'translation' | 'subscription'
