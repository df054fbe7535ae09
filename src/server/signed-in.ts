/** Whom a request comes from, as the host says. */
export interface SignedIn {
  /** Whose calendars are meant. */
  readonly userId: string
  /**
   * What tells this browser from all others, such as the id of the host's own session: at least 16 characters that nobody can
   * guess. Without it nobody can sign in at a calendar service.
   */
  readonly session?: string
  /** What the audit calls the person, where that is not the user. */
  readonly actor?: string
  /** May see figures of all users together. @default false */
  readonly isOperator?: boolean
}
