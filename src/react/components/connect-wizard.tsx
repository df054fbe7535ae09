import { type ReactNode, useEffect, useRef } from 'react'
import type { AccessMode } from '../../index.js'
import { useCalendars } from '../calendars.js'
import { type Connect, type ConnectOptions, connectSteps, type ShownOffer, useConnect } from '../connect.js'
import { useWords } from '../context.js'
import { commonWords } from '../words/common.js'
import { connectWords } from '../words/connect.js'
import { memberWords } from '../words/member.js'
import { ConnectCalendars } from './connect-calendars.js'
import { ConnectPreview } from './connect-preview.js'
import { Problem, SelectField, TextField } from './fields.js'
import { ProviderIcon } from './provider-icon.js'

/** What {@link ConnectWizard} needs to know. */
export interface ConnectWizardProps extends ConnectOptions {
  /** The person gives up. @default the wizard begins anew */
  readonly onCancel?: () => void
  /** What stands beside a service. @default its picture and name */
  readonly renderOffer?: (offer: ShownOffer) => ReactNode
  readonly className?: string
}

/**
 * Leads a person from choosing a service to calendars that are kept in step: sign in, choose calendars, say what goes where, see
 * what would happen. Nothing is written to any calendar before the last button.
 */
export function ConnectWizard(props: ConnectWizardProps): ReactNode {
  const { onCancel, renderOffer, className, ...options } = props
  const words = useWords(commonWords, connectWords)
  const connect = useConnect(options)
  const { step, isBusy, problem } = connect
  const heading = useRef<HTMLHeadingElement>(null)
  const seen = useRef(step)
  useEffect(() => {
    // Where the next step begins is read out; the first one leaves the focus alone.
    if (seen.current !== step) heading.current?.focus()
    seen.current = step
  }, [step])
  const number = connectSteps.indexOf(step) + 1

  return (
    <section data-cw-part="connect-wizard" data-state={step} className={className} aria-label={words.connectTitle}>
      <ol data-cw-part="steps">
        {connectSteps.map((one, index) => (
          <li
            key={one}
            data-state={index + 1 < number ? 'done' : one === step ? 'current' : 'open'}
            aria-current={one === step ? 'step' : undefined}
          >
            {words.connectSteps[one]}
          </li>
        ))}
      </ol>
      <h2 ref={heading} tabIndex={-1}>
        <span data-cw-part="hidden">{words.stepOf(number, connectSteps.length, words.connectSteps[step])}. </span>
        <Question connect={connect} />
      </h2>
      {step === 'service' && <Services connect={connect} renderOffer={renderOffer} />}
      {step === 'signIn' && <SignIn connect={connect} />}
      {step === 'calendars' && <ConnectCalendars connect={connect} />}
      {step === 'direction' && <Directions connect={connect} />}
      {step === 'preview' && <ConnectPreview connect={connect} />}
      <Problem problem={problem} />
      <p role="status">{isBusy && words.loading}</p>
      <footer data-cw-part="foot">
        {step !== 'service' && step !== 'done' && (
          <button type="button" onClick={connect.back} disabled={isBusy}>
            {words.back}
          </button>
        )}
        {step === 'done' ? (
          <button type="button" onClick={connect.cancel}>
            {words.connectAnother}
          </button>
        ) : (
          <button
            type="button"
            onClick={() => {
              connect.cancel()
              onCancel?.()
            }}
          >
            {words.cancel}
          </button>
        )}
        {step === 'calendars' && <Primary name={words.next} isOff={connect.chosen.length < 2} onClick={connect.next} />}
        {step === 'direction' && (
          <Primary
            name={words.makePreview}
            isOff={isBusy || !connect.canPreview || connect.name === ''}
            onClick={() => void connect.preview.run()}
          />
        )}
        {step === 'preview' && (
          <Primary name={words.startSync} isOff={isBusy} onClick={() => void connect.confirm.run()} />
        )}
      </footer>
    </section>
  )
}

function Primary(props: { readonly name: string; readonly isOff: boolean; readonly onClick: () => void }): ReactNode {
  const { name, isOff, onClick } = props
  return (
    <button type="button" data-cw-part="primary" disabled={isOff} onClick={onClick}>
      {name}
    </button>
  )
}

function Question({ connect: { step, offer } }: { readonly connect: Connect }): ReactNode {
  const words = useWords(connectWords)
  const questions = {
    service: words.serviceQuestion,
    signIn: words.signInAt(offer?.name ?? ''),
    calendars: words.calendarsQuestion,
    direction: words.directionQuestion,
    preview: words.previewTitle,
    done: words.syncStarted,
  }
  return questions[step]
}

function Services(props: {
  readonly connect: Connect
  readonly renderOffer: ConnectWizardProps['renderOffer'] | undefined
}): ReactNode {
  const { connect, renderOffer } = props
  const words = useWords(commonWords, connectWords)
  const { calendars } = useCalendars()
  return (
    <>
      {connect.returnedProblem !== undefined && <Problem problem={{ message: words.signInFailed }} />}
      {connect.isLoading && <p role="status">{words.loading}</p>}
      <ul data-cw-part="services">
        {connect.offers.map((offer) => (
          <li key={offer.id}>
            <button type="button" onClick={() => connect.chooseOffer(offer)}>
              {renderOffer?.(offer) ?? (
                <>
                  <ProviderIcon provider={offer.provider} /> {offer.name}
                </>
              )}
            </button>
          </li>
        ))}
      </ul>
      {calendars.length > 1 && (
        <button type="button" data-cw-part="link" onClick={connect.skip}>
          {words.chooseConnected}
        </button>
      )}
    </>
  )
}

function SignIn({ connect }: { readonly connect: Connect }): ReactNode {
  const words = useWords(connectWords)
  const { offer, values } = connect
  if (!offer) return null
  const modes: [AccessMode, string][] = offer.modes.map((mode) => [mode, words.accessModes[mode]])
  return (
    <form
      data-cw-part="sign-in"
      onSubmit={(event) => {
        event.preventDefault()
        void connect.connect.run()
      }}
    >
      {offer.way === 'oauth' && <p>{words.signInOauth(offer.name)}</p>}
      {offer.help !== undefined && <p>{offer.help}</p>}
      {offer.helpUrl !== undefined && /^https?:/i.test(offer.helpUrl) && (
        <a href={offer.helpUrl} target="_blank" rel="noopener noreferrer">
          {words.readMore}
        </a>
      )}
      {modes.length > 1 && (
        <SelectField
          label={words.accessQuestion}
          value={connect.mode}
          options={modes}
          onChange={(mode) => connect.setMode(mode)}
        />
      )}
      {modes.length === 1 && offer.way === 'oauth' && <p>{modes[0]?.[1]}</p>}
      {offer.fields.map(({ name, label, kind, hint, isRequired = true }) => (
        <TextField
          key={name}
          name={name}
          label={label}
          hint={hint}
          value={values[name] ?? ''}
          type={kind === 'secret' ? 'password' : kind}
          autoComplete={kind === 'secret' ? 'off' : kind === 'url' ? 'url' : 'username'}
          isRequired={isRequired}
          onChange={(value) => connect.setValue(name, value)}
        />
      ))}
      <button type="submit" data-cw-part="primary" disabled={connect.isBusy || !connect.canConnect}>
        {words.connect}
      </button>
    </form>
  )
}

function Directions({ connect }: { readonly connect: Connect }): ReactNode {
  const words = useWords(memberWords)
  const { find, nameOf } = useCalendars()
  return (
    <div data-cw-part="directions">
      <TextField label={words.groupName} value={connect.name} onChange={connect.setName} isRequired />
      {connect.chosen.map(({ calendarId, direction, show }) => {
        const name = nameOf(calendarId)
        const canWrite = find(calendarId)?.access === 'write'
        const { read, ...writing } = words.directions
        return (
          <fieldset key={calendarId}>
            <legend dir="auto">{name}</legend>
            <SelectField
              label={words.directionOf(name)}
              value={direction}
              options={canWrite ? words.directions : [['read', read]]}
              onChange={(direction) => connect.set(calendarId, { direction })}
            />
            {direction in writing && (
              <SelectField
                label={words.showOf(name)}
                value={show}
                options={words.shows}
                onChange={(show) => connect.set(calendarId, { show })}
              />
            )}
          </fieldset>
        )
      })}
    </div>
  )
}
