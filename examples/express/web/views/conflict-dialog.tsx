import { Dialog } from '@base-ui/react/dialog'
import type { ConflictItem } from 'calweave'
import {
  type ConflictResolution,
  type ConflictRow,
  english,
  fieldText,
  itemText,
  itemWhere,
  useConflict,
  useFormats,
} from 'calweave/react'
import { ChevronLeft, ChevronRight, History, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useBook } from '../parts/book.js'
import { Button, buttonClass } from '../parts/button.js'
import { fieldName } from '../parts/fields.js'
import { Problem, Waiting } from '../parts/panel.js'
import { Glyph } from '../parts/service.js'
import { go } from '../router.js'

interface ConflictDialogProps {
  readonly conflictId: string
  /** The open ones, to go from one to the next. */
  readonly all: readonly string[]
  onClose(): void
}

/** One conflict: what each side says, what it was before, and what would come of a choice. Nothing is written before it is saved. */
export function ConflictDialog({ conflictId, all, onClose }: ConflictDialogProps): ReactNode {
  const conflict = useConflict(conflictId)
  const { title, isRemoval, isLoading, error } = conflict
  const [said, setSaid] = useState<string>()
  const place = all.indexOf(conflictId)
  const next = all[place + 1] ?? all.find((id) => id !== conflictId)
  const shownTitle = title || 'No title'
  const save = async () => {
    if (!(await conflict.save.run())) return
    setSaid(`“${shownTitle}” is decided. Its calendars follow in a moment.`)
    if (next === undefined) onClose()
    else go(`/conflicts/${encodeURIComponent(next)}`, { replace: true })
  }
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/35 dark:bg-black/60" />
        <Dialog.Popup
          data-conflict={conflictId}
          className="fixed inset-x-0 bottom-0 z-40 grid max-h-[92dvh] grid-rows-[auto_minmax(0,1fr)_auto] overflow-hidden rounded-t-2xl border bg-raised shadow-2xl outline-none md:inset-0 md:m-auto md:h-fit md:max-h-[88dvh] md:w-[min(56rem,calc(100vw-3rem))] md:rounded-2xl"
        >
          <div className="flex items-start gap-3 border-b px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="text-[1.0625rem] leading-6 font-semibold tracking-tight break-words">
                {isRemoval ? `“${shownTitle}” was removed on one side` : `Two versions of “${shownTitle}”`}
              </Dialog.Title>
              <Dialog.Description className="mt-0.5 text-sm text-soft">
                {conflict.isOpen
                  ? isRemoval
                    ? 'The other side changed it meanwhile. Say which of the two counts.'
                    : 'Pick a side for each field. What you do not pick stays in the history.'
                  : 'This is settled.'}
              </Dialog.Description>
            </div>
            {all.length > 1 && place >= 0 && (
              <nav aria-label="Conflicts" className="flex items-center gap-0.5 text-xs text-soft">
                <Step to={all[place - 1]} label="Conflict before">
                  <ChevronLeft size={16} aria-hidden="true" />
                </Step>
                <span className="tabular-nums">
                  {place + 1} of {all.length}
                </span>
                <Step to={all[place + 1]} label="Next conflict">
                  <ChevronRight size={16} aria-hidden="true" />
                </Step>
              </nav>
            )}
            <Dialog.Close aria-label="Close" className={buttonClass('quiet', true)}>
              <X size={16} aria-hidden="true" />
            </Dialog.Close>
          </div>
          <div className="overflow-y-auto">
            {error && <Problem message={error.message} />}
            {isLoading && !conflict.conflict && <Waiting rows={5} />}
            {conflict.conflict && <Body key={conflictId} conflict={conflict} />}
          </div>
          <div className="flex flex-wrap items-center justify-end gap-2 border-t bg-panel px-5 py-3">
            <p role="status" className="flex-1 text-sm text-soft empty:hidden max-sm:w-full max-sm:flex-none">
              {said}
            </p>
            {conflict.save.problem && (
              <p role="alert" className="w-full text-sm text-bad">
                {conflict.save.problem.message}
              </p>
            )}
            {conflict.isOpen ? (
              <>
                <Button onClick={onClose}>Decide later</Button>
                <Button look="primary" disabled={!conflict.canSave || conflict.save.isRunning} onClick={save}>
                  {conflict.undecided.length > 0 ? `${conflict.undecided.length} still to pick` : 'Save decision'}
                </Button>
              </>
            ) : (
              conflict.conflict?.state === 'resolved' && (
                <Button onClick={() => conflict.reopen.run()}>
                  <History size={14} aria-hidden="true" />
                  Decide anew
                </Button>
              )
            )}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Step({
  to,
  label,
  children,
}: {
  readonly to: string | undefined
  readonly label: string
  readonly children: ReactNode
}): ReactNode {
  return (
    <Button
      look="quiet"
      label={label}
      disabled={to === undefined}
      onClick={() => to !== undefined && go(`/conflicts/${encodeURIComponent(to)}`, { replace: true })}
    >
      {children}
    </Button>
  )
}

function Body({ conflict }: { readonly conflict: ConflictResolution }): ReactNode {
  const { sides, rows, isOpen, isRemoval, chooseAll, always, setAlways } = conflict
  const book = useBook()
  return (
    <>
      {!isRemoval && sides.length > 1 && (
        <div
          className="hidden grid-cols-[7rem_repeat(var(--sides),minmax(0,1fr))] border-b bg-page md:grid"
          style={{ '--sides': sides.length }}
        >
          <span className="px-5 py-2.5 text-xs text-soft" />
          {sides.map((id) => (
            <div key={id} className="flex min-w-0 items-center gap-2 border-l px-4 py-2.5">
              <Glyph provider={book.calendar(id)?.provider ?? ''} />
              <span className="min-w-0 flex-1 truncate text-sm font-medium">{book.nameOf(id)}</span>
              {isOpen && (
                <button
                  type="button"
                  onClick={() => chooseAll(id)}
                  className="min-h-6 rounded px-1.5 text-xs font-medium text-accent hover:bg-accent-soft"
                >
                  Take all<span className="sr-only"> of {book.nameOf(id)}</span>
                </button>
              )}
            </div>
          ))}
        </div>
      )}
      {rows.map((row) => (
        <Field key={row.field} row={row} conflict={conflict} />
      ))}
      {isOpen && (
        <label className="flex min-h-11 items-center gap-2.5 border-t px-5 text-sm">
          <input
            type="checkbox"
            checked={always}
            onChange={(event) => setAlways(event.target.checked)}
            className="size-4 accent-accent"
          />
          Always decide like this between these calendars
        </label>
      )}
      <Outcome conflict={conflict} />
      <Past conflict={conflict} />
    </>
  )
}

/** One field: what each side says, as one group of choices. */
function Field({ row, conflict }: { readonly row: ConflictRow; readonly conflict: ConflictResolution }): ReactNode {
  const { take, choose, isOpen, sides, conflict: known } = conflict
  const book = useBook()
  const formats = useFormats()
  const { field, items, choices } = row
  const [item] = items
  const chosen = isOpen ? take[field] : (known?.resolution?.take[field] ?? item?.winner ?? undefined)
  const isRemoval = field === 'removal'
  const before = item && !isRemoval ? fieldText(item.field, item.base, formats, english) : ''
  return (
    <fieldset disabled={!isOpen} className="border-t first:border-t-0 md:grid md:grid-cols-[7rem_minmax(0,1fr)]">
      <legend className="contents">
        <span className="block px-5 pt-3 pb-1 text-sm font-semibold md:pb-3">
          {fieldName(field)}
          {items.length > 0 && itemWhere(items[0] as ConflictItem, formats) !== undefined && (
            <span className="block text-xs font-normal text-soft">{itemWhere(items[0] as ConflictItem, formats)}</span>
          )}
        </span>
      </legend>
      <div
        className="grid md:grid-cols-[repeat(var(--sides),minmax(0,1fr))]"
        style={{ '--sides': Math.max(1, sides.length) }}
      >
        {sides.map((id) => {
          const own = items.flatMap((one) =>
            one.sides.filter(({ calendarId }) => calendarId === id).map((side) => ({ one, side })),
          )
          const [first] = own
          if (!first || !choices.includes(id)) return <span key={id} className="md:border-l" />
          const text = own.map(({ one, side }) => itemText(one, side.value, formats, english)).join('; ')
          const isSame = !isRemoval && JSON.stringify(first.side.value) === JSON.stringify(first.one.base)
          return (
            <Choice key={id} field={field} value={id} isChosen={chosen === id} onChoose={() => choose(field, id)}>
              <span className="mb-0.5 flex items-center gap-1.5 text-xs text-soft md:hidden">
                <Glyph provider={book.calendar(id)?.provider ?? ''} size="sm" />
                {book.nameOf(id)}
              </span>
              <span className="sr-only max-md:hidden">{book.nameOf(id)}: </span>
              <span className="block font-medium break-words whitespace-pre-wrap">
                {isRemoval ? removalText(first.side.value === null, book.nameOf(id)) : text}
              </span>
              <span className="block text-xs text-soft">
                {isSame ? (
                  'as before'
                ) : before !== '' && before !== english.nothing && !isRemoval ? (
                  <>was {before}</>
                ) : null}
                {first.side.changedAt !== null && (
                  <>
                    {isSame || before === '' || before === english.nothing || isRemoval ? '' : ' · '}changed{' '}
                    {formats.relative(first.side.changedAt)}
                  </>
                )}
              </span>
            </Choice>
          )
        })}
        {choices
          .filter((choice) => choice === 'both' || choice === 'merge')
          .map((choice) => (
            <Choice
              key={choice}
              field={field}
              value={choice}
              isWide
              isChosen={chosen === choice}
              onChoose={() => choose(field, choice)}
            >
              <span className="block text-sm">
                {choice === 'both' ? 'Keep both, as two events' : 'Keep the lines of both'}
              </span>
            </Choice>
          ))}
      </div>
    </fieldset>
  )
}

function removalText(isGone: boolean, name: string): string {
  return isGone ? `Remove it everywhere, as in ${name}` : `Keep it, as in ${name}`
}

interface ChoiceProps {
  readonly field: string
  readonly value: string
  readonly isChosen: boolean
  readonly isWide?: boolean
  onChoose(): void
  readonly children: ReactNode
}

function Choice({ field, value, isChosen, isWide = false, onChoose, children }: ChoiceProps): ReactNode {
  return (
    <label
      className={`flex cursor-pointer items-start gap-2.5 px-5 py-2.5 text-sm has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent md:border-l md:px-4 ${
        isWide ? 'col-span-full min-h-9 items-center md:border-t md:py-1.5' : ''
      } ${isChosen ? 'bg-accent-soft' : 'hover:bg-hover'}`}
    >
      <input
        type="radio"
        name={field}
        value={value}
        checked={isChosen}
        onChange={onChoose}
        className={`size-4 shrink-0 accent-accent outline-none ${isWide ? '' : 'mt-0.5'}`}
      />
      <span className="min-w-0">{children}</span>
    </label>
  )
}

/** What the event would say then. */
function Outcome({
  conflict: { preview, isOpen, isRemoval, undecided },
}: {
  readonly conflict: ConflictResolution
}): ReactNode {
  const { span, list } = useFormats()
  const book = useBook()
  if (!isOpen) return null
  const removes = preview?.actions.filter(({ kind }) => kind === 'remove') ?? []
  const writes = preview?.actions.filter(({ kind }) => kind === 'update' || kind === 'create') ?? []
  const names = (all: readonly { readonly calendarId: string }[]) =>
    list(all.map(({ calendarId }) => book.nameOf(calendarId)))
  return (
    <section aria-live="polite" className="min-h-[5.75rem] border-t bg-page px-5 py-3 text-sm">
      <h3 className="text-xs font-semibold text-soft">
        {undecided.length > 0 ? 'So far it would say' : 'It will say'}
      </h3>
      {!preview && <p className="mt-1 text-soft">…</p>}
      {preview && removes.length > 0 && writes.length === 0 && isRemoval && (
        <p className="mt-1 font-medium">It is removed from {names(removes)}.</p>
      )}
      {preview && !(removes.length > 0 && writes.length === 0 && isRemoval) && (
        <>
          <p className="mt-1 font-medium break-words">{preview.content.title || 'No title'}</p>
          <p className="break-words text-soft">
            {span(preview.content.time)}
            {preview.content.location !== '' && <> · {preview.content.location}</>}
          </p>
          <p className="text-xs text-soft">
            {writes.length > 0 ? `Written to ${names(writes)}.` : 'Nothing has to be written.'}
            {preview.beside.length > 0 &&
              ` ${preview.beside.length === 1 ? 'The other version lives' : 'The other versions live'} on beside it.`}
          </p>
        </>
      )}
    </section>
  )
}

const steps = {
  opened: 'Found',
  chosen: 'Decided',
  decided: 'Written',
  reopened: 'Opened again',
  obsolete: 'The sides agree again',
} as const

function Past({ conflict: { conflict } }: { readonly conflict: ConflictResolution }): ReactNode {
  const { dateTime } = useFormats()
  if (!conflict || conflict.history.length < 2) return null
  return (
    <section className="border-t px-5 py-3 text-xs text-soft">
      <h3 className="font-semibold">History</h3>
      <ol className="mt-1 grid gap-0.5">
        {conflict.history.map(({ at, what }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have no id, and are only ever added
          <li key={index}>
            {dateTime(at)}: {steps[what]}
          </li>
        ))}
      </ol>
    </section>
  )
}
