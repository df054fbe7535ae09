import { sha256Hex } from '../../model/hash.js'
import type { Revision } from '../../model/ids.js'

/** What a revision begins with that we made up ourselves, because the server gives none that it would honour. */
const hashPrefix = 'hash:'

/**
 * A strong entity tag, ready for `If-Match`; undefined for a weak, missing or damaged one.
 *
 * Quotes are added where a server leaves them out. A suffix that a compressing proxy put in is taken off, because the
 * server behind it would not know the tag.
 * @see RFC 9110 section 8.8.3
 */
export function strongTag(text: string | null | undefined): Revision | undefined {
  const trimmed = text?.trim()
  if (!trimmed || /^w\//i.test(trimmed)) return undefined
  const bare = trimmed.startsWith('"') && trimmed.endsWith('"') && trimmed.length >= 2 ? trimmed.slice(1, -1) : trimmed
  // Anything else could end the header line or the tag.
  if (!/^[\x21\x23-\x7e]+$/.test(bare)) return undefined
  return `"${bare.replace(/(?:--?|;)(?:gzip|br|deflate|zstd)$/, '')}"` as Revision
}

/**
 * The revision of a body: its strong tag, else a digest of the body, which says whether to write it to our mirror again.
 * Where tags come again, it is both.
 */
export function revisionOf(tag: string | null | undefined, body: string, repeatsTags = false): Revision {
  const strong = strongTag(tag)
  if (strong === undefined) return hashRevision(body)
  return repeatsTags ? (`${strong}${hashRevision(body)}` as Revision) : strong
}

/** A revision that the server knows nothing of. */
export function hashRevision(body: string): Revision {
  return `${hashPrefix}${sha256Hex(normalizedBody(body))}` as Revision
}

/** The value for `If-Match`; undefined where the server would not know it. */
export function guardOf(revision: Revision | undefined): string | undefined {
  if (revision === undefined || revision.startsWith(hashPrefix)) return undefined
  return revision.slice(0, revision.lastIndexOf('"') + 1)
}

/** True when a body is the one that a revision stands for, as far as the revision tells. */
export function mayBeOf(revision: Revision | undefined, body: string): boolean {
  const start = revision?.indexOf(hashPrefix) ?? -1
  return start < 0 || revision?.slice(start) === hashRevision(body)
}

/** True when two readings of a resource are the same; line ends differ between a report (XML) and a plain read. */
export function sameBody(a: string, b: string): boolean {
  return normalizedBody(a) === normalizedBody(b)
}

function normalizedBody(body: string): string {
  return body.replaceAll('\r\n', '\n').trim()
}
