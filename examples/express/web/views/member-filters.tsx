import type { Member, Transform } from 'calweave'
import { joinFilters, type SyncSettings, splitFilters } from 'calweave/react'
import { ChevronRight, Plus, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button } from '../parts/button.js'

interface MemberFiltersProps {
  readonly member: Member
  readonly settings: SyncSettings
  readonly name: string
}

const inputClass = 'h-8 min-w-0 rounded-md border border-line-strong bg-panel px-2 text-sm'

/** Which events go out of a calendar, and how the fields of its copies are changed on the way in. */
export function MemberFilters({ member, settings, name }: MemberFiltersProps): ReactNode {
  const { calendarId, direction, projection } = member
  const count = Object.keys(splitFilters(member.sends).values).length + Object.keys(projection.fields).length
  return (
    <details className="group mt-2">
      <summary className="inline-flex min-h-7 list-none items-center gap-1 text-sm text-soft hover:text-ink">
        <ChevronRight size={14} aria-hidden="true" className="transition-transform group-open:rotate-90" />
        Filters and fields{count > 0 && ` (${count})`}
        <span className="sr-only"> of {name}</span>
      </summary>
      <div className="mt-2 grid gap-4 rounded-lg bg-page p-3.5 lg:grid-cols-2">
        {direction !== 'write' && <Sends member={member} settings={settings} />}
        {direction !== 'read' && projection.show === 'everything' && (
          <Fields key={calendarId} member={member} settings={settings} />
        )}
      </div>
    </details>
  )
}

const simple = {
  notFree: 'No events that show as free',
  notAllDay: 'No all-day events',
  notPrivate: 'No private events',
  notTentative: 'No tentative events',
  notRecurring: 'No series',
} as const

function Sends({
  member: { calendarId, sends },
  settings: { changeMember, clearFilter },
}: Pick<MemberFiltersProps, 'member' | 'settings'>): ReactNode {
  const filters = splitFilters(sends)
  const set = (values: typeof filters.values) => {
    const condition = joinFilters({ ...filters, values })
    if (condition) changeMember(calendarId, { sends: condition })
    else clearFilter(calendarId, 'sends')
  }
  const words = filters.values.notKeyword?.join(', ') ?? ''
  return (
    <fieldset>
      <legend className="text-sm font-medium">Events that go out</legend>
      {(Object.keys(simple) as (keyof typeof simple)[]).map((filter) => (
        <label key={filter} className="mt-0.5 flex min-h-7 items-center gap-2 text-sm">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={filters.values[filter] === true}
            onChange={(event) => {
              const { [filter]: _before, ...rest } = filters.values
              set(event.target.checked ? { ...rest, [filter]: true } : rest)
            }}
          />
          {simple[filter]}
        </label>
      ))}
      <label className="mt-1.5 block text-sm">
        <span className="text-soft">Not with one of these words, with commas in between</span>
        <input
          className={`${inputClass} w-full`}
          defaultValue={words}
          onBlur={(event) => {
            const { notKeyword: _before, ...rest } = filters.values
            const given = event.target.value.split(',').flatMap((word) => word.trim() || [])
            set(given.length > 0 ? { ...rest, notKeyword: given } : rest)
          }}
        />
      </label>
    </fieldset>
  )
}

const fields = ['title', 'description', 'location'] as const
type TextField = (typeof fields)[number]
const kinds = { prefix: 'Text before', suffix: 'Text after', template: 'Template', drop: 'Not shown' } as const
type Kind = keyof typeof kinds

function Fields({
  member: { calendarId, projection },
  settings: { changeMember },
}: Pick<MemberFiltersProps, 'member' | 'settings'>): ReactNode {
  const [field, setField] = useState<TextField>('title')
  const [kind, setKind] = useState<Kind>('prefix')
  const [value, setValue] = useState('')
  const rows = Object.entries(projection.fields).flatMap(([name, transforms]) =>
    transforms.map((transform, index) => ({ name, transform, index })),
  )
  const write = (changed: typeof projection.fields) =>
    changeMember(calendarId, { projection: { ...projection, fields: changed } })
  const add = () => {
    const transform = kind === 'drop' ? { drop: true } : { [kind]: value }
    write({
      ...projection.fields,
      [field]: [
        ...(kind === 'drop' || kind === 'template' ? [] : (projection.fields[field] ?? [])),
        transform as Transform,
      ],
    })
    setValue('')
  }
  const drop = (name: string, index: number) => {
    const { [name as TextField]: before = [], ...rest } = projection.fields
    const left = before.filter((_, at) => at !== index)
    write(left.length > 0 ? { ...rest, [name]: left } : rest)
  }
  return (
    <fieldset>
      <legend className="text-sm font-medium">Fields of copies here</legend>
      <ul>
        {rows.map(({ name, transform, index }) => (
          <li key={`${name}${index}`} className="flex min-h-8 items-center gap-2 text-sm">
            <span className="min-w-0 flex-1 truncate">
              <span className="capitalize">{name}</span>: {said(transform)}
            </span>
            <Button look="quiet" label={`Remove the change of ${name}`} onClick={() => drop(name, index)}>
              <X size={14} aria-hidden="true" />
            </Button>
          </li>
        ))}
      </ul>
      <div className="mt-1 flex flex-wrap gap-1.5">
        <select
          aria-label="Field"
          className={inputClass}
          value={field}
          onChange={(event) => setField(event.target.value as TextField)}
        >
          {fields.map((one) => (
            <option key={one} value={one}>
              {one.charAt(0).toUpperCase() + one.slice(1)}
            </option>
          ))}
        </select>
        <select
          aria-label="Change"
          className={inputClass}
          value={kind}
          onChange={(event) => setKind(event.target.value as Kind)}
        >
          {Object.entries(kinds).map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </select>
        {kind !== 'drop' && (
          <input
            aria-label="Text"
            placeholder={kind === 'template' ? '{title} · {calendar}' : '[Work] '}
            className={`${inputClass} w-36 flex-1`}
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        )}
        <Button onClick={add} disabled={kind !== 'drop' && value.trim() === ''}>
          <Plus size={14} aria-hidden="true" />
          Add
        </Button>
      </div>
      <p className="mt-1.5 text-xs text-soft">
        It is undone on the way back: an edited copy changes the original without it.
      </p>
    </fieldset>
  )
}

function said(transform: Transform): string {
  if ('drop' in transform) return 'not shown'
  if ('prefix' in transform) return `“${transform.prefix}” before`
  if ('suffix' in transform) return `“${transform.suffix}” after`
  if ('template' in transform) return transform.template
  if ('replace' in transform) return `“${transform.replace.from}” becomes “${transform.replace.to}”`
  return 'other values'
}
