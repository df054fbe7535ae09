import * as z from 'zod'
import type { OAuthClient, TokenSet } from '../auth/auth.js'
import { isSyncError, SyncError } from '../errors.js'
import type { AuditActor } from '../model/audit.js'
import { bounded } from '../model/bounded-json.js'
import {
  type AccessMode,
  AccessModeSchema,
  type Connection,
  type KeptConnection,
  type ProvenAccount,
} from '../model/connection.js'
import { failureOf } from '../model/failure.js'
import type { ConnectionId, UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { RemoteCalendar } from '../providers/provider.js'
import type { Accounts } from './accounts.js'
import { checked, ownId } from './input.js'
import { exactly, find, readAll } from './records.js'
import type { Keeper } from './sign-in-keeper.js'
import { type PendingSignIn, redeem, stateOf } from './sign-in-state.js'
import { ended, keptTokens } from './sign-in-tokens.js'

/** A sign-in that is to begin. */
export interface SignIn {
  /** Short name of the provider, as it names itself. @default that of the connection `id`, which must be there then */
  readonly provider?: string
  /** The OAuth client, by its name in the options. @default the connection's own, or the one named like the provider */
  readonly client?: string
  /** What the person is asked to allow. @default 'write', or what the connection had before */
  readonly mode?: AccessMode
  /**
   * What tells this browser from all others, such as the id of the host's own session: at least 16 characters that nobody
   * can guess. Only the same session can complete the sign-in.
   */
  readonly session: string
  /** A connection to sign in again, or an id of the host's choice for a new one. @default a random id */
  readonly id?: string
  /** What a person calls this account. @default the provider's name */
  readonly name?: string
  /** What the provider needs to find the account, e.g. `{ url }`. No secrets. */
  readonly settings?: Json
  /** The account that the server should propose, such as a mail address. */
  readonly hint?: string
}

/** What comes with the address that the browser came back to. */
export interface CompleteSignIn {
  /** As in {@link SignIn}: the same that began it. */
  readonly session: string
  /** Ends the call early with `aborted`. The sign-in is used up all the same. */
  readonly signal?: AbortSignal
}

/** What both halves of a sign-in work with. */
export interface SignInContext {
  readonly keeper: Keeper
  readonly accounts: Accounts
  readonly user: UserId
  /** Who is at work, for the audit. */
  readonly actor: AuditActor
}

/** @throws SyncError see `ConnectionsHandle.signIn` */
export async function beginSignIn(given: SignIn, { keeper, user }: SignInContext): Promise<{ readonly url: string }> {
  const { session, hint, name, settings, ...wanted } = checked(signInSchema, given, 'signIn')
  const known = wanted.id === undefined ? undefined : await knownConnection(keeper, user, wanted.id)
  const provider = wanted.provider ?? known?.provider
  if (provider === undefined)
    throw new SyncError('invalid_input', 'signIn.provider: say which, or give the id of a connection that is there.')
  if (known && known.provider !== provider)
    throw new SyncError('invalid_input', 'signIn.provider: the connection of this id is one of another provider.')
  const clientName = wanted.client ?? known?.client ?? provider
  const mode = wanted.mode ?? known?.mode ?? 'write'
  const client = keeper.client(clientName)
  const { secrets, urlWith } = await client.begin({ mode, ...(hint === undefined ? {} : { hint }) })
  const pending: PendingSignIn = {
    at: keeper.settings.now(),
    id: (wanted.id ?? crypto.randomUUID()) as ConnectionId,
    provider,
    client: clientName,
    mode,
    ...(name === undefined ? {} : { name }),
    ...(settings === undefined ? {} : { settings }),
    ...secrets,
  }
  return { url: urlWith(await stateOf(keeper, user, session, pending)) }
}

/** What a completed sign-in came to. */
export interface SignedIn {
  readonly connection: KeptConnection
  /** Undefined where not all that is needed was allowed: then the calendars are not asked for. */
  readonly remote: readonly RemoteCalendar[] | undefined
  /** It was not there before. */
  readonly isNew: boolean
}

/** @throws SyncError see `ConnectionsHandle.completeSignIn` */
export async function finishSignIn(
  callbackUrl: string | URL,
  given: CompleteSignIn,
  context: SignInContext,
): Promise<SignedIn> {
  const { keeper, user } = context
  const { session } = checked(z.looseObject({ session: sessionSchema }), given, 'completeSignIn')
  const callback = urlOf(callbackUrl)
  const pending = await redeem(keeper, user, session, callback)
  const client = keeper.client(pending.client)
  const state = callback.searchParams.get('state') ?? ''
  const { mode, verifier, nonce } = pending
  const secrets = { verifier, nonce }
  const call = given.signal ? { signal: given.signal } : {}
  const askedAt = keeper.settings.now()
  const answer = await client.complete({ callback, state, mode, secrets, ...call })
  return take(pending, client, answer, askedAt, context)
}

/** Keeps what was granted, once it is certain that it is the account that it should be. */
async function take(
  pending: PendingSignIn,
  client: OAuthClient,
  answer: TokenSet,
  askedAt: number,
  { keeper, accounts, user, actor }: SignInContext,
): Promise<SignedIn> {
  const now = keeper.settings.now()
  const known = await knownConnection(keeper, user, pending.id)
  const isOther = known?.account && answer.account && !isSame(known.account, answer.account)
  if (isOther || (known && known.provider !== pending.provider)) throw otherAccount()
  const scopes = answer.scopes ?? client.scopes(pending.mode)
  const missingScopes = client.missing(pending.mode, scopes)
  const base = connectionOf(user, pending, known, now)
  const remote = missingScopes.length > 0 ? undefined : await listed(base, client, answer, accounts)
  // A service that has a bad minute is no reason to send the person through all of it again.
  if (isSyncError(remote) && remote.remedy !== 'retry') throw remote
  const isProven = known?.account !== undefined && answer.account !== undefined
  if (known && !isProven) await proveByCalendars(known, remote, keeper)

  const secret = keptTokens(answer, askedAt, await earlierRefreshToken(known, answer, keeper))
  const sealed = await keeper.seal(user, base.id, secret)
  const account = answer.account ?? known?.account
  let isNew = false
  const connection = await keeper.change(
    user,
    base.id,
    (current) => {
      isNew = current === undefined
      return {
        ...connectionOf(user, pending, current, now),
        mode: pending.mode,
        scopes,
        ...(missingScopes.length > 0 ? lacking(missingScopes, now) : {}),
        ...(account === undefined ? {} : { account }),
        keeps: 'tokens',
        sealed,
        generation: (current?.generation ?? 0) + 1,
        client: pending.client,
        signedInAt: now,
      }
    },
    { action: 'connection.signedIn', actor },
  )
  accounts.forget(user, base.id)
  if (isSyncError(remote)) throw remote
  return { connection: connection as KeptConnection, remote, isNew }
}

function connectionOf(
  user: UserId,
  pending: PendingSignIn,
  known: KeptConnection | undefined,
  now: number,
): KeptConnection {
  return {
    id: pending.id,
    userId: user,
    provider: pending.provider,
    name: pending.name ?? known?.name ?? pending.provider,
    settings: pending.settings ?? known?.settings ?? {},
    createdAt: known?.createdAt ?? now,
  }
}

async function knownConnection(keeper: Keeper, user: UserId, id: string): Promise<KeptConnection | undefined> {
  return (await find(keeper.settings.storage, user, 'connection', id))?.value
}

/** The calendars, or why they could not be listed. */
async function listed(
  connection: Connection,
  client: OAuthClient,
  answer: TokenSet,
  accounts: Accounts,
): Promise<readonly RemoteCalendar[] | SyncError> {
  const token = answer.accessToken.reveal()
  const credentials = client.handsOver === 'token' ? { token } : { accessTokens: { get: async () => token } }
  try {
    return await accounts.openWith(connection, credentials).listCalendars()
  } catch (error) {
    if (isSyncError(error)) return error
    throw error
  }
}

/** Where no server proves who signed in, the calendars do: at least one of those that we know has to be there. */
async function proveByCalendars(
  known: KeptConnection,
  remote: readonly RemoteCalendar[] | SyncError | undefined,
  keeper: Keeper,
): Promise<void> {
  const range = { index: 'connection', ...exactly(known.id) }
  const ids: string[] = []
  for await (const page of readAll(keeper.settings.storage, known.userId, 'calendar', range))
    ids.push(...page.map(({ value }) => value.remoteId))
  // Without permission nothing is asked of this account until there is another sign-in, which is looked at again.
  if (ids.length === 0 || remote === undefined) return
  if (isSyncError(remote)) throw remote
  if (!remote.some(({ id }) => ids.includes(id))) throw otherAccount()
}

/** Some servers give a refresh token the first time only; it goes on to be good. */
async function earlierRefreshToken(
  known: KeptConnection | undefined,
  answer: TokenSet,
  keeper: Keeper,
): Promise<string | undefined> {
  if (answer.refreshToken || !known?.account || !answer.account || known.keeps !== 'tokens') return undefined
  const secret = await keeper.secretOf(known)
  return secret?.kind === 'tokens' ? secret.refresh : undefined
}

function lacking(missingScopes: readonly string[], now: number) {
  const error = ended('MISSING_SCOPE', 'Not everything that is needed was allowed')
  return { needs: 'sign-in' as const, missingScopes, failure: failureOf(error, now) }
}

function isSame(one: ProvenAccount, other: ProvenAccount): boolean {
  return one.issuer === other.issuer && one.subject === other.subject
}

function otherAccount(): SyncError {
  return new SyncError(
    'invalid_input',
    'This sign-in was made with another account than the one that the connection belongs to. Sign in with that one, or make a new connection.',
    { reason: 'OTHER_ACCOUNT' },
  )
}

function urlOf(text: string | URL): URL {
  const href = String(text)
  if (href.length <= 16_384 && URL.canParse(href)) return new URL(href)
  throw new SyncError('invalid_input', 'callbackUrl: must be the whole address that the browser came back to.', {
    reason: 'CALLBACK',
  })
}

const sessionSchema: z.ZodType<string> = z.string().min(16, 'must be at least 16 characters long').max(4_096)

const signInSchema: z.ZodType<SignIn> = z.strictObject({
  provider: z.string().min(1).max(64).exactOptional(),
  client: z.string().min(1).max(64).exactOptional(),
  mode: AccessModeSchema.exactOptional(),
  session: sessionSchema,
  id: ownId.exactOptional(),
  name: z.string().max(1024).exactOptional(),
  settings: bounded(z.json() as z.ZodType<Json>, { depth: 20, entries: 1_000, values: 10_000 }).exactOptional(),
  hint: z.string().max(320).exactOptional(),
})
