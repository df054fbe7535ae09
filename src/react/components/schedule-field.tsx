import type { ReactNode } from 'react'
import type { Schedule } from '../../index.js'
import { useFormats, useWords } from '../context.js'
import type { SyncSettings } from '../settings.js'
import { settingsWords } from '../words/settings.js'
import { SelectField, TextField } from './fields.js'

type Mode = 'every' | 'cron' | 'manual'

const minuteMs = 60_000

/** When a group is synced by itself. */
export function ScheduleField({ settings }: { readonly settings: SyncSettings }): ReactNode {
  const words = useWords(settingsWords)
  const { timeZone } = useFormats()
  const schedule: Schedule = settings.draft?.schedule ?? { every: 15 * minuteMs }
  const mode: Mode = schedule === 'manual' ? schedule : 'cron' in schedule ? 'cron' : 'every'
  const set = (schedule: Schedule) => settings.change({ schedule })
  const first: Readonly<Record<Mode, Schedule>> = {
    every: { every: 15 * minuteMs },
    cron: { cron: '0 7 * * *', zone: timeZone },
    manual: 'manual',
  }
  const problem = settings.problemAt('schedule')
  return (
    <fieldset data-cw-part="schedule">
      <legend>{words.schedule}</legend>
      <SelectField
        label={words.schedule}
        value={mode}
        options={words.scheduleModes}
        onChange={(mode) => set(first[mode])}
        problem={problem}
      />
      {typeof schedule === 'object' && 'every' in schedule && (
        <TextField
          label={words.everyMinutes}
          type="number"
          min={1}
          value={String(schedule.every / minuteMs)}
          onChange={(text) => set({ every: Math.max(1, Math.round(Number(text))) * minuteMs })}
        />
      )}
      {typeof schedule === 'object' && 'cron' in schedule && (
        <>
          <TextField label={words.cron} value={schedule.cron} onChange={(cron) => set({ ...schedule, cron })} />
          <TextField label={words.zone} value={schedule.zone} onChange={(zone) => set({ ...schedule, zone })} />
        </>
      )}
    </fieldset>
  )
}
