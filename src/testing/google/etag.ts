/** A stamp as Google writes versions: twice the microseconds, in quotes. Seen so in answers of 2025 and 2026. */
export function etagOf(stamp: number): string {
  return `"${stamp * 2}"`
}
