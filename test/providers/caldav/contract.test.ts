import { describe, test } from 'vitest'
import { providerContract } from '../../../src/testing/provider-contract.js'
import { type CaldavStubOptions, startCaldavStub } from '../../support/caldav-stub.js'
import { contractFixture } from './contract-fixture.js'
import { openAt } from './fixtures.js'

const kinds: readonly { readonly name: string; readonly options: CaldavStubOptions }[] = [
  { name: 'a server that keeps a log', options: {} },
  { name: 'a server that lists in parts', options: { pageSize: 7 } },
  { name: 'a server without sync-collection', options: { syncCollection: false } },
  { name: 'a server without tags', options: { etags: 'none' } },
  { name: 'a server that tells no tag after a write', options: { etagOnPut: false } },
  { name: 'a server without multiget', options: { multiget: false } },
]

describe.each(kinds)('the contract of providers at $name', ({ options }) => {
  for (const one of providerContract) {
    test(one.name, (context) =>
      one.run(
        async () => {
          const stub = await startCaldavStub({ username: 'jane', password: 'secret', ...options })
          return contractFixture({
            account: openAt(stub.url),
            url: new URL(stub.calendar('work'), stub.url).href,
            authorization: `Basic ${btoa('jane:secret')}`,
            close: () => stub.close(),
          })
        },
        (reason) => context.skip(reason),
      ),
    )
  }
})
