import type { ReactNode } from 'react'
import type { SyncGroup } from '../../index.js'
import { useWords } from '../context.js'
import { type SyncSettings, useSyncSettings } from '../settings.js'
import { commonWords } from '../words/common.js'
import { memberWords } from '../words/member.js'
import { settingsWords } from '../words/settings.js'
import { Problem, SelectField, TextField } from './fields.js'
import { MemberSettings } from './member-settings.js'
import { RuleEditor } from './rule-editor.js'
import { ScheduleField } from './schedule-field.js'
import { StrategyEditor } from './strategy-editor.js'

/** What {@link SettingsPanel} shows. */
export interface SettingsPanelProps {
  readonly groupId: string
  /** Told after settings were saved. */
  readonly onSaved?: (group: SyncGroup) => void
  readonly className?: string
}

/** The settings of a group. What a person changes is a draft until it is saved. */
export function SettingsPanel({ groupId, onSaved, className }: SettingsPanelProps): ReactNode {
  const words = useWords(commonWords, memberWords, settingsWords)
  const settings = useSyncSettings(groupId)
  const { draft, save, error, isLoading } = settings
  if (!draft) return isLoading ? <p role="status">{words.loading}</p> : <Problem problem={error} />
  const submit = async () => {
    const saved = await save.run()
    if (saved) onSaved?.(saved)
  }
  return (
    <form
      data-cw-part="settings-panel"
      data-state={settings.isDirty ? 'changed' : 'saved'}
      className={className}
      aria-label={words.settingsTitle(draft.name)}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <TextField
        label={words.groupName}
        value={draft.name}
        isRequired
        onChange={(name) => settings.change({ name })}
        problem={settings.problemAt('name')}
      />
      <h3>{words.calendars}</h3>
      {draft.members.map((member, index) => (
        <MemberSettings key={member.calendarId} member={member} settings={settings} path={`members.${index}`} />
      ))}
      <ScheduleField settings={settings} />
      <Disagreements settings={settings} draft={draft} />
      <Problem problem={save.problem} />
      <footer data-cw-part="foot">
        <p role="status">{settings.isDirty && words.unsaved}</p>
        <button type="button" disabled={!settings.isDirty} onClick={settings.discard}>
          {words.discard}
        </button>
        <button type="submit" data-cw-part="primary" disabled={!settings.isDirty || save.isRunning}>
          {words.save}
        </button>
      </footer>
    </form>
  )
}

function Disagreements(props: { readonly settings: SyncSettings; readonly draft: SyncGroup }): ReactNode {
  const { settings, draft } = props
  const words = useWords(settingsWords)
  return (
    <fieldset data-cw-part="disagreements">
      <legend>{words.conflictsTitle}</legend>
      <StrategyEditor draft={draft} onChange={(strategies) => settings.change({ strategies })} />
      <SelectField
        label={words.removalTitle}
        value={draft.removal}
        options={words.removalModes}
        onChange={(removal) => settings.change({ removal })}
      />
      <TextField
        label={words.guardCount}
        type="number"
        min={1}
        value={String(draft.removalGuard.count)}
        onChange={(text) =>
          settings.change({ removalGuard: { ...draft.removalGuard, count: Math.max(1, Math.round(Number(text))) } })
        }
        problem={settings.problemAt('removalGuard')}
      />
      <RuleEditor draft={draft} settings={settings} />
    </fieldset>
  )
}
