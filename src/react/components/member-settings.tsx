import type { ReactNode } from 'react'
import type { Member, Projection, Reminder } from '../../index.js'
import { useCalendars } from '../calendars.js'
import { useWords } from '../context.js'
import type { SyncSettings } from '../settings.js'
import { memberWords } from '../words/member.js'
import { settingsWords } from '../words/settings.js'
import { FieldMapEditor } from './field-map-editor.js'
import { SelectField, TextField } from './fields.js'
import { FilterEditor } from './filter-editor.js'
import { ProviderIcon } from './provider-icon.js'

/** What one calendar of a group sends and gets. */
export function MemberSettings(props: {
  readonly member: Member
  readonly settings: SyncSettings
  readonly path: string
}): ReactNode {
  const { member, settings, path } = props
  const { calendarId, direction, projection } = member
  const words = useWords(memberWords, settingsWords)
  const { find, nameOf } = useCalendars()
  const name = nameOf(calendarId)
  const calendar = find(calendarId)
  const set = (changes: Partial<Member>) => settings.changeMember(calendarId, changes)
  const project = (changes: Partial<Projection>) => set({ projection: { ...projection, ...changes } })
  const { read, ...writing } = words.directions
  return (
    <fieldset data-cw-part="member" data-direction={direction}>
      <legend>
        <ProviderIcon provider={calendar?.provider ?? ''} /> <span dir="auto">{name}</span>
      </legend>
      <SelectField
        label={words.directionOf(name)}
        value={direction}
        options={calendar?.access === 'read' ? [['read', read]] : words.directions}
        onChange={(direction) => set({ direction })}
        problem={settings.problemAt(`${path}.direction`)}
      />
      {direction !== 'write' && (
        <FilterEditor
          title={words.sends(name)}
          condition={member.sends}
          onChange={(sends) => (sends ? set({ sends }) : settings.clearFilter(calendarId, 'sends'))}
          problem={settings.problemAt(`${path}.sends`)}
        />
      )}
      {direction in writing && (
        <>
          <SelectField
            label={words.showOf(name)}
            value={projection.show}
            options={words.shows}
            // What a copy does not show cannot be mapped, either.
            onChange={(show) => project({ show, fields: show === 'everything' ? projection.fields : {} })}
            problem={settings.problemAt(`${path}.projection.show`)}
          />
          <SelectField
            label={words.privateEvents}
            value={projection.privateEvents}
            options={words.privateEventsModes}
            onChange={(privateEvents) => project({ privateEvents })}
          />
          <TextField
            label={words.busyTitle}
            hint={words.busyTitleHint}
            value={projection.busyTitle}
            onChange={(busyTitle) => project({ busyTitle })}
            problem={settings.problemAt(`${path}.projection.busyTitle`)}
          />
          <Reminders projection={projection} onChange={(reminders) => project({ reminders })} />
          <SelectField
            label={words.attendees}
            value={projection.attendees}
            options={words.attendeesModes}
            onChange={(attendees) => project({ attendees })}
          />
          <FilterEditor
            title={words.receives(name)}
            condition={member.receives}
            onChange={(receives) => (receives ? set({ receives }) : settings.clearFilter(calendarId, 'receives'))}
            problem={settings.problemAt(`${path}.receives`)}
          />
          <SelectField
            label={words.leaving}
            value={member.leaving}
            options={words.leavingModes}
            onChange={(leaving) => set({ leaving })}
          />
          {projection.show === 'everything' && (
            <FieldMapEditor
              title={words.fieldMapping(name)}
              fields={projection.fields}
              onChange={(fields) => project({ fields })}
              problem={settings.problemAt(`${path}.projection.fields`)}
            />
          )}
        </>
      )}
    </fieldset>
  )
}

function Reminders(props: {
  readonly projection: Projection
  readonly onChange: (reminders: Projection['reminders']) => void
}): ReactNode {
  const { projection, onChange } = props
  const { reminders } = projection
  const words = useWords(settingsWords)
  const mode = typeof reminders === 'string' ? reminders : 'fixed' in reminders ? 'fixed' : 'whenMissing'
  const own = typeof reminders === 'string' ? [] : 'fixed' in reminders ? reminders.fixed : reminders.whenMissing
  const of = (mode: keyof typeof words.remindersModes, list: readonly Reminder[]): Projection['reminders'] =>
    mode === 'fixed' ? { fixed: list } : mode === 'whenMissing' ? { whenMissing: list } : mode
  const [first] = own
  const seconds = first?.trigger.kind === 'offset' ? first.trigger.seconds : 0
  return (
    <>
      <SelectField
        label={words.reminders}
        value={mode}
        options={words.remindersModes}
        onChange={(mode) => onChange(of(mode, own.length > 0 ? own : [popup(15)]))}
      />
      {typeof reminders !== 'string' && own.length === 1 && (
        <TextField
          label={words.minutesBefore}
          type="number"
          min={0}
          value={String(Math.abs(seconds) / 60)}
          onChange={(text) => onChange(of(mode, [popup(Number(text))]))}
        />
      )}
    </>
  )
}

function popup(minutes: number): Reminder {
  return { method: 'popup', trigger: { kind: 'offset', seconds: -Math.round(Math.abs(minutes)) * 60, from: 'start' } }
}
