import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * Digests for ids and marks. Synchronous on purpose: merge and plan are pure, and the simulator must own every await,
 * so `crypto.subtle` (always asynchronous, on a thread of its own) does not fit here.
 */

/** The digest of `parts` as 32 characters of `0-9a-v` (base32hex, the alphabet that every provider accepts in ids). */
export function digest(...parts: readonly string[]): string {
  return base32hex(sha256(utf8ToBytes(JSON.stringify(parts))).subarray(0, 20))
}

/** A keyed digest of `parts`, as 26 characters of `0-9a-v`: 130 bits. */
export function keyedDigest(secret: string, ...parts: readonly string[]): string {
  const keyed = keyedBy(secret)
    .clone()
    .update(utf8ToBytes(JSON.stringify(parts)))
  return base32hex(keyed.digest()).slice(0, 26)
}

let lastKeyed: { readonly secret: string; readonly hash: ReturnType<typeof hmac.create> } | undefined

/** The secret is read into a hash once: an engine has one, and signs with it all the time. */
function keyedBy(secret: string): ReturnType<typeof hmac.create> {
  if (lastKeyed?.secret !== secret) lastKeyed = { secret, hash: hmac.create(sha256, utf8ToBytes(secret)) }
  return lastKeyed.hash
}

/** SHA-256 of a text, in hex. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)))
}

/** SHA-256 of texts that come one after the other. `digest` may be asked again and again as they come. */
export function runningSha256(): { add(text: string): void; digest(): string } {
  const hash = sha256.create()
  return {
    add: (text) => {
      hash.update(utf8ToBytes(text))
    },
    digest: () => bytesToHex(hash.clone().digest()),
  }
}

const alphabet = '0123456789abcdefghijklmnopqrstuv'

function base32hex(bytes: Uint8Array): string {
  let out = ''
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += alphabet[(buffer >> bits) & 31]
    }
  }
  return bits > 0 ? out + alphabet[(buffer << (5 - bits)) & 31] : out
}
