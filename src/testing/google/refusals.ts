/** How a refusal is told: a row of the table of errors. */
interface RefusalForm {
  readonly code: number
  readonly message: string
  readonly domain: 'global' | 'calendar' | 'usageLimits'
  readonly locationType?: 'header' | 'parameter'
  readonly location?: string
  /** The canonical code, which only the newer answers carry. */
  readonly status?: string
}

/** Why Google refuses a request, in its own words. */
export type GoogleRefusalReason =
  | 'invalid'
  | 'required'
  | 'badRequest'
  | 'parseError'
  | 'timeRangeEmpty'
  | 'eventTypeRestriction'
  | 'malformedOutOfOfficeEvent'
  | 'malformedFocusTimeEvent'
  | 'malformedWorkingLocationEvent'
  | 'cannotChangeOrganizer'
  | 'cannotChangeOrganizerOfInstance'
  | 'push.webhookUrlNotHttps'
  | 'channelIdNotUnique'
  | 'authError'
  | 'userRateLimitExceeded'
  | 'rateLimitExceeded'
  | 'quotaExceeded'
  | 'accessNotConfigured'
  | 'insufficientPermissions'
  | 'forbidden'
  | 'requiredAccessLevel'
  | 'forbiddenForNonOrganizer'
  | 'notFound'
  | 'duplicate'
  | 'conflict'
  | 'deleted'
  | 'fullSyncRequired'
  | 'updatedMinTooLongAgo'
  | 'conditionNotMet'
  | 'backendError'

const forms: Readonly<Record<GoogleRefusalReason, RefusalForm>> = {
  invalid: { code: 400, message: 'Invalid Value', domain: 'global' },
  required: { code: 400, message: 'Required', domain: 'global' },
  badRequest: { code: 400, message: 'Bad Request', domain: 'global', status: 'INVALID_ARGUMENT' },
  parseError: { code: 400, message: 'Parse Error', domain: 'global' },
  timeRangeEmpty: {
    ...{ code: 400, message: 'The specified time range is empty.', domain: 'calendar' },
    ...{ locationType: 'parameter', location: 'timeMax' },
  },
  eventTypeRestriction: { code: 400, message: 'This operation is not allowed for the event type.', domain: 'calendar' },
  malformedOutOfOfficeEvent: { code: 400, message: 'Malformed out of office event.', domain: 'calendar' },
  malformedFocusTimeEvent: { code: 400, message: 'Malformed focus time event.', domain: 'calendar' },
  malformedWorkingLocationEvent: { code: 400, message: 'Malformed working location event.', domain: 'calendar' },
  cannotChangeOrganizer: { code: 400, message: 'The organizer of the event cannot be changed.', domain: 'calendar' },
  cannotChangeOrganizerOfInstance: {
    ...{ code: 400, message: 'Cannot change the organizer of an instance.', domain: 'calendar' },
  },
  'push.webhookUrlNotHttps': { code: 400, message: 'WebHook callback must be HTTPS.', domain: 'global' },
  channelIdNotUnique: { code: 400, message: 'Channel id not unique', domain: 'global' },
  authError: {
    ...{ code: 401, message: 'Invalid Credentials', domain: 'global', status: 'UNAUTHENTICATED' },
    ...{ locationType: 'header', location: 'Authorization' },
  },
  userRateLimitExceeded: { code: 403, message: 'User Rate Limit Exceeded', domain: 'usageLimits' },
  rateLimitExceeded: { code: 403, message: 'Rate Limit Exceeded', domain: 'usageLimits' },
  quotaExceeded: { code: 403, message: 'Calendar usage limits exceeded.', domain: 'usageLimits' },
  accessNotConfigured: {
    ...{
      code: 403,
      message: 'Access Not Configured. Enable the Calendar API for this project.',
      domain: 'usageLimits',
    },
  },
  insufficientPermissions: {
    ...{ code: 403, message: 'Request had insufficient authentication scopes.', domain: 'global' },
    ...{ status: 'PERMISSION_DENIED' },
  },
  forbidden: { code: 403, message: 'Forbidden', domain: 'global' },
  requiredAccessLevel: {
    ...{ code: 403, message: 'You need to have writer access to this calendar.', domain: 'calendar' },
  },
  forbiddenForNonOrganizer: {
    ...{ code: 403, message: 'Shared properties can only be changed by the organizer of the event.' },
    ...{ domain: 'calendar' },
  },
  notFound: { code: 404, message: 'Not Found', domain: 'global' },
  duplicate: { code: 409, message: 'The requested identifier already exists.', domain: 'global' },
  conflict: { code: 409, message: 'Conflict', domain: 'global' },
  deleted: { code: 410, message: 'Resource has been deleted', domain: 'global' },
  fullSyncRequired: {
    ...{ code: 410, message: 'Sync token is no longer valid, a full sync is required.', domain: 'calendar' },
    ...{ locationType: 'parameter', location: 'syncToken' },
  },
  updatedMinTooLongAgo: {
    ...{ code: 410, message: 'The requested minimum modification time lies too far in the past.', domain: 'calendar' },
    ...{ locationType: 'parameter', location: 'updatedMin' },
  },
  conditionNotMet: {
    ...{ code: 412, message: 'Precondition Failed', domain: 'global', locationType: 'header', location: 'If-Match' },
  },
  backendError: { code: 500, message: 'Backend Error', domain: 'global' },
}

/** What a refusal says beside its reason. */
export interface RefusalDetail {
  readonly code?: number
  readonly message?: string
  readonly parameter?: string
}

/** A request that is refused. Never leaves the fake: it becomes an answer. */
export class Refusal extends Error {
  readonly reason: GoogleRefusalReason
  readonly detail: RefusalDetail

  constructor(reason: GoogleRefusalReason, detail: RefusalDetail = {}) {
    super(detail.message ?? forms[reason].message)
    this.reason = reason
    this.detail = detail
  }

  get code(): number {
    return this.detail.code ?? forms[this.reason].code
  }

  /** The body of the answer. */
  get body(): object {
    const { domain, locationType, location, status }: RefusalForm = forms[this.reason]
    const place =
      this.detail.parameter === undefined
        ? { ...(locationType && { locationType }), ...(location && { location }) }
        : { locationType: 'parameter', location: this.detail.parameter }
    const { code, message } = this
    return {
      error: { errors: [{ domain, reason: this.reason, message, ...place }], code, message, ...(status && { status }) },
    }
  }
}

/** A value that Google does not take. */
export function invalid(message: string, parameter?: string): Refusal {
  return new Refusal('invalid', { message, ...(parameter !== undefined && { parameter }) })
}

/** A value that has to be there. */
export function required(message: string): Refusal {
  return new Refusal('required', { message })
}
