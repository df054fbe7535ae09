import type { ReactNode } from 'react'
import type { ConflictRule, Field, RuleAction, SyncGroup } from '../../index.js'
import { useCalendars } from '../calendars.js'
import { useFormats, useWords } from '../context.js'
import type { SyncSettings } from '../settings.js'
import { commonWords } from '../words/common.js'
import { settingsWords } from '../words/settings.js'
import { valueWords } from '../words/value.js'
import { SelectField, TextField } from './fields.js'

const any = 'any'
const other = 'other'

/** Rules of a group. Conditions that a form cannot show stay as they are. */
export function RuleEditor(props: { readonly draft: SyncGroup; readonly settings: SyncSettings }): ReactNode {
  const { draft, settings } = props
  const { rules } = draft
  const words = useWords(commonWords, settingsWords)
  const set = (next: readonly ConflictRule[]) => settings.change({ rules: next })
  const replace = (index: number, rule: ConflictRule | undefined) =>
    set(rules.flatMap((one, at) => (at === index ? (rule ?? []) : one)))
  const raise = (index: number, rule: ConflictRule) =>
    set([...rules.slice(0, index - 1), rule, ...rules.slice(index - 1).filter((one) => one !== rule)])
  const add = () => {
    const number = Array.from({ length: rules.length + 1 }, (_, index) => index + 1).find(
      (one) => !rules.some(({ id }) => id === `rule-${one}`),
    )
    const id = `rule-${number}`
    // biome-ignore lint/suspicious/noThenProperty: "when ... then ..." is how people say a rule
    set([...rules, { id, name: words.ruleNew(number ?? 1), when: { all: [] }, then: { hold: true } }])
  }
  return (
    <div data-cw-part="rules">
      <h4>{words.rulesTitle}</h4>
      <ol>
        {rules.map((rule, index) => (
          <li key={rule.id}>
            <Rule rule={rule} draft={draft} onChange={(rule) => replace(index, rule)} />
            {index > 0 && (
              <button type="button" onClick={() => raise(index, rule)}>
                {words.moveUp(rule.name)}
              </button>
            )}
            <button type="button" onClick={() => replace(index, undefined)}>
              {words.removeNamed(rule.name)}
            </button>
          </li>
        ))}
      </ol>
      <button type="button" onClick={add}>
        {words.addRule}
      </button>
      {settings.problemAt('rules') !== undefined && <p role="alert">{settings.problemAt('rules')}</p>}
    </div>
  )
}

function Rule(props: {
  readonly rule: ConflictRule
  readonly draft: SyncGroup
  readonly onChange: (rule: ConflictRule) => void
}): ReactNode {
  const { rule, draft, onChange } = props
  const words = useWords(settingsWords, valueWords)
  const { list } = useFormats()
  const { nameOf } = useCalendars()
  const about = fieldIn(rule)
  const actions: readonly (readonly [RuleAction, string])[] = [
    [{ take: 'origin' }, words.ruleActions.origin],
    [{ take: 'latest' }, words.ruleActions.latest],
    [{ take: 'earliest' }, words.ruleActions.earliest],
    ...draft.members.map(
      ({ calendarId }) => [{ take: { calendar: calendarId } }, words.ruleActions.calendar(nameOf(calendarId))] as const,
    ),
    [{ keep: 'both' }, words.ruleActions.both],
    [{ merge: 'text' }, words.ruleActions.text],
    [{ hold: true }, words.ruleActions.hold],
  ]
  const options = actions.map(([action, text]) => [JSON.stringify(action), text] as const)
  const chosen = JSON.stringify(rule.then)
  const { take } = 'take' in rule.then ? rule.then : { take: undefined }
  const order = typeof take === 'object' && 'firstOf' in take ? take.firstOf : undefined
  return (
    <>
      <TextField label={words.ruleName} value={rule.name} isRequired onChange={(name) => onChange({ ...rule, name })} />
      <SelectField
        label={words.ruleWhen}
        value={about}
        options={[
          ...(about === other ? [[other, words.ruleOther] as const] : []),
          [any, words.ruleAnyField],
          ...Object.entries(words.fieldNames),
        ]}
        onChange={(field: string) => {
          if (field === other) return
          onChange({ ...rule, when: field === any ? { all: [] } : { field: [field as Field | 'removal'] } })
        }}
      />
      <SelectField
        label={words.ruleThen}
        value={chosen}
        options={order ? [...options, [chosen, words.ruleActions.firstOf(list(order.map(nameOf)))]] : options}
        // biome-ignore lint/suspicious/noThenProperty: as above
        onChange={(text) => onChange({ ...rule, then: JSON.parse(text) as RuleAction })}
      />
    </>
  )
}

/** The one field that a rule is about, `any`, or `other` for a condition that a form cannot show. */
function fieldIn({ when }: ConflictRule): string {
  if ('all' in when && when.all.length === 0) return any
  if ('field' in when && when.field.length === 1 && Object.keys(when).length === 1) return when.field[0] ?? other
  return other
}
