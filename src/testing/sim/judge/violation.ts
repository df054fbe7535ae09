/** A promise that was broken, by the number of the invariant in docs/SYNC.md. */
export interface Violation {
  readonly invariant: string
  readonly what: string
}
