import { SyncError } from '../errors.js'
import { fromBase64url } from './base64url.js'

/**
 * A key that never leaves the host's key service (AWS KMS, Cloud KMS, Vault Transit ...): every sealed text gets a key of
 * its own, which the service wraps. `context` has to be bound to it where the service can do that ("encryption context").
 */
export interface KeyWrapper {
  wrap(key: Uint8Array, context: string): Promise<Uint8Array>
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array>
}

/** 32 random bytes, as they are or in base64; or a key service. */
export type VaultKey = string | Uint8Array | KeyWrapper

/** A key to seal one text with. */
export interface SealingKey {
  readonly key: CryptoKey
  /** What has to be kept with the text to find the key again; empty for keys of the ring itself. */
  readonly wrapped: Uint8Array<ArrayBuffer>
}

/** One key of the ring. */
export interface RingKey {
  forSealing(context: string): Promise<SealingKey>
  forOpening(wrapped: Uint8Array<ArrayBuffer>, context: string): Promise<CryptoKey>
}

/** @throws SyncError `invalid_input` that names the key and never shows it. */
export function ringKey(id: string, given: VaultKey): RingKey {
  return isWrapper(given) ? serviceKey(id, given) : ownKey(id, given)
}

function isWrapper(given: VaultKey): given is KeyWrapper {
  return typeof given === 'object' && 'wrap' in given && 'unwrap' in given
}

function ownKey(id: string, given: string | Uint8Array): RingKey {
  const bytes = typeof given === 'string' ? fromBase64url(given) : new Uint8Array(given)
  if (bytes?.length !== 32)
    throw new SyncError('invalid_input', `keys.${id}: a key has 32 random bytes, as they are or in base64.`)
  const key = importKey(bytes)
  key.catch(() => undefined) // whoever uses it gets the error
  return {
    forSealing: async () => ({ key: await key, wrapped: new Uint8Array() }),
    forOpening: () => key,
  }
}

function serviceKey(id: string, service: KeyWrapper): RingKey {
  return {
    async forSealing(context) {
      const bytes = crypto.getRandomValues(new Uint8Array(32))
      const wrapped = new Uint8Array(await asked(id, () => service.wrap(bytes.slice(), context)))
      return { key: await importKey(bytes), wrapped }
    },
    async forOpening(wrapped, context) {
      const bytes = new Uint8Array(await asked(id, () => service.unwrap(wrapped, context)))
      if (bytes.length !== 32)
        throw new SyncError('storage_foreign', `The key service of ${id} gave back something else than it was given.`, {
          reason: 'VAULT',
        })
      return importKey(bytes)
    },
  }
}

/** The cause is left out: what a key service says may hold what it was asked for. */
async function asked<T>(id: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch {
    throw new SyncError(
      'unavailable',
      `The key service of the vault's key ${id} failed. Look at its own log; the next sync tries again.`,
      { reason: 'VAULT_KMS' },
    )
  }
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
}
