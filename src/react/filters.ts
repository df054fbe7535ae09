import type { EventCondition, EventLeaf, Weekday } from '../index.js'

type Leaf<Name extends string> = Extract<EventLeaf, Readonly<Record<Name, unknown>>>

/** What may be set of the filters that people ask for most. Absent: not set. */
export interface FilterValues {
  /** The own address. */
  readonly notDeclined?: string
  readonly notFree?: true
  readonly notAllDay?: true
  readonly notPrivate?: true
  readonly notTentative?: true
  readonly notRecurring?: true
  /** Times like `09:30`. */
  readonly workingHours?: { readonly from: string; readonly to: string; readonly days?: readonly Weekday[] }
  readonly keyword?: readonly string[]
  readonly notKeyword?: readonly string[]
  readonly category?: readonly string[]
}

export type FilterName = keyof FilterValues

/** A condition, taken apart: what a form can show, and what it leaves as it is. */
export interface Filters {
  readonly values: FilterValues
  /** Conditions that are none of {@link FilterValues}, and hold as well. */
  readonly others: readonly EventCondition[]
}

interface Filter<Value> {
  write(value: Value): EventCondition
  /** The value, if `condition` may be one of this filter. Whether it is one is found out by writing it again. */
  read(condition: EventCondition): Value | undefined
}

const whenOn = (condition: EventCondition): Filter<true> => ({ write: () => condition, read: () => true })
const inside = (condition: EventCondition): EventCondition | undefined =>
  'not' in condition ? condition.not : undefined
const wordsOf = (condition: EventCondition | undefined): readonly string[] | undefined =>
  condition && 'keyword' in condition ? condition.keyword : undefined

const filters: { readonly [Name in FilterName]-?: Filter<NonNullable<FilterValues[Name]>> } = {
  notDeclined: {
    write: (email) => ({ not: { attendee: { email: [email], status: ['declined'] } } }),
    read: (condition) => (inside(condition) as Leaf<'attendee'> | undefined)?.attendee?.email?.[0],
  },
  notFree: whenOn({ not: { availability: ['free'] } }),
  notAllDay: whenOn({ allDay: false }),
  notPrivate: whenOn({ not: { visibility: ['private', 'confidential'] } }),
  notTentative: whenOn({ not: { status: ['tentative'] } }),
  notRecurring: whenOn({ recurring: false }),
  workingHours: {
    write: (timeOfDay) => ({ timeOfDay }),
    read: (condition) => ('timeOfDay' in condition ? condition.timeOfDay : undefined),
  },
  keyword: { write: (keyword) => ({ keyword }), read: wordsOf },
  notKeyword: { write: (keyword) => ({ not: { keyword } }), read: (condition) => wordsOf(inside(condition)) },
  category: {
    write: (category) => ({ category }),
    read: (condition) => ('category' in condition ? condition.category : undefined),
  },
}

/** All filters, in the order in which a form shows them. */
export const filterNames: readonly FilterName[] = Object.keys(filters) as FilterName[]

/** Takes a condition apart. `joinFilters(splitFilters(condition))` asks the same. */
export function splitFilters(condition: EventCondition | undefined): Filters {
  const parts = condition === undefined ? [] : 'all' in condition ? condition.all : [condition]
  const values: Record<string, unknown> = {}
  const others: EventCondition[] = []
  for (const part of parts) {
    const found = filterNames.find((name) => !(name in values) && valueIn(name, part) !== undefined)
    if (found) values[found] = valueIn(found, part)
    else others.push(part)
  }
  return { values, others }
}

/** Puts a condition together again; undefined where nothing is asked. */
export function joinFilters({ values, others }: Filters): EventCondition | undefined {
  const set = filterNames.flatMap((name) => {
    const value = values[name]
    return value === undefined ? [] : [(filters[name] as Filter<unknown>).write(value)]
  })
  const all = [...set, ...others]
  return all.length > 1 ? { all } : all[0]
}

function valueIn(name: FilterName, part: EventCondition): unknown {
  const filter = filters[name] as Filter<unknown>
  const value = filter.read(part)
  return value !== undefined && JSON.stringify(filter.write(value)) === JSON.stringify(part) ? value : undefined
}
