/** Why Graph refuses a request: the `code` of its error. */
export type MicrosoftErrorCode =
  | 'BadRequest'
  | 'ErrorInvalidRequest'
  | 'ErrorInvalidParameter'
  | 'ErrorPropertyValidationFailure'
  | 'ErrorOccurrenceCrossingBoundary'
  | 'ErrorInvalidIdMalformed'
  | 'TimeZoneNotSupportedException'
  | 'UnableToDeserializePostBody'
  | 'ValidationError'
  | 'InvalidAuthenticationToken'
  | 'ErrorAccessDenied'
  | 'ErrorCannotDeleteObject'
  | 'ErrorItemNotFound'
  | 'ResourceNotFound'
  | 'MailboxNotEnabledForRESTAPI'
  | 'ErrorFolderExists'
  | 'ErrorDuplicateTransactionId'
  | 'SyncStateNotFound'
  | 'syncStateNotFound'
  | 'resyncRequired'
  | 'ErrorIrresolvableConflict'
  | 'FailedDependency'
  | 'TooManyRequests'
  | 'ApplicationThrottled'
  | 'ErrorInternalServerTransientError'
  | 'ServiceUnavailable'

interface RefusalForm {
  readonly status: number
  readonly message: string
}

const forms: Readonly<Record<MicrosoftErrorCode, RefusalForm>> = {
  BadRequest: { status: 400, message: 'The request is malformed.' },
  ErrorInvalidRequest: { status: 400, message: 'The request is invalid.' },
  ErrorInvalidParameter: { status: 400, message: 'A parameter has a value that is not valid.' },
  ErrorPropertyValidationFailure: { status: 400, message: 'At least one property failed validation.' },
  ErrorOccurrenceCrossingBoundary: {
    status: 400,
    message: 'Modified occurrence is crossing or overlapping adjacent occurrence.',
  },
  ErrorInvalidIdMalformed: { status: 400, message: 'Id is malformed.' },
  TimeZoneNotSupportedException: { status: 400, message: 'The time zone is not supported.' },
  UnableToDeserializePostBody: { status: 400, message: 'Unable to deserialize the body.' },
  ValidationError: { status: 400, message: 'The subscription is not valid.' },
  InvalidAuthenticationToken: { status: 401, message: 'Access token is missing, expired or not valid.' },
  ErrorAccessDenied: { status: 403, message: 'Access is denied. Check credentials and try again.' },
  ErrorCannotDeleteObject: { status: 403, message: 'The object cannot be deleted.' },
  ErrorItemNotFound: { status: 404, message: 'The specified object was not found in the store.' },
  ResourceNotFound: { status: 404, message: 'Resource could not be discovered.' },
  MailboxNotEnabledForRESTAPI: { status: 404, message: 'The mailbox is not enabled for this API.' },
  ErrorFolderExists: { status: 409, message: 'A folder with the specified name already exists.' },
  // Not documented. Programs of 2021 to 2026 that were seen to look for it expect 400, and an annotation with the id.
  ErrorDuplicateTransactionId: {
    status: 400,
    message: 'The TransactionId of the request was used before, to create another event.',
  },
  SyncStateNotFound: { status: 410, message: 'The sync state generation is not found; a full sync is needed.' },
  // Documented in this spelling, and as an error of "40X".
  syncStateNotFound: { status: 400, message: 'The sync state is not found; a full sync is needed.' },
  resyncRequired: { status: 410, message: 'Resync required. The token is not valid any more.' },
  ErrorIrresolvableConflict: {
    status: 412,
    message: 'The send or update operation could not be performed because the change key does not match the item.',
  },
  FailedDependency: { status: 424, message: 'A request that this one depends on has failed.' },
  TooManyRequests: { status: 429, message: 'Too many requests.' },
  ApplicationThrottled: { status: 429, message: 'Application is over its MailboxConcurrency limit.' },
  ErrorInternalServerTransientError: { status: 500, message: 'The server could not do this now. Try again later.' },
  ServiceUnavailable: { status: 503, message: 'The service is temporarily unavailable.' },
}

/** What a refusal says beside its code. */
export interface RefusalDetail {
  readonly status?: number
  readonly message?: string
  /** The value of a Retry-After header: seconds, which may have a fraction. */
  readonly retryAfter?: string
  /** The value of a Location header. */
  readonly location?: string
  /** Annotations of the error. */
  readonly annotations?: Readonly<Record<string, string>>
}

/** A request that is refused. Never leaves the fake: it becomes an answer. */
export class Refusal extends Error {
  readonly code: MicrosoftErrorCode
  readonly status: number
  /** What the answer says beside its body. */
  readonly headers: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>

  constructor(code: MicrosoftErrorCode, detail: RefusalDetail = {}) {
    super(detail.message ?? forms[code].message)
    this.code = code
    this.status = detail.status ?? forms[code].status
    this.annotations = detail.annotations ?? {}
    this.headers = {
      ...(detail.retryAfter !== undefined && { 'retry-after': detail.retryAfter }),
      ...(detail.location !== undefined && { location: detail.location }),
    }
  }
}

/** A property whose value is not taken. */
export function invalid(message: string): Refusal {
  return new Refusal('ErrorPropertyValidationFailure', { message })
}

/** A query that cannot be understood. */
export function badQuery(message: string): Refusal {
  return new Refusal('BadRequest', { message })
}
