import type { Member, StrategySpec } from 'calweave'
import { type SyncSettings, useFormats, useHeld, usePauses, useRoute, useStore, useSyncSettings } from 'calweave/react'
import { ArrowLeft, FlaskConical, Pause, Play, RefreshCw, ShieldCheck, ShieldQuestion } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useBook } from '../parts/book.js'
import { Button } from '../parts/button.js'
import { useDoing } from '../parts/doing.js'
import { Level } from '../parts/level.js'
import { Panel, Problem, Waiting } from '../parts/panel.js'
import { Glyph } from '../parts/service.js'
import { go, inside } from '../router.js'
import { MemberFilters } from './member-filters.js'

/** One group of calendars: how it is, what is held back, and its settings. */
export function GroupSettings({ groupId }: { readonly groupId: string }): ReactNode {
  const settings = useSyncSettings(groupId)
  const { data: status } = useRoute('GET /groups/{groupId}/status', { params: { groupId } })
  const { group, error } = settings
  return (
    <>
      <div>
        <a
          {...inside('/connections')}
          className="inline-flex min-h-6 items-center gap-1 text-sm text-soft hover:text-ink"
        >
          <ArrowLeft size={14} aria-hidden="true" />
          Connections
        </a>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <h1 className="text-xl font-semibold tracking-tight">{group?.name ?? 'A group'}</h1>
          {status && <Level level={status.level} />}
          <Deeds groupId={groupId} />
        </div>
        {status?.reasons
          .filter(({ level, code }) => level !== 'ok' && level !== 'working' && code !== 'conflicts_open')
          .map(({ code, words, remedy }) => (
            <p key={code} className="mt-1 text-sm text-warn">
              {words} {remedy}
            </p>
          ))}
      </div>
      {error && <Problem message={error.message} />}
      {!group && !error && <Waiting rows={8} />}
      <HeldBack groupId={groupId} />
      {settings.draft && <Form settings={settings} />}
      {group && <EndGroup groupId={groupId} name={group.name} />}
    </>
  )
}

function Deeds({ groupId }: { readonly groupId: string }): ReactNode {
  const store = useStore()
  const { percent, number } = useFormats()
  const { pauses } = usePauses()
  const { isBusy, problem, run } = useDoing()
  const [said, setSaid] = useState<string>()
  const params = { groupId }
  const own = pauses.filter(({ scope }) => typeof scope === 'object' && 'group' in scope && scope.group === groupId)
  const pause = { scope: { group: groupId }, reason: 'by hand' }
  const verify = () =>
    run(async () => {
      const found = await store.mutate('POST /groups/{groupId}/verify', { params })
      setSaid(`${number(found.copies)} copies read anew: ${percent(found.accuracy)} as they should be.`)
    })
  const look = () =>
    run(async () => {
      const { counts } = await store.mutate('POST /groups/{groupId}/plan', { params })
      setSaid(`A sync would make ${counts.create} copies, update ${counts.update} and remove ${counts.remove}.`)
    })
  return (
    <div className="ml-auto flex flex-wrap items-center justify-end gap-1.5">
      <Button look="quiet" disabled={isBusy} onClick={look}>
        <FlaskConical size={14} aria-hidden="true" />
        Dry run
      </Button>
      <Button look="quiet" disabled={isBusy} onClick={verify}>
        <ShieldCheck size={14} aria-hidden="true" />
        Verify
      </Button>
      {own.length > 0 ? (
        <Button
          disabled={isBusy}
          onClick={() =>
            run(() =>
              Promise.all(
                own.map(({ scope, reason }) => store.mutate('POST /pauses/clear', { body: { scope, reason } })),
              ),
            )
          }
        >
          <Play size={14} aria-hidden="true" />
          Go on
        </Button>
      ) : (
        <Button disabled={isBusy} onClick={() => run(() => store.mutate('POST /pauses', { body: pause }))}>
          <Pause size={14} aria-hidden="true" />
          Pause
        </Button>
      )}
      <Button
        look="primary"
        disabled={isBusy || own.length > 0}
        onClick={() => run(() => store.mutate('POST /groups/{groupId}/sync', { params }))}
      >
        <RefreshCw size={14} aria-hidden="true" />
        Sync now
      </Button>
      <p role="status" className="w-full text-right text-sm text-soft empty:hidden">
        {problem ?? said}
      </p>
    </div>
  )
}

/** The calendars are kept in step no more. */
function EndGroup({ groupId, name }: { readonly groupId: string; readonly name: string }): ReactNode {
  const store = useStore()
  const { isBusy, problem, run } = useDoing()
  const end = (copies: 'keep' | 'remove') =>
    run(async () => {
      await store.mutate('DELETE /groups/{groupId}', { params: { groupId }, query: { copies } })
      go('/connections')
    })
  return (
    <details className="group rounded-xl border bg-panel px-4 py-2.5 text-sm">
      <summary className="min-h-6 font-medium text-soft">End “{name}”</summary>
      <p className="mt-2">
        Its calendars are kept in step no more. What becomes of the copies that calweave made in them?
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button disabled={isBusy} onClick={() => end('keep')}>
          End it and keep them
        </Button>
        <Button look="danger" disabled={isBusy} onClick={() => end('remove')}>
          End it and remove them
        </Button>
      </div>
      {problem !== undefined && (
        <p role="alert" className="mt-2 text-bad">
          {problem}
        </p>
      )}
    </details>
  )
}

/** Removals or floods of new events that look like an accident. */
function HeldBack({ groupId }: { readonly groupId: string }): ReactNode {
  const { held, approve, reject } = useHeld(groupId)
  const book = useBook()
  const { relative } = useFormats()
  const waiting = held.filter(({ approved }) => !approved)
  if (waiting.length === 0) return null
  return (
    <>
      {waiting.map((one) => (
        <section
          key={`${one.calendarId}${one.what}`}
          className="rounded-xl border border-warn-line bg-warn-soft p-4 text-sm"
        >
          <h2 className="flex items-center gap-2 text-base font-semibold text-warn">
            <ShieldQuestion size={16} aria-hidden="true" />
            {one.count} {one.what === 'removals' ? 'removals' : 'new events'} in {book.nameOf(one.calendarId)} are held
            back
          </h2>
          <p className="mt-1">
            {one.what === 'removals' ? 'They were deleted there' : 'They appeared there'} {relative(one.since)}. The
            other calendars still have {one.what === 'removals' ? 'them' : 'none of them'}. Was it meant?
          </p>
          <ul className="mt-2 grid gap-x-4 sm:grid-cols-2">
            {one.events.slice(0, 12).map(({ remoteId, title }) => (
              <li key={remoteId} className="truncate">
                · {title || 'No title'}
              </li>
            ))}
          </ul>
          <div className="mt-3 flex flex-wrap gap-2">
            <Button
              onClick={() => reject.run({ calendarId: one.calendarId, what: one.what })}
              disabled={reject.isRunning}
            >
              {one.what === 'removals' ? 'No, put them back' : 'No, leave them alone'}
            </Button>
            <Button
              look="danger"
              onClick={() => approve.run({ calendarId: one.calendarId, what: one.what })}
              disabled={approve.isRunning}
            >
              {one.what === 'removals' ? 'Yes, remove them everywhere' : 'Yes, copy them'}
            </Button>
          </div>
        </section>
      ))}
    </>
  )
}

const inputClass = 'h-9 w-full rounded-md border border-line-strong bg-panel px-2 text-sm'

const directions = { both: 'Both ways', read: 'Source only', write: 'Target only' } as const
const shows = { everything: 'All details', title: 'Time and title', busy: 'Only that I am busy' } as const
const reminders = { none: 'None', copy: 'As the original' } as const
const strategies = {
  lastModifiedWins: 'The newest change wins',
  preferOrigin: 'The calendar that the event is from wins',
  askAPerson: 'Ask me',
  keepBoth: 'Keep both, as two events',
} as const
const removals = {
  editWins: 'The change wins: it stays',
  removalWins: 'The removal wins: it goes',
  askAPerson: 'Ask me',
} as const

type SimpleStrategy = keyof typeof strategies

function Form({ settings }: { readonly settings: SyncSettings }): ReactNode {
  const { draft, change, isDirty, discard, save } = settings
  if (!draft) return null
  const every = typeof draft.schedule === 'object' && 'every' in draft.schedule ? draft.schedule.every : undefined
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        void save.run()
      }}
    >
      <Panel title="Calendars">
        <ul className="mt-1">
          {draft.members.map((member) => (
            <MemberRow key={member.calendarId} member={member} settings={settings} />
          ))}
        </ul>
      </Panel>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Panel title="When two calendars disagree">
          <div className="grid gap-3 px-4 pt-1 pb-4">
            <Select
              label="About the title"
              value={first(draft.fieldStrategies.title)}
              options={withUsual}
              onChange={(use) => change({ fieldStrategies: withStrategy(draft.fieldStrategies, 'title', use) })}
            />
            <Select
              label="About the time"
              value={first(draft.fieldStrategies.time)}
              options={withUsual}
              onChange={(use) => change({ fieldStrategies: withStrategy(draft.fieldStrategies, 'time', use) })}
            />
            <Select
              label="About everything else"
              value={first(draft.strategies)}
              options={strategies}
              onChange={(use) => change({ strategies: [{ use: use as SimpleStrategy }] })}
            />
            <Select
              label="When one side removes what the other changed"
              value={draft.removal}
              options={removals}
              onChange={(removal) => change({ removal: removal as keyof typeof removals })}
            />
          </div>
        </Panel>
        <Panel title="When and how carefully">
          <div className="grid gap-3 px-4 pt-1 pb-4">
            <label className="text-sm">
              <span className="text-soft">Name</span>
              <input
                className={inputClass}
                value={draft.name}
                onChange={(event) => change({ name: event.target.value })}
              />
            </label>
            <Select
              label="Synced"
              value={draft.schedule === 'manual' ? 'manual' : String(every ?? 900_000)}
              options={{
                '60000': 'Every minute',
                '300000': 'Every 5 minutes',
                '900000': 'Every 15 minutes',
                '3600000': 'Every hour',
                '86400000': 'Every day',
                manual: 'Only when asked, or told of a change',
              }}
              onChange={(chosen) => change({ schedule: chosen === 'manual' ? 'manual' : { every: Number(chosen) } })}
            />
            <label className="text-sm">
              <span className="text-soft">Ask me before more removals in a day than</span>
              <input
                type="number"
                min={1}
                className={inputClass}
                value={draft.removalGuard.count}
                onChange={(event) =>
                  change({
                    removalGuard: {
                      ...draft.removalGuard,
                      count: Math.max(1, Math.round(event.target.valueAsNumber) || 1),
                    },
                  })
                }
              />
            </label>
          </div>
        </Panel>
      </div>
      {isDirty && (
        <div className="sticky bottom-16 z-10 flex flex-wrap items-center gap-2 rounded-xl border bg-raised px-4 py-2.5 shadow-sm md:bottom-3">
          <p role="status" className="flex-1 text-sm text-soft">
            {save.problem?.message ??
              'Not saved yet. Once it is, the next sync brings the copies to what they should be.'}
          </p>
          <Button onClick={discard}>Discard</Button>
          <Button type="submit" look="primary" disabled={save.isRunning}>
            Save
          </Button>
        </div>
      )}
    </form>
  )
}

const withUsual = { '': 'As everything else', ...strategies } as const

function first(specs: readonly StrategySpec[] | undefined): string {
  return specs?.[0]?.use ?? ''
}

function withStrategy(
  all: NonNullable<SyncSettings['draft']>['fieldStrategies'],
  field: 'title' | 'time',
  use: string,
): typeof all {
  const { [field]: _before, ...rest } = all
  return use === '' ? rest : { ...rest, [field]: [{ use: use as SimpleStrategy }] }
}

interface SelectProps {
  readonly label: string
  readonly hidden?: string
  readonly value: string
  readonly options: Readonly<Record<string, string>>
  onChange(value: string): void
}

function Select({ label, hidden, value, options, onChange }: SelectProps): ReactNode {
  return (
    <label className="text-sm">
      <span className="text-soft">
        {label}
        {hidden !== undefined && <span className="sr-only"> {hidden}</span>}
      </span>
      <select className={inputClass} value={value} onChange={(event) => onChange(event.target.value)}>
        {!Object.hasOwn(options, value) && <option value={value}>As it was set</option>}
        {Object.entries(options).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

function MemberRow({ member, settings }: { readonly member: Member; readonly settings: SyncSettings }): ReactNode {
  const { changeMember } = settings
  const { calendarId, direction, projection } = member
  const book = useBook()
  const name = book.nameOf(calendarId)
  const calendar = book.calendar(calendarId)
  const project = (change: Partial<Member['projection']>) =>
    changeMember(calendarId, { projection: { ...projection, ...change } })
  return (
    <li className="border-t px-4 py-3">
      <div className="grid items-end gap-3 sm:grid-cols-2 lg:grid-cols-[minmax(0,1.2fr)_repeat(4,minmax(0,1fr))]">
        <p className="flex min-w-0 items-center gap-2.5 self-center font-medium">
          <Glyph provider={calendar?.provider ?? ''} />
          <span className="truncate">{name}</span>
        </p>
        <Select
          label="Direction"
          hidden={`of ${name}`}
          value={direction}
          options={calendar?.access === 'read' ? { read: directions.read } : directions}
          onChange={(chosen) => changeMember(calendarId, { direction: chosen as Member['direction'] })}
        />
        {direction !== 'read' && (
          <>
            <Select
              label="Copies show"
              hidden={`in ${name}`}
              value={projection.show}
              options={shows}
              onChange={(show) => project({ show: show as keyof typeof shows })}
            />
            <Select
              label="Private events"
              hidden={`in ${name}`}
              value={projection.privateEvents}
              options={{ busy: 'As “Busy”', show: 'Like others' }}
              onChange={(chosen) => project({ privateEvents: chosen as 'busy' | 'show' })}
            />
            <Select
              label="Reminders"
              hidden={`in ${name}`}
              value={typeof projection.reminders === 'string' ? projection.reminders : 'own'}
              options={reminders}
              onChange={(chosen) => chosen !== 'own' && project({ reminders: chosen as keyof typeof reminders })}
            />
          </>
        )}
      </div>
      <MemberFilters member={member} settings={settings} name={name} />
    </li>
  )
}
