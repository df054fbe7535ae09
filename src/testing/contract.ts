/**
 * One promise of an interface, as data: any test runner can run it on any implementation.
 *
 * @example
 * ```ts
 * import { memoryStorage } from 'calweave/storage/memory'
 * import { storageContract } from 'calweave/testing'
 *
 * for (const one of storageContract.slice(0, 3)) await one.run(async () => memoryStorage())
 * ```
 */
export interface ContractCase<Subject> {
  /** A sentence about the subject: what it does. */
  readonly name: string
  /**
   * Makes what it needs with `make`, checks the promise, and closes what it made.
   *
   * @param skip - told the reason when the subject says of itself that the promise does not apply to it. The case then
   * ends without a failure. A runner's own skip function fits here, also one that throws.
   * @throws ContractFailure when the promise is broken.
   */
  run(make: () => Promise<Subject>, skip?: (reason: string) => void): Promise<void>
}

/** A broken promise. Runners print its message. */
export class ContractFailure extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ContractFailure'
  }
}

/** Fails with `claim` unless `condition` holds. */
export function check(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new ContractFailure(claim)
}

/** Fails unless both are the same JSON value; the order of an object's keys does not matter. */
export function checkSame(actual: unknown, expected: unknown, claim: string): void {
  const left = canonicalJson(actual)
  const right = canonicalJson(expected)
  check(left === right, `${claim}\n  expected ${right}\n  but got  ${left}`)
}

/** Fails unless `attempt` fails; gives back what it failed with. */
export async function failureOf(attempt: () => Promise<unknown>, claim: string): Promise<unknown> {
  try {
    await attempt()
  } catch (error) {
    return error
  }
  throw new ContractFailure(claim)
}

/** JSON with sorted keys. A key without a value is the same as no key. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (isPlainObject(part) ? sortKeys(part) : part)) ?? 'undefined'
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sortKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
