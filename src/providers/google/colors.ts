import { cssColors } from './css-colors.js'

/** The colours of events, as `colors.get` tells them. They have been the same since 2012. */
const palette: ReadonlyMap<string, string> = new Map([
  ['1', '#a4bdfc'],
  ['2', '#7ae7bf'],
  ['3', '#dbadff'],
  ['4', '#ff887c'],
  ['5', '#fbd75b'],
  ['6', '#ffb878'],
  ['7', '#46d6db'],
  ['8', '#e1e1e1'],
  ['9', '#5484ed'],
  ['10', '#51b749'],
  ['11', '#dc2127'],
])

/** `#rrggbb`; null for a colour that is not among Google's. */
export function colorOf(colorId: string): string | null {
  return palette.get(colorId) ?? null
}

/** The id of the colour that is nearest to a CSS name or `#rrggbb`; null for what is neither. */
export function nearestColor(color: string): string | null {
  const wanted = rgb(cssColors.get(color.toLowerCase()) ?? color)
  if (!wanted) return null
  const distances = Array.from(palette, ([id, hex]) => [id, distance(wanted, rgb(hex) ?? wanted)] as const)
  return distances.reduce((best, one) => (one[1] < best[1] ? one : best))[0]
}

type Rgb = readonly [number, number, number]

function rgb(hex: string): Rgb | undefined {
  const parts = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(hex)
  if (!parts) return undefined
  return [part(parts[1]), part(parts[2]), part(parts[3])]
}

function part(text: string | undefined): number {
  return Number.parseInt(text ?? '0', 16)
}

/** Weighed as eyes do, roughly: red by how red both are. @see https://www.compuphase.com/cmetric.htm */
function distance(a: Rgb, b: Rgb): number {
  const red = (a[0] + b[0]) / 2
  const [dr, dg, db] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
  return (2 + red / 256) * dr * dr + 4 * dg * dg + (2 + (255 - red) / 256) * db * db
}
