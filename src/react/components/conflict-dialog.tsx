import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import type { Conflict, ConflictItem } from '../../index.js'
import { useCalendars } from '../calendars.js'
import type { ConflictRow } from '../conflict-choices.js'
import { type ConflictResolution, useConflict } from '../conflicts.js'
import { useFormats, useWords } from '../context.js'
import { itemText, itemWhere } from '../field-values.js'
import { useUndo } from '../history.js'
import { commonWords } from '../words/common.js'
import { conflictWords } from '../words/conflict.js'
import { valueWords } from '../words/value.js'
import { ConflictOutcome } from './conflict-outcome.js'
import { Dialog } from './dialog.js'
import { CheckField, Problem } from './fields.js'
import { ProviderIcon } from './provider-icon.js'

/** What {@link ConflictDialog} needs to know. */
export interface ConflictDialogProps {
  readonly conflictId: string
  /** Other conflicts to go to, this one among them, e.g. those of the list behind. @default only this one */
  readonly conflictIds?: readonly string[]
  /** A person wants to see another one of {@link conflictIds}. */
  readonly onChange?: (conflictId: string) => void
  /** It is to go: a person decides later, or has decided and there is no next one. */
  readonly onClose: () => void
  /** Told of each decision, before the next conflict is shown. */
  readonly onSaved?: (conflict: Conflict) => void
  readonly className?: string
}

/**
 * Asks a person which side of a conflict counts, field by field. Nothing is written before all is chosen and saved; whoever
 * closes it decides later, and nothing is lost.
 */
export function ConflictDialog(props: ConflictDialogProps): ReactNode {
  const { conflictId, onClose, className } = props
  const id = useId()
  return (
    <Dialog part="conflict-dialog" labelledBy={id} onClose={onClose} className={className}>
      {/* Another conflict begins with nothing chosen, and nothing gone wrong. */}
      <Decision key={conflictId} {...props} titleId={id} />
    </Dialog>
  )
}

function Decision(props: ConflictDialogProps & { readonly titleId: string }): ReactNode {
  const { conflictId, conflictIds = [conflictId], onChange, onClose, onSaved, titleId } = props
  const words = useWords(commonWords, conflictWords, valueWords)
  const resolution = useConflict(conflictId)
  const { conflict, rows, isOpen, isRemoval, undecided, canSave, save, error, isLoading } = resolution
  const id = useId()
  const heading = useRef<HTMLHeadingElement>(null)
  const index = conflictIds.indexOf(conflictId)
  const title = resolution.title || words.untitled

  // Another conflict is read from its head.
  useEffect(() => heading.current?.focus(), [])

  const decide = async () => {
    const saved = await save.run()
    if (!saved) return
    onSaved?.(saved)
    const next = conflictIds[index + 1]
    if (next !== undefined && onChange) onChange(next)
    else onClose()
  }

  return (
    <form
      data-state={conflict ? (isOpen ? 'open' : 'over') : 'loading'}
      onSubmit={(event) => {
        event.preventDefault()
        if (canSave) void decide()
      }}
    >
      <header data-cw-part="head">
        <h2 id={titleId} ref={heading} tabIndex={-1} dir="auto">
          {conflict ? (isRemoval ? words.conflictRemoved : words.conflictTitle)(title) : words.loading}
        </h2>
        {isOpen && <p data-cw-part="hint">{words.conflictHint}</p>}
        {conflictIds.length > 1 && onChange && (
          <nav data-cw-part="pager" aria-label={words.conflictOf(index + 1, conflictIds.length)}>
            <Step to={conflictIds[index - 1]} name={words.previousConflict} onChange={onChange} />
            <span>{words.conflictOf(index + 1, conflictIds.length)}</span>
            <Step to={conflictIds[index + 1]} name={words.nextConflict} onChange={onChange} />
          </nav>
        )}
      </header>
      <Problem problem={conflict || isLoading ? undefined : error} />
      {isOpen && !isRemoval && rows.length > 1 && <TakeAll resolution={resolution} />}
      <div data-cw-part="rows">
        {rows.map((row) => (
          <Row key={row.field} row={row} resolution={resolution} group={`${id}-${row.field}`} />
        ))}
      </div>
      {isOpen && <ConflictOutcome resolution={resolution} />}
      {conflict && <Story conflict={conflict} resolution={resolution} />}
      <Problem problem={save.problem ?? resolution.reopen.problem} />
      <footer data-cw-part="foot">
        {isOpen && (
          <>
            <CheckField label={words.always} isOn={resolution.always} onChange={resolution.setAlways} />
            <p role="status">{undecided.length > 0 && words.undecided(undecided.length)}</p>
          </>
        )}
        {conflict && !isOpen && <p role="status">{words.conflictOver}</p>}
        <button type="button" onClick={onClose}>
          {isOpen ? words.decideLater : words.close}
        </button>
        {conflict?.state === 'resolved' && (
          <button type="button" onClick={() => void resolution.reopen.run()} disabled={resolution.reopen.isRunning}>
            {words.reopen}
          </button>
        )}
        {isOpen && (
          <button type="submit" data-cw-part="primary" disabled={!canSave || save.isRunning}>
            {words.saveDecision}
          </button>
        )}
      </footer>
    </form>
  )
}

function Step(props: {
  readonly to: string | undefined
  readonly name: string
  readonly onChange: (conflictId: string) => void
}): ReactNode {
  const { to, name, onChange } = props
  return (
    <button type="button" disabled={to === undefined} onClick={() => to !== undefined && onChange(to)}>
      {name}
    </button>
  )
}

function TakeAll({ resolution }: { readonly resolution: ConflictResolution }): ReactNode {
  const words = useWords(conflictWords)
  const { nameOf } = useCalendars()
  return (
    <p data-cw-part="take-all">
      {resolution.sides.map((side) => (
        <button key={side} type="button" onClick={() => resolution.chooseAll(side)}>
          {words.takeAllOf(nameOf(side))}
        </button>
      ))}
    </p>
  )
}

function Row(props: {
  readonly row: ConflictRow
  readonly resolution: ConflictResolution
  readonly group: string
}): ReactNode {
  const { row, resolution, group } = props
  const { field, items, choices } = row
  const words = useWords(conflictWords, valueWords)
  const formats = useFormats()
  const chosen = resolution.take[field]
  const kinds = [...new Set(items.map(({ kind }) => words.conflictKinds[kind]))]
  return (
    <fieldset data-cw-part="row" data-field={field} data-state={chosen === undefined ? 'open' : 'chosen'}>
      <legend>
        {words.fieldNames[field]} <em data-cw-part="tag">{formats.list(kinds)}</em>
      </legend>
      {choices.map((choice) => (
        <label key={choice} data-cw-part="choice" data-state={chosen === choice ? 'chosen' : undefined}>
          <input
            type="radio"
            name={group}
            value={choice}
            checked={chosen === choice}
            disabled={!resolution.isOpen}
            onChange={() => resolution.choose(field, choice)}
          />
          <Choice choice={choice} items={items} />
        </label>
      ))}
    </fieldset>
  )
}

function Choice({ choice, items }: { readonly choice: string; readonly items: readonly ConflictItem[] }): ReactNode {
  const words = useWords(conflictWords, valueWords)
  const formats = useFormats()
  const { find, nameOf } = useCalendars()
  if (choice === 'both') return <span>{words.keepBoth}</span>
  if (choice === 'merge') return <span>{words.keepBothTexts}</span>
  const sides = items.flatMap((item) => {
    const side = item.sides.find(({ calendarId }) => calendarId === choice)
    return side ? [{ item, side }] : []
  })
  const changedAt = Math.max(...sides.map(({ side }) => side.changedAt ?? 0))
  return (
    <span data-cw-part="side">
      <span data-cw-part="source">
        <ProviderIcon provider={find(choice)?.provider ?? ''} /> <span dir="auto">{nameOf(choice)}</span>
        {changedAt > 0 && (
          <time dateTime={new Date(changedAt).toISOString()} title={formats.dateTime(changedAt)}>
            {words.changedAt(formats.relative(changedAt))}
          </time>
        )}
      </span>
      {sides.map(({ item, side }) => {
        const where = itemWhere(item, formats)
        const text =
          item.field === 'removal'
            ? side.value === null
              ? words.removeEverywhere
              : words.keepChanged
            : itemText(item, side.value, formats, words)
        const before = item.field === 'removal' ? text : itemText(item, item.base, formats, words)
        return (
          <span key={item.path.join('/')} data-cw-part="value">
            {where !== undefined && <small>{words.occurrence(where)}</small>}
            <b dir="auto">{text}</b>
            {before !== text ? (
              <del dir="auto">{before}</del>
            ) : (
              item.field !== 'removal' && <small>{words.unchanged}</small>
            )}
          </span>
        )
      })}
    </span>
  )
}

/** What happened to the conflict by now, and the way back. */
function Story(props: { readonly conflict: Conflict; readonly resolution: ConflictResolution }): ReactNode {
  const { conflict, resolution } = props
  const words = useWords(conflictWords, valueWords)
  const { dateTime, list } = useFormats()
  const { undo } = useUndo(conflict.groupId)
  const [isTakenBack, setIsTakenBack] = useState(false)
  const takeBack = async () => setIsTakenBack((await undo.run({ eventId: conflict.eventId })) !== undefined)
  const { nameOf } = useCalendars()
  const decided = conflict.items.filter(({ outcome }) => outcome !== null)
  return (
    <details data-cw-part="history">
      <summary>{words.historyTitle}</summary>
      <ol>
        {conflict.history.map(({ at, what, take = {} }) => (
          <li key={`${at} ${what}`}>
            {words.historySteps[what]}, <time dateTime={new Date(at).toISOString()}>{dateTime(at)}</time>{' '}
            {list(Object.entries(take).map(([field, choice]) => `${nameOfField(field, words)}: ${nameOf(choice)}`))}
          </li>
        ))}
      </ol>
      {decided.map(({ field, path, winner, strategy }) => (
        <p key={[field, ...path].join('/')}>
          {words.fieldNames[field]}: {winner !== null && nameOf(winner)}{' '}
          {strategy !== null && words.decidedBy(strategy)}
        </p>
      ))}
      {!resolution.isOpen && decided.length > 0 && resolution.event && (
        <button type="button" disabled={undo.isRunning || isTakenBack} onClick={() => void takeBack()}>
          {words.takeBack}
        </button>
      )}
      <p role="status">{isTakenBack && words.takenBack}</p>
      <Problem problem={undo.problem} />
    </details>
  )
}

function nameOfField(field: string, { fieldNames }: typeof valueWords): string {
  return (fieldNames as Readonly<Record<string, string>>)[field] ?? field
}
