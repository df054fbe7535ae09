/** Bytes as text of the alphabet that addresses can carry. @see RFC 4648 section 5 */
export function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Reads base64url and plain base64, padded or not; undefined for anything else. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const plain = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={1,2}$/, '')
  if (!/^[A-Za-z0-9+/]*$/.test(plain) || plain.length % 4 === 1) return undefined
  return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0))
}

/** The UTF-8 text that base64url stands for. @throws TypeError for anything else */
export function toText(base64url: string): string {
  const bytes = fromBase64url(base64url)
  if (!bytes) throw new TypeError('not base64url')
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}
