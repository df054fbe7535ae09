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
 * for (const one of providerContract) test(one.name, (context) => one.run(makeFixture, context.skip))
 */
export const providerContract: readonly ContractCase<ProviderFixture>[] = [
  ...changesCases,
  ...writeCases,
  ...failureCases,
]
