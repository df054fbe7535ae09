import { SyncError } from '../errors.js'
import type { SealedPlace, Vault } from './auth.js'
import { fromBase64url, toBase64url } from './base64url.js'
import { type RingKey, ringKey, type VaultKey } from './key-ring.js'

/** Settings of a {@link vault}. */
export interface VaultOptions {
  /**
   * The keys by name. Names go into what is sealed: never give one name to two keys. Keys that sealed something stay here
   * until everything was sealed anew.
   */
  readonly keys: Readonly<Record<string, VaultKey>>
  /** The name of the key that seals from now on. */
  readonly current: string
}

/**
 * Seals credentials with AES-256-GCM before they are stored. What is sealed is bound to its user, its connection and its
 * field: copied anywhere else, or changed in one bit, it does not open.
 *
 * A key is good for 2^32 texts; at a new token per hour and account that is 490,000 accounts for a year.
 *
 * @throws SyncError `invalid_input` for keys and names that do not fit.
 *
 * @example
 * ```ts no-run
 * import { vault } from 'calweave/auth'
 *
 * // openssl rand -base64 32
 * const sealing = vault({ keys: { 'key-1': process.env['CALWEAVE_KEY'] ?? '' }, current: 'key-1' })
 * ```
 */
export function vault({ keys, current }: VaultOptions): Vault {
  const ring = new Map<string, RingKey>()
  for (const [id, key] of Object.entries(keys)) {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(id))
      throw new SyncError('invalid_input', 'keys: a name has 1 to 64 of the characters A-Z a-z 0-9 _ -.')
    ring.set(id, ringKey(id, key))
  }
  const sealing = ring.get(current)
  if (!sealing) throw new SyncError('invalid_input', 'current: must be the name of one of `keys`.')

  return {
    async seal(text, place) {
      const context = contextOf(current, place)
      const { key, wrapped } = await sealing.forSealing(context)
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const cipher = { name: 'AES-GCM', iv, additionalData: associated(context, wrapped) }
      const sealed = await crypto.subtle.encrypt(cipher, key, new TextEncoder().encode(text))
      return [version, current, ...[wrapped, iv, new Uint8Array(sealed)].map(toBase64url)].join('.')
    },
    async open(sealed, place) {
      const { keyId, wrapped, iv, body } = partsOf(sealed)
      const key = ring.get(keyId)
      if (!key)
        throw new SyncError(
          'invalid_input',
          `The vault has no key ${keyId} (any more). Put it back into \`keys\`; nobody has to sign in again.`,
          { reason: 'VAULT_KEY' },
        )
      const context = contextOf(keyId, place)
      const opening = await key.forOpening(wrapped, context)
      const cipher = { name: 'AES-GCM', iv, additionalData: associated(context, wrapped) }
      const text = await crypto.subtle.decrypt(cipher, opening, body).catch(() => {
        throw notOurs()
      })
      return new TextDecoder().decode(text)
    },
    isStale: (sealed) => partsOf(sealed).keyId !== current,
  }
}

const version = 'v1'

/** As JSON, so that no user id can pass for another user and the beginning of a connection. */
function contextOf(keyId: string, { user, connection, field }: SealedPlace): string {
  return JSON.stringify(['calweave', version, keyId, user, connection, field])
}

function associated(context: string, wrapped: Uint8Array): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([context, toBase64url(wrapped)]))
}

function partsOf(sealed: string) {
  const [mark, keyId, ...rest] = sealed.split('.')
  const [wrapped, iv, body] = rest.map(exactBytes)
  if (mark !== version || keyId === undefined || rest.length !== 3 || !wrapped || iv?.length !== 12 || !body)
    throw notOurs()
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(keyId)) throw notOurs()
  return { keyId, wrapped, iv, body }
}

/** Bytes have one spelling here: no character may be changed, not even one whose last bits mean nothing. */
function exactBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = fromBase64url(text)
  return bytes && toBase64url(bytes) === text ? bytes : undefined
}

/** One error for every reason: which of them it was would help nobody but an attacker. */
function notOurs(): SyncError {
  return new SyncError(
    'storage_foreign',
    'A sealed text does not open: it was changed, belongs elsewhere, or was sealed under another key of the same name. ' +
      'Nothing of it was used.',
    { reason: 'VAULT' },
  )
}
