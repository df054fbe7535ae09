import type { ReactNode } from 'react'
import type { EventCondition, Weekday } from '../../index.js'
import { useWords } from '../context.js'
import { type FilterName, type FilterValues, filterNames, joinFilters, splitFilters } from '../filters.js'
import { settingsWords } from '../words/settings.js'
import { CheckField, TextField } from './fields.js'

/** What a filter begins with. */
const first: { readonly [Name in FilterName]: NonNullable<FilterValues[Name]> } = {
  notDeclined: 'me@example.com',
  notFree: true,
  notAllDay: true,
  notPrivate: true,
  notTentative: true,
  notRecurring: true,
  workingHours: { from: '09:00', to: '17:00', days: ['MO', 'TU', 'WE', 'TH', 'FR'] },
  keyword: [],
  notKeyword: [],
  category: [],
}

/** Which events pass: the filters that people ask for most. Conditions that are none of these stay as they are. */
export function FilterEditor(props: {
  readonly title: string
  readonly condition: EventCondition | undefined
  readonly onChange: (condition: EventCondition | undefined) => void
  readonly problem: string | undefined
}): ReactNode {
  const { title, condition, onChange, problem } = props
  const words = useWords(settingsWords)
  const { values, others } = splitFilters(condition)
  const set = (name: FilterName, value: FilterValues[FilterName] | undefined) => {
    const { [name]: _before, ...rest } = values
    onChange(joinFilters({ others, values: value === undefined ? rest : { ...rest, [name]: value } }))
  }
  return (
    <details data-cw-part="filter" data-state={condition === undefined ? 'off' : 'on'}>
      <summary>
        {title} ({Object.keys(values).length + others.length})
      </summary>
      {filterNames.map((name) => (
        <div key={name}>
          <CheckField
            label={words.filters[name]}
            isOn={values[name] !== undefined}
            onChange={(isOn) => set(name, isOn ? first[name] : undefined)}
          />
          <FilterValue name={name} values={values} onChange={(value) => set(name, value)} />
        </div>
      ))}
      {others.length > 0 && <p>{words.otherConditions(others.length)}</p>}
      {problem !== undefined && <p role="alert">{problem}</p>}
    </details>
  )
}

function FilterValue(props: {
  readonly name: FilterName
  readonly values: FilterValues
  readonly onChange: (value: FilterValues[FilterName]) => void
}): ReactNode {
  const { name, values, onChange } = props
  const words = useWords(settingsWords)
  const value = values[name]
  if (value === undefined || value === true) return null
  if (typeof value === 'string')
    return <TextField label={words.ownAddress} type="email" value={value} onChange={onChange} />
  if ('from' in value) return <Hours hours={value} onChange={onChange} />
  return (
    <TextField
      label={words.words}
      value={value.join(', ')}
      onChange={(text) => onChange(text.split(/,\s*/).slice(0, 200))}
    />
  )
}

function Hours(props: {
  readonly hours: NonNullable<FilterValues['workingHours']>
  readonly onChange: (hours: NonNullable<FilterValues['workingHours']>) => void
}): ReactNode {
  const { hours, onChange } = props
  const words = useWords(settingsWords)
  const all = Object.keys(words.weekdays) as Weekday[]
  const days = hours.days ?? all
  const { days: _days, ...times } = hours
  const toggle = (day: Weekday) => {
    const next = all.filter((one) => (one === day ? !days.includes(one) : days.includes(one)))
    onChange(next.length === 0 || next.length === all.length ? times : { ...times, days: next })
  }
  return (
    <div data-cw-part="hours">
      <TextField label={words.from} type="time" value={hours.from} onChange={(from) => onChange({ ...hours, from })} />
      <TextField label={words.to} type="time" value={hours.to} onChange={(to) => onChange({ ...hours, to })} />
      {all.map((day) => (
        <CheckField key={day} label={words.weekdays[day]} isOn={days.includes(day)} onChange={() => toggle(day)} />
      ))}
    </div>
  )
}
