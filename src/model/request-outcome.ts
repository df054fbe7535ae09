/**
 * Whether a request counts as an error of the service or of how it is used: no answer, 5xx, and of 4xx all but those by
 * which protocols say something that a sync expects.
 */
export function isRequestError(status: number): boolean {
  return status === 0 || (status >= 400 && !expected.has(status))
}

/**
 * - 404, 410: it is not there any more, or a cursor has run out
 * - 409, 412: somebody else was faster, or it is there already
 */
const expected: ReadonlySet<number> = new Set([404, 409, 410, 412])
