import type { ContractCase } from './contract.js'
import { changesCases } from './provider-cases-changes.js'
import { failureCases } from './provider-cases-failures.js'
import { writeCases } from './provider-cases-writes.js'
import type { ProviderFixture } from './provider-fixture.js'

export type { ContractCase } from './contract.js'
export type { ProviderFixture } from './provider-fixture.js'

/**
 * What the engine relies on in every provider, as cases that any test runner can run. Each case makes one fixture, an
 * empty calendar, and closes it.
 *
 * @example
 * ```ts
 * import { type ProviderFixture, providerContract } from 'calweave/testing'
 *
 * declare function test(name: string, run: (context: { skip(reason: string): void }) => Promise<void>): void
 * declare function makeFixture(): Promise<ProviderFixture>
 *
 * for (const one of providerContract) test(one.name, ({ skip }) => one.run(makeFixture, skip))
 * ```
 */
export const providerContract: readonly ContractCase<ProviderFixture>[] = [
  ...changesCases,
  ...writeCases,
  ...failureCases,
]
