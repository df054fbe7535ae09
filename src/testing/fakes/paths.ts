/** Orders patterns of paths: what is spelled out wins over what is named, so `events/import` is no event. */
export function byWildness(
  a: { readonly pattern: readonly string[] },
  b: { readonly pattern: readonly string[] },
): number {
  return wildness(a.pattern) - wildness(b.pattern)
}

/** A part of a path without its escapes. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // an escape that is none names nothing
  }
}

function wildness(pattern: readonly string[]): number {
  return pattern.filter((piece) => piece.startsWith('{')).length
}
