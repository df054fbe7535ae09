import type { ContractCase } from './contract.js'
import type { ProviderFixture } from './provider-fixture.js'
import { useKeysOf } from './provider-samples.js'

/** A case that makes one fixture and closes it, whatever happens. A returned text says why the case does not apply. */
export function providerCase(
  name: string,
  examine: (fixture: ProviderFixture) => Promise<string | undefined>,
): ContractCase<ProviderFixture> {
  return {
    name,
    async run(make: () => Promise<ProviderFixture>, skip?: (reason: string) => void): Promise<void> {
      const fixture = await make()
      useKeysOf(fixture.keysOf ?? '')
      let reason: string | undefined
      try {
        reason = await examine(fixture)
      } finally {
        await fixture.close()
      }
      if (reason !== undefined) skip?.(reason)
    },
  }
}
