import {
  type ChosenCalendar,
  type ConnectStep,
  type ShownOffer,
  useConnect,
  useFormats,
  type Connect as Wizard,
} from 'calweave/react'
import { ArrowLeft, ArrowRight, Check, CircleCheck, ExternalLink, LockKeyhole, ShieldCheck } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { useBook } from '../parts/book.js'
import { Button, buttonClass } from '../parts/button.js'
import { grouped } from '../parts/grouped.js'
import { Panel, Waiting } from '../parts/panel.js'
import { Glyph } from '../parts/service.js'
import { go, inside, useAddress } from '../router.js'
import { watchCalendars } from '../session.js'

const steps: readonly { readonly step: ConnectStep; readonly name: string }[] = [
  { step: 'service', name: 'Service' },
  { step: 'signIn', name: 'Sign in' },
  { step: 'calendars', name: 'Calendars' },
  { step: 'direction', name: 'Direction' },
  { step: 'preview', name: 'Preview' },
]

/** From no account to calendars that are kept in step, with a look at what would happen before it does. */
export function Connect(): ReactNode {
  const { search } = useAddress()
  const wizard = useConnect({
    search,
    returnTo: '/connect',
    onDone: () => void watchCalendars().catch(() => undefined),
  })
  const { step, problem, returnedProblem } = wizard
  const heading = useRef<HTMLHeadingElement>(null)
  const before = useRef(step)
  useEffect(() => {
    if (before.current !== step) heading.current?.focus()
    before.current = step
  }, [step])
  const at = steps.findIndex((one) => one.step === step)
  const number = at === -1 ? steps.length : at
  return (
    <div className="mx-auto grid w-full max-w-2xl gap-4">
      <h1 className="text-xl font-semibold tracking-tight">Connect a calendar</h1>
      <ol aria-label="Steps" className="grid grid-cols-5 gap-1.5">
        {steps.map(({ step: one, name }, index) => (
          <li key={one} {...(one === step ? { 'aria-current': 'step' as const } : {})} className="grid gap-1.5">
            <span className={`h-1 rounded-full ${index <= number ? 'bg-accent' : 'bg-line'}`} />
            <span
              className={`flex items-center gap-1 truncate text-xs ${one === step ? 'font-semibold' : 'text-soft'}`}
            >
              {index < number && <Check size={12} aria-label="Done:" className="shrink-0 text-accent" />}
              <span className="truncate">{name}</span>
            </span>
          </li>
        ))}
      </ol>
      {returnedProblem !== undefined && step === 'service' && (
        <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          The sign-in did not work ({returnedProblem}). Nothing was connected; try again.
        </p>
      )}
      {wizard.isLoading && wizard.offers.length === 0 ? (
        <Panel>
          <Waiting />
        </Panel>
      ) : (
        <Panel>
          <StepView wizard={wizard} heading={heading} />
          {problem && (
            <p role="alert" className="mx-5 mb-4 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
              {problem.message}
            </p>
          )}
        </Panel>
      )}
    </div>
  )
}

interface StepProps {
  readonly wizard: Wizard
  readonly heading: React.RefObject<HTMLHeadingElement | null>
}

function StepView({ wizard, heading }: StepProps): ReactNode {
  switch (wizard.step) {
    case 'service':
      return <ServiceStep wizard={wizard} heading={heading} />
    case 'signIn':
      return <SignInStep wizard={wizard} heading={heading} />
    case 'calendars':
      return <CalendarsStep wizard={wizard} heading={heading} />
    case 'direction':
      return <DirectionStep wizard={wizard} heading={heading} />
    case 'preview':
      return <PreviewStep wizard={wizard} heading={heading} />
    case 'done':
      return <DoneStep heading={heading} />
    default:
      return wizard.step satisfies never
  }
}

function Head({
  heading,
  title,
  children,
}: {
  readonly heading: StepProps['heading']
  readonly title: string
  readonly children?: ReactNode
}): ReactNode {
  return (
    <header className="border-b px-5 pt-4 pb-3.5">
      <h2 ref={heading} tabIndex={-1} className="text-[1.0625rem] leading-6 font-semibold tracking-tight outline-none">
        {title}
      </h2>
      {children !== undefined && <p className="mt-0.5 text-sm text-soft">{children}</p>}
    </header>
  )
}

function Foot({ children, note }: { readonly children: ReactNode; readonly note?: ReactNode }): ReactNode {
  return (
    <footer className="flex flex-wrap items-center gap-2 border-t px-5 py-3">
      <span className="flex min-w-40 flex-1 items-center gap-1.5 text-xs text-soft">{note}</span>
      {children}
    </footer>
  )
}

function Back({ wizard }: { readonly wizard: Wizard }): ReactNode {
  return (
    <Button onClick={wizard.back}>
      <ArrowLeft size={14} aria-hidden="true" />
      Back
    </Button>
  )
}

function ServiceStep({ wizard, heading }: StepProps): ReactNode {
  return (
    <>
      <Head heading={heading} title="Where is the calendar?">
        Two calendars of any services can be kept in step, also two of the same.
      </Head>
      <ul>
        {wizard.offers.map((offer) => (
          <li key={offer.id} className="border-b last:border-b-0">
            <button
              type="button"
              onClick={() => wizard.chooseOffer(offer)}
              className="group flex w-full items-center gap-3.5 px-5 py-3 text-left hover:bg-hover"
            >
              <Glyph provider={offer.provider} size="lg" />
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{offer.name}</span>
                <span className="block text-sm text-soft">{offer.help}</span>
              </span>
              <ArrowRight size={16} aria-hidden="true" className="shrink-0 text-soft" />
            </button>
          </li>
        ))}
      </ul>
      <Foot note="Already connected?">
        <Button onClick={wizard.skip}>Use connected calendars</Button>
      </Foot>
    </>
  )
}

const modes = { write: 'Read and change events', read: 'Read events only', busy: 'See only when I am busy' } as const

function SignInStep({ wizard, heading }: StepProps): ReactNode {
  const { offer } = wizard
  if (!offer) return null
  const isOauth = offer.way === 'oauth'
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void wizard.connect.run()
      }}
    >
      <Head heading={heading} title={`Sign in: ${offer.name}`}>
        {offer.help}
      </Head>
      <div className="grid gap-4 px-5 py-4">
        {isOauth && offer.modes.length > 1 && (
          <fieldset>
            <legend className="text-sm font-medium">What may calweave do there?</legend>
            {offer.modes.map((mode) => (
              <label key={mode} className="mt-1 flex min-h-8 items-center gap-2.5 text-sm">
                <input
                  type="radio"
                  name="mode"
                  className="size-4 accent-accent"
                  checked={wizard.mode === mode}
                  onChange={() => wizard.setMode(mode)}
                />
                {modes[mode]}
              </label>
            ))}
          </fieldset>
        )}
        {offer.fields.map((field) => (
          <Field
            key={field.name}
            field={field}
            value={wizard.values[field.name] ?? ''}
            onChange={(value) => wizard.setValue(field.name, value)}
          />
        ))}
        {offer.helpUrl !== undefined && (
          <a
            href={offer.helpUrl}
            target="_blank"
            rel="noreferrer"
            className="inline-flex min-h-6 items-center gap-1 text-sm font-medium text-accent hover:underline"
          >
            How to make one <ExternalLink size={13} aria-hidden="true" />
            <span className="sr-only">(opens a new tab)</span>
          </a>
        )}
      </div>
      <Foot
        note={
          <>
            <LockKeyhole size={14} aria-hidden="true" />
            {isOauth ? 'What you type at the service stays there' : 'Sealed before it is stored'}
          </>
        }
      >
        <Back wizard={wizard} />
        <Button type="submit" look="primary" disabled={!wizard.canConnect || wizard.connect.isRunning}>
          {wizard.connect.isRunning ? 'Connecting …' : isOauth ? `Go to ${offer.name.split(' ')[0]}` : 'Connect'}
        </Button>
      </Foot>
    </form>
  )
}

function Field({
  field,
  value,
  onChange,
}: {
  readonly field: ShownOffer['fields'][number]
  readonly value: string
  onChange(value: string): void
}): ReactNode {
  const { name, label, kind, hint, isRequired = true } = field
  return (
    <div className="grid gap-1">
      <label htmlFor={`field-${name}`} className="text-sm font-medium">
        {label}
        {!isRequired && <span className="font-normal text-soft"> (if it needs one)</span>}
      </label>
      <input
        id={`field-${name}`}
        type={kind === 'secret' ? 'password' : kind === 'url' ? 'url' : 'text'}
        autoComplete={kind === 'secret' ? 'current-password' : kind === 'url' ? 'url' : 'username'}
        required={isRequired}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        {...(hint === undefined ? {} : { 'aria-describedby': `hint-${name}` })}
        className="h-9 rounded-md border border-line-strong bg-panel px-3 text-base"
      />
      {hint !== undefined && (
        <p id={`hint-${name}`} className="text-xs text-soft">
          {hint}
        </p>
      )}
    </div>
  )
}

function CalendarsStep({ wizard, heading }: StepProps): ReactNode {
  const book = useBook()
  const accounts = [...grouped(wizard.calendars, ({ connectionId }) => connectionId)]
  const { length: count } = wizard.chosen
  return (
    <>
      <Head heading={heading} title="Which calendars?">
        {wizard.connection ? `Connected to ${wizard.connection.name}. ` : ''}Choose two or more, of any account.
      </Head>
      {accounts.map(([connectionId, calendars]) => (
        <fieldset key={connectionId} className="border-b last:border-b-0">
          <legend className="sr-only">{book.connections.find(({ id }) => id === connectionId)?.name}</legend>
          <p aria-hidden="true" className="flex items-center gap-2 bg-page px-5 py-1.5 text-xs font-medium text-soft">
            <Glyph provider={calendars[0]?.provider ?? ''} size="sm" />
            {book.connections.find(({ id }) => id === connectionId)?.name}
            {connectionId === wizard.connection?.id && ' (new)'}
          </p>
          {calendars.map(({ id, name, access }) => (
            <label
              key={id}
              className="flex min-h-11 items-center gap-3 px-5 text-sm hover:bg-hover has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent"
            >
              <input
                type="checkbox"
                className="size-4 accent-accent outline-none"
                checked={wizard.chosen.some(({ calendarId }) => calendarId === id)}
                onChange={() => wizard.toggle(id)}
              />
              <span className="min-w-0 flex-1 truncate font-medium">{name}</span>
              <span className="text-xs text-soft">
                {access === 'read' ? 'Read only: copied, never changed' : 'Can be changed'}
              </span>
            </label>
          ))}
        </fieldset>
      ))}
      <Foot note={count < 2 ? `${count} chosen, two are needed` : `${count} chosen`}>
        <Back wizard={wizard} />
        <Button look="primary" disabled={count < 2} onClick={wizard.next}>
          Continue
        </Button>
      </Foot>
    </>
  )
}

const directions = {
  both: 'Both ways',
  read: 'Source only: nothing is written here',
  write: 'Target only: its own events stay here',
} as const
const shows = { everything: 'All details', title: 'Time and title', busy: 'Only that I am busy' } as const

function DirectionStep({ wizard, heading }: StepProps): ReactNode {
  return (
    <>
      <Head heading={heading} title="What goes where, and what may be seen?">
        You can change all of this later.
      </Head>
      <div className="px-5 pt-4">
        <label htmlFor="group-name" className="text-sm font-medium">
          Name of this group
        </label>
        <input
          id="group-name"
          value={wizard.name}
          onChange={(event) => wizard.setName(event.target.value)}
          className="mt-1 h-9 w-full rounded-md border border-line-strong bg-panel px-3 text-base"
        />
      </div>
      <ul className="mt-4 border-t">
        {wizard.chosen.map((one) => (
          <DirectionRow key={one.calendarId} chosen={one} wizard={wizard} />
        ))}
      </ul>
      <Foot
        note={
          <>
            <ShieldCheck size={14} aria-hidden="true" />
            Next comes a preview. Nothing is written yet.
          </>
        }
      >
        <Back wizard={wizard} />
        <Button
          look="primary"
          disabled={!wizard.canPreview || wizard.preview.isRunning}
          onClick={() => wizard.preview.run()}
        >
          {wizard.preview.isRunning ? 'Looking …' : 'Show what would happen'}
        </Button>
      </Foot>
    </>
  )
}

const selectClass = 'h-9 w-full rounded-md border border-line-strong bg-panel px-2 text-sm'

function DirectionRow({
  chosen: { calendarId, direction, show },
  wizard,
}: {
  readonly chosen: ChosenCalendar
  readonly wizard: Wizard
}): ReactNode {
  const book = useBook()
  const calendar = book.calendar(calendarId)
  const isReadOnly = calendar?.access === 'read'
  const name = book.nameOf(calendarId)
  return (
    <li className="grid items-center gap-x-4 gap-y-2 border-b px-5 py-3 last:border-b-0 sm:grid-cols-[minmax(0,1fr)_13rem_11rem]">
      <span className="flex min-w-0 items-center gap-2.5 font-medium">
        <Glyph provider={calendar?.provider ?? ''} />
        <span className="truncate">{name}</span>
      </span>
      <label>
        <span className="text-xs text-soft">
          Direction<span className="sr-only"> of {name}</span>
        </span>
        <select
          className={selectClass}
          value={direction}
          onChange={(event) => wizard.set(calendarId, { direction: event.target.value as ChosenCalendar['direction'] })}
        >
          {(isReadOnly ? (['read'] as const) : (['both', 'read', 'write'] as const)).map((one) => (
            <option key={one} value={one}>
              {directions[one]}
            </option>
          ))}
        </select>
      </label>
      {direction === 'read' ? (
        <span />
      ) : (
        <label>
          <span className="text-xs text-soft">
            Copies<span className="sr-only"> in {name}</span> show
          </span>
          <select
            className={selectClass}
            value={show}
            onChange={(event) => wizard.set(calendarId, { show: event.target.value as ChosenCalendar['show'] })}
          >
            {(['everything', 'title', 'busy'] as const).map((one) => (
              <option key={one} value={one}>
                {shows[one]}
              </option>
            ))}
          </select>
        </label>
      )}
    </li>
  )
}

function PreviewStep({ wizard, heading }: StepProps): ReactNode {
  const { plan } = wizard
  const book = useBook()
  const { number } = useFormats()
  if (!plan) return <Waiting rows={5} />
  return (
    <>
      <Head heading={heading} title="This would happen">
        A dry run: every calendar was read, and nothing was written to any of them.
      </Head>
      <dl className="grid grid-cols-3 border-b text-center">
        {(
          [
            ['New copies', plan.counts.create],
            ['Updates', plan.counts.update],
            ['Removals', plan.counts.remove],
          ] as const
        ).map(([name, count]) => (
          <div key={name} className="border-l py-3 first:border-l-0">
            <dt className="text-xs text-soft">{name}</dt>
            <dd className="text-2xl font-semibold tracking-tight tabular-nums" data-count={name}>
              {number(count)}
            </dd>
          </div>
        ))}
      </dl>
      {plan.counts.waiting > 0 && (
        <p className="border-b bg-warn-soft px-5 py-2 text-sm text-warn">
          {plan.counts.waiting} values differ between the calendars and will wait for you.
        </p>
      )}
      <ul className="max-h-80 overflow-y-auto">
        {plan.events.map(({ eventId, title, origin, actions }) => (
          <li key={eventId} className="flex items-center gap-3 border-b px-5 py-1.5 text-sm last:border-b-0">
            <Glyph provider={origin.provider} size="sm" />
            <span className="min-w-0 flex-1 truncate">{title || 'No title'}</span>
            <span className="flex items-center gap-1 text-xs text-soft">
              {actions.map(({ kind, calendarId }) => (
                <span key={`${kind}${calendarId}`} className="inline-flex items-center gap-1">
                  {verbs[kind]} {book.calendar(calendarId)?.name}
                </span>
              ))}
            </span>
          </li>
        ))}
        {plan.more && <li className="px-5 py-2 text-sm text-soft">and more</li>}
        {plan.events.length === 0 && (
          <li className="px-5 py-6 text-center text-sm text-soft">
            Nothing has to be written: the calendars agree already.
          </li>
        )}
      </ul>
      <Foot
        note={
          <>
            <ShieldCheck size={14} aria-hidden="true" />
            Nobody is mailed because of it
          </>
        }
      >
        <Back wizard={wizard} />
        <Button look="primary" disabled={wizard.confirm.isRunning} onClick={() => wizard.confirm.run()}>
          Start syncing
        </Button>
      </Foot>
    </>
  )
}

const verbs = { create: 'copied to', update: 'updated in', remove: 'removed from', verify: 'looked up in' } as const

function DoneStep({ heading }: { readonly heading: StepProps['heading'] }): ReactNode {
  return (
    <div className="grid justify-items-center gap-2 px-6 py-10 text-center">
      <CircleCheck size={32} aria-hidden="true" className="text-good" />
      <h2 ref={heading} tabIndex={-1} className="text-lg font-semibold tracking-tight outline-none">
        They are kept in step now
      </h2>
      <p className="max-w-sm text-sm text-soft">
        The first sync is under way. From now on, changes arrive within seconds where a service tells of them, and
        within a minute elsewhere.
      </p>
      <div className="mt-3 flex gap-2">
        <a {...inside('/calendar')} className={buttonClass('primary')}>
          See the calendar
        </a>
        <Button onClick={() => go('/')}>To the overview</Button>
      </div>
    </div>
  )
}
