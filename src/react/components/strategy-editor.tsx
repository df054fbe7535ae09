import type { ReactNode } from 'react'
import type { StrategySpec, SyncGroup } from '../../index.js'
import { useCalendars } from '../calendars.js'
import { useWords } from '../context.js'
import { commonWords } from '../words/common.js'
import { settingsWords } from '../words/settings.js'
import { SelectField } from './fields.js'

type Use = Exclude<StrategySpec['use'], 'host'>

/** How disagreements are settled: asked one after the other, until one decides. */
export function StrategyEditor(props: {
  readonly draft: SyncGroup
  readonly onChange: (strategies: readonly StrategySpec[]) => void
}): ReactNode {
  const { draft, onChange } = props
  const { strategies, members } = draft
  const words = useWords(commonWords, settingsWords)
  const { nameOf } = useCalendars()
  const ids = members.map(({ calendarId }) => calendarId)
  const replace = (index: number, spec: StrategySpec | undefined) =>
    onChange(strategies.flatMap((one, at) => (at === index ? (spec ?? []) : one)))
  const specOf = (use: Use, first = ids[0]): StrategySpec =>
    use === 'preferCalendar'
      ? { use, order: [...ids.filter((id) => id === first), ...ids.filter((id) => id !== first)] }
      : { use }
  const { host, ...own } = words.strategies
  return (
    <ol data-cw-part="strategies">
      {strategies.map((spec, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a strategy is what stands at its place
        <li key={index}>
          <SelectField<string>
            label={words.asked(index + 1)}
            value={spec.use}
            options={spec.use === 'host' ? { ...own, host: host(spec.name) } : own}
            onChange={(use) => use !== 'host' && replace(index, specOf(use as Use))}
          />
          {spec.use === 'preferCalendar' && (
            <SelectField
              label={words.first}
              value={spec.order[0] ?? ''}
              options={ids.map((id) => [id as string, nameOf(id)] as const)}
              onChange={(first) => replace(index, specOf('preferCalendar', first as (typeof ids)[number]))}
            />
          )}
          {strategies.length > 1 && (
            <button type="button" onClick={() => replace(index, undefined)}>
              {words.removeNamed(words.asked(index + 1))}
            </button>
          )}
        </li>
      ))}
      <li>
        <button type="button" onClick={() => onChange([...strategies, { use: 'askAPerson' }])}>
          {words.addStrategy}
        </button>
      </li>
    </ol>
  )
}
