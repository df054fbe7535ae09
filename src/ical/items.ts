import { type Item, isComponent } from './component.js'

/**
 * `items` with `existing` replaced by `next`. What is in both stays where it is. What is new takes the place of something
 * of its name that goes; else it stands behind what it follows in `next`, or at the end of its kind: lines come before
 * components.
 */
export function replace(items: readonly Item[], existing: readonly Item[], next: readonly Item[]): readonly Item[] {
  if (sameItems(existing, next)) return items
  const staying = inBoth(existing, next)
  const leaving = existing.filter((item) => !staying.has(item))
  const gone = new Set(leaving)
  const heirs = new Map<Item, Item>()
  const others: Item[] = []
  for (const item of next) {
    if (staying.has(item)) continue
    const at = leaving.findIndex(({ name }) => name === item.name)
    const [place] = at === -1 ? [] : leaving.splice(at, 1)
    if (place) heirs.set(place, item)
    else others.push(item)
  }
  const result = items.flatMap((item) => heirs.get(item) ?? (gone.has(item) ? [] : [item]))
  for (const item of others) result.splice(placeFor(item, result, next), 0, item)
  return result
}

/** `items` with one line of this name: in the place of the first there is, or as the last line. */
export function withLine(items: readonly Item[], wanted: Item): readonly Item[] {
  return replace(
    items,
    items.filter((item) => !isComponent(item) && item.name === wanted.name),
    [wanted],
  )
}

export function sameItems(a: readonly Item[], b: readonly Item[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]))
}

/** What keeps its place; nothing where the order itself is what changes. */
function inBoth(existing: readonly Item[], next: readonly Item[]): ReadonlySet<Item> {
  const wanted = new Set(next)
  const staying = new Set(existing.filter((item) => wanted.has(item)))
  const isInOrder = sameItems(
    [...staying],
    next.filter((item) => staying.has(item)),
  )
  return isInOrder ? staying : new Set()
}

function placeFor(item: Item, result: readonly Item[], next: readonly Item[]): number {
  const alike = next.filter((other) => isComponent(other) === isComponent(item))
  const at = alike.indexOf(item)
  const before = at === 0 ? -1 : result.indexOf(alike[at - 1] as Item)
  if (before !== -1) return before + 1
  const after = alike.slice(at + 1).reduce((found, other) => (found === -1 ? result.indexOf(other) : found), -1)
  if (after !== -1) return after
  const firstComponent = result.findIndex(isComponent)
  return isComponent(item) || firstComponent === -1 ? result.length : firstComponent
}
