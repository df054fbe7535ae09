import * as z from 'zod'
import type { SealedPlace, SignInSecrets } from '../auth/auth.js'
import { isSyncError, SyncError } from '../errors.js'
import { type AccessMode, AccessModeSchema } from '../model/connection.js'
import { digest } from '../model/hash.js'
import type { ConnectionId, UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { Keeper } from './sign-in-keeper.js'

/** A sign-in that has begun: all that its second half has to know. */
export interface PendingSignIn extends SignInSecrets {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly id: ConnectionId
  readonly provider: string
  readonly client: string
  readonly mode: AccessMode
  readonly name?: string
  readonly settings?: Json
}

/**
 * The `state` of a sign-in. It is the pending sign-in itself, sealed for this user and this session: nothing has to be
 * stored or swept away for those who never come back, and in another session or for another user it does not open.
 *
 * @throws SyncError `invalid_input` for settings that are too long for an address.
 */
export async function stateOf(keeper: Keeper, user: UserId, session: string, pending: PendingSignIn): Promise<string> {
  const state = await keeper.vault().seal(JSON.stringify(pending), placeOf(user, session))
  if (state.length > longestState)
    throw new SyncError('invalid_input', 'signIn.settings: too long for a sign-in; keep them below 1,000 characters.')
  return state
}

/**
 * Reads a state, once: whatever becomes of the sign-in, this state is used up.
 * @throws SyncError `invalid_input`, the same for every reason.
 */
export async function redeem(keeper: Keeper, user: UserId, session: string, callback: URL): Promise<PendingSignIn> {
  const [state = '', ...more] = callback.searchParams.getAll('state')
  if (more.length > 0 || state.length > longestState) throw notThisSignIn()
  const pending = await opened(keeper, user, session, state)
  const { storage, now } = keeper.settings
  const ageMs = now() - pending.at
  if (ageMs < -skewMs || ageMs > lifetimeMs) throw notThisSignIn()
  // A lease that is never given back. It outlives the state, and a random holder cannot renew it.
  const key = `sign-in/${digest('state', state)}`
  const isFirst = await storage.claim(user, key, crypto.randomUUID(), lifetimeMs * 6, now())
  if (!isFirst) throw notThisSignIn()
  return pending
}

async function opened(keeper: Keeper, user: UserId, session: string, state: string): Promise<PendingSignIn> {
  try {
    return pendingSchema.parse(JSON.parse(await keeper.vault().open(state, placeOf(user, session))))
  } catch (error) {
    // A key service that does not answer is no fault of the person.
    if (isSyncError(error, 'unavailable')) throw error
    throw notThisSignIn()
  }
}

function placeOf(user: UserId, session: string): SealedPlace {
  return { user, connection: '', field: `sign-in/${digest('session', session)}` }
}

function notThisSignIn(): SyncError {
  return new SyncError(
    'invalid_input',
    'This sign-in cannot be completed: it was begun by another user or in another session, was completed before, or is ' +
      'older than ten minutes. Start it again.',
    { reason: 'SIGN_IN_STATE' },
  )
}

const lifetimeMs = 600_000
/** Between the clocks of two workers. */
const skewMs = 60_000
/** What servers and browsers carry in an address without trouble. */
const longestState = 3_000

const pendingSchema: z.ZodType<PendingSignIn> = z.object({
  at: z.number(),
  id: z.string() as unknown as z.ZodType<ConnectionId>,
  provider: z.string(),
  client: z.string(),
  mode: AccessModeSchema,
  name: z.string().exactOptional(),
  settings: (z.json() as z.ZodType<Json>).exactOptional(),
  verifier: z.string(),
  nonce: z.string(),
})
