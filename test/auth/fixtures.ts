import type { OAuthClient, Vault } from '../../src/auth/auth.js'
import { oauthClient } from '../../src/auth/oauth.js'
import type { OAuthClientOptions } from '../../src/auth/oauth-options.js'
import { vault } from '../../src/auth/vault.js'
import type { SyncEngineOptions } from '../../src/engine/engine-options.js'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import type { UserHandle } from '../../src/engine/user.js'
import { SyncError } from '../../src/errors.js'
import type { AccessTokens } from '../../src/providers/access-tokens.js'
import { type MemoryProvider, memoryProvider } from '../../src/providers/memory/index.js'
import type { AccountAccess, CalendarProvider, ProviderAccount } from '../../src/providers/provider.js'
import { memoryStorage } from '../../src/storage/memory.js'
import type { Storage } from '../../src/storage/storage.js'
import { app, type OidcServer } from './oidc-server.js'

export const session = 'the session of a browser, 128 bits'

export const keyOne: string = btoa('0123456789abcdef0123456789abcdef')
export const keyTwo: string = btoa('fedcba9876543210fedcba9876543210')

export function testVault(): Vault {
  return vault({ keys: { one: keyOne }, current: 'one' })
}

/** The application of {@link app} at a server of the test. */
export function testClient(server: OidcServer, given: Partial<OAuthClientOptions> = {}): OAuthClient {
  return oauthClient({
    issuer: server.issuer,
    ...app,
    scopes: {
      busy: ['openid', 'offline_access'],
      read: ['openid', 'offline_access', 'calendars.read'],
      write: ['openid', 'offline_access', 'calendars.read', 'calendars.write'],
    },
    parameters: { prompt: 'consent' },
    allowedHosts: [server.host],
    handsOver: 'accessTokens',
    timeoutMs: 2_000,
    ...given,
  })
}

/** Holds back whoever wants to pass, until it is opened. */
export function latch(): { readonly arrived: Promise<void>; open(): void; pass(): Promise<void> } {
  let arrive: () => void = () => undefined
  let open: () => void = () => undefined
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    arrived,
    open: () => open(),
    pass: () => {
      arrive()
      return opened
    },
  }
}

/** A calendar service that asks for an access token at every call, and refuses those that were revoked. */
export interface Guarded {
  readonly provider: CalendarProvider
  readonly memory: MemoryProvider
  /** Every token that it was shown. */
  readonly tokens: string[]
  /** Refuses a token. Nothing is refused unless a test says so. */
  refuses: (token: string) => boolean
}

export function guardedProvider(now: () => number): Guarded {
  const memory = memoryProvider({ now })
  const guarded: Guarded = {
    memory,
    tokens: [],
    refuses: () => false,
    provider: {
      id: 'memory',
      open(access: AccountAccess): ProviderAccount {
        const account = memory.open(access)
        const given = access.credentials as
          | { readonly accessTokens?: AccessTokens; readonly token?: string }
          | undefined
        const check = async (): Promise<void> => {
          const tokens = given?.accessTokens
          const token = tokens ? await tokens.get() : (given?.token ?? 'none')
          guarded.tokens.push(token)
          if (!guarded.refuses(token)) return
          const other = await tokens?.get({ rejected: token })
          if (other !== undefined) guarded.tokens.push(other)
          if (other === undefined || guarded.refuses(other))
            throw new SyncError('auth_expired', 'The token is refused.')
        }
        const guard =
          <Given extends readonly unknown[], Answer>(work: (...all: Given) => Promise<Answer>) =>
          async (...all: Given): Promise<Answer> => {
            await check()
            return work(...all)
          }
        return {
          capabilities: account.capabilities,
          idFor: account.idFor,
          listCalendars: guard(account.listCalendars),
          changes: guard(account.changes),
          fetch: guard(account.fetch),
          create: guard(account.create),
          update: guard(account.update),
          remove: guard(account.remove),
        }
      },
    },
  }
  return guarded
}

/** A user who can sign in at a server (without one, a test brings its own), with a calendar "work" there and a calendar "home" that needs no sign-in. */
export interface Stage {
  readonly clock: { now: number }
  readonly storage: Storage
  readonly guarded: Guarded
  readonly user: UserHandle
  /** Another worker over the same storage. */
  worker(given?: Partial<SyncEngineOptions>): UserHandle
  /** The whole of a sign-in. */
  signIn(
    given?: Partial<Parameters<UserHandle['connections']['signIn']>[0]>,
  ): ReturnType<UserHandle['connections']['completeSignIn']>
}

export function stage(
  server: OidcServer | undefined,
  given: Partial<SyncEngineOptions> = {},
  alter: (client: OAuthClient) => OAuthClient = (client) => client,
): Stage {
  const clock = { now: Date.now() }
  const storage = given.storage ?? memoryStorage()
  const guarded = guardedProvider(() => clock.now)
  guarded.memory.service.addCalendar({ id: 'work' })
  let workers = 0
  const worker = (more: Partial<SyncEngineOptions> = {}) =>
    new SyncEngine({
      storage,
      providers: [guarded.provider],
      now: () => clock.now,
      owner: `worker_${++workers}`,
      ...(server ? { auth: { vault: testVault(), oauth: { memory: alter(testClient(server)) } } } : {}),
      ...given,
      ...more,
    }).user('user_1')
  const user = worker()
  return {
    clock,
    storage,
    guarded,
    user,
    worker,
    async signIn(more = {}) {
      const { url } = await user.connections.signIn({ provider: 'memory', id: 'account', session, ...more })
      return user.connections.completeSignIn((await server?.browse(url)) ?? '', { session })
    },
  }
}
