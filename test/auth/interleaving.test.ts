import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OAuthClient, TokenSet } from '../../src/auth/auth.js'
import { secret } from '../../src/auth/secret.js'
import { Keeper } from '../../src/engine/sign-in-keeper.js'
import { TokenKeeper } from '../../src/engine/sign-in-tokens.js'
import { SyncError } from '../../src/errors.js'
import type { ConnectionId, UserId } from '../../src/model/ids.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'
import { testVault } from './fixtures.js'

const user = 'ada' as UserId
const id = 'account' as ConnectionId
const hour = 3_600_000

/** Rotates at every use; the second use of a token ends everything. An answer is on its way for as long as it likes. */
function rotating(step: <T>(work: () => Promise<T>) => Promise<T>) {
  const state = { newest: 0, refreshes: 0, isRevoked: false }
  const answer = (): TokenSet => ({
    accessToken: secret(`access ${state.newest}`),
    refreshToken: secret(`refresh ${state.newest}`),
    lifetimeMs: hour,
  })
  const client = {
    missing: () => [],
    refresh: ({ refreshToken }: { readonly refreshToken: string }) =>
      step(async () => {
        state.refreshes++
        state.isRevoked ||= refreshToken !== `refresh ${state.newest}`
        if (state.isRevoked) throw new SyncError('auth_expired', 'Used twice.', { reason: 'invalid_grant' })
        state.newest++
        return answer()
      }).then((sent) => step(async () => sent)),
  } as unknown as OAuthClient
  return { state, client }
}

/** A storage in which others may come in between any two steps. */
function stepping(inner: Storage, step: <T>(work: () => Promise<T>) => Promise<T>): Storage {
  return {
    get: (...all) => step(() => inner.get(...all)),
    getMany: (...all) => step(() => inner.getMany(...all)),
    list: (...all) => step(() => inner.list(...all)),
    commit: (...all) => step(() => inner.commit(...all)).then(() => step(async () => undefined)),
    claim: (...all) => step(() => inner.claim(...all)),
    release: (...all) => step(() => inner.release(...all)),
    users: (...all) => step(() => inner.users(...all)),
    close: () => inner.close(),
  }
}

test('in whichever order the steps of many workers come, a refresh token is used once and the newest is kept', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 2, max: 3 }),
      fc.boolean(),
      async (scheduler, count, renames) => {
        const step = <T>(work: () => Promise<T>): Promise<T> => scheduler.schedule(Promise.resolve()).then(work)
        const { state, client } = rotating(step)
        const inner = memoryStorage()
        let now = 0
        let holders = 0
        const keeperOver = (storage: Storage) =>
          new Keeper({
            storage,
            now: () => now,
            newHolder: () => `holder ${++holders}`,
            vault: testVault(),
            clients: { app: client },
          })
        const direct = keeperOver(inner)
        const first = {
          kind: 'tokens',
          access: 'access 0',
          refresh: 'refresh 0',
          issuedAt: 0,
          expiresAt: hour,
        } as const
        const sealed = await direct.seal(user, id, first)
        await direct.change(user, id, () => ({
          ...{ id, userId: user, provider: 'p', name: 'n', settings: {}, createdAt: 0 },
          ...{ keeps: 'tokens' as const, client: 'app', generation: 1, sealed },
        }))
        now += hour
        const workers = Array.from({ length: count }, () => keeperOver(stepping(inner, step)))
        const asking = workers.flatMap((keeper) => {
          const tokens = new TokenKeeper(keeper).of(user, id)
          return [tokens.get(), tokens.get()]
        })
        const renaming = renames
          ? [workers[0]?.change(user, id, (current) => current && { ...current, name: 'renamed' })]
          : []
        const got = await scheduler.waitFor(Promise.all(asking))
        await scheduler.waitFor(Promise.all(renaming))
        expect(state).toEqual({ newest: 1, refreshes: 1, isRevoked: false })
        expect(new Set(got)).toEqual(new Set(['access 1']))
        direct.forget(user, id)
        const kept = await direct.connection(user, id, 'now')
        expect(await direct.secretOf(kept)).toMatchObject({ access: 'access 1', refresh: 'refresh 1' })
        expect(kept.name).toBe(renames ? 'renamed' : 'n')
      },
    ),
    { numRuns: 40 },
  )
})
