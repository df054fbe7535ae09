import type { CalendarId, Conflict, ConflictItem, ConflictOption } from '../index.js'

/** A field of a conflict, with what may be chosen for it. */
export interface ConflictRow {
  readonly field: ConflictItem['field']
  /** More than one where several occurrences of a series are in conflict. */
  readonly items: readonly ConflictItem[]
  /** A calendar whose side is taken, `both` or `merge`. */
  readonly choices: readonly string[]
}

/** What was chosen, by field. */
export type Take = Readonly<Record<string, string>>

/** What has to be chosen, field by field. */
export function rowsOf({ items }: Conflict, options: readonly ConflictOption[]): readonly ConflictRow[] {
  return options.map(({ field, choices }) => ({ field, choices, items: items.filter((item) => item.field === field) }))
}

/** The calendars on the sides of a conflict, in the order in which they appear. */
export function sidesOf({ items }: Conflict): readonly CalendarId[] {
  return [...new Set(items.flatMap(({ sides }) => sides.map(({ calendarId }) => calendarId)))]
}

/** What nobody has to think about: what was decided before, and fields that one side only has changed. */
export function proposedTake(rows: readonly ConflictRow[]): Take {
  const proposed = rows.flatMap(({ field, items, choices }): [string, string][] => {
    const found = new Set(items.map((item) => item.winner ?? onlyChanged(item)))
    const [choice] = found
    return found.size === 1 && choice !== undefined && choices.includes(choice) ? [[field, choice]] : []
  })
  return Object.fromEntries(proposed)
}

/** Everything that one calendar says; what it has no side of stays as it was chosen. */
export function takeAll(rows: readonly ConflictRow[], choice: string, take: Take): Take {
  const taken = rows.filter(({ choices }) => choices.includes(choice)).map(({ field }) => [field, choice])
  return { ...take, ...Object.fromEntries(taken) }
}

/** Fields for which nothing is chosen. */
export function undecidedOf(rows: readonly ConflictRow[], take: Take): readonly ConflictRow[] {
  return rows.filter(({ field, choices }) => !choices.includes(take[field] ?? ''))
}

function onlyChanged({ base, sides, field }: ConflictItem): string | undefined {
  // A removal that met a change is for a person, whatever the one side says.
  if (field === 'removal') return undefined
  const before = JSON.stringify(base)
  const changed = sides.filter(({ value }) => JSON.stringify(value) !== before)
  return changed.length === 1 ? changed[0]?.calendarId : undefined
}
