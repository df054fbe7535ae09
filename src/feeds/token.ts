import { sha256Hex } from '../model/hash.js'

/** A new secret: 256 random bits in hex. Long enough that its plain digest may be kept. */
export function newToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What is kept of a token. */
export function hashOf(token: string): string {
  return sha256Hex(token)
}

/** Compares two digests in a time that does not tell where they differ. */
export function sameHash(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ (b.charCodeAt(at) || 0)
  return difference === 0
}
