import { expect, test } from 'vitest'
import { appLimits } from '../../src/http/app-limits.js'
import { storageLimits } from '../../src/limits/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { virtualTime } from './virtual-time.js'

test('two connections of one process to one mailbox share the four requests that it takes at a time', async () => {
  const time = virtualTime()
  const store = storageLimits({ storage: memoryStorage(), now: time.now })
  const account = { perMinute: 1_000, minutes: 10, lanes: 4 }
  const { open } = appLimits({ name: 'service', store, account, now: time.now, sleep: time.sleep })
  const both = [open('mailbox', 'ann').shared, open('mailbox', 'bob').shared]
  let most = 0
  for (let round = 0; round < 20; round++) {
    for (const one of both) void one?.ready(1).then(() => one.spend(1))
    await time.run(time.now() + 1_000)
    most = Math.max(
      most,
      both.reduce((sum, one) => sum + (one?.lanes() ?? 0), 0),
    )
  }
  // Four, and one of a connection that spends what needs no asking.
  expect(most).toBeLessThanOrEqual(5)
  expect(most).toBeGreaterThan(1)
})
