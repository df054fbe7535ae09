import type { ReactNode } from 'react'
import type { Connect } from '../connect.js'
import { useConnections } from '../connections.js'
import { useWords } from '../context.js'
import { commonWords } from '../words/common.js'
import { connectWords } from '../words/connect.js'
import { CheckField } from './fields.js'
import { ProviderIcon } from './provider-icon.js'

/** All calendars, account by account. */
export function ConnectCalendars({ connect }: { readonly connect: Connect }): ReactNode {
  const words = useWords(commonWords, connectWords)
  const { connections } = useConnections()
  const { calendars, chosen, isLoading } = connect
  const accounts = [...new Set(calendars.map(({ connectionId }) => connectionId))]
  return (
    <div data-cw-part="calendars">
      <p data-cw-part="hint">{words.calendarsHint}</p>
      {isLoading && calendars.length === 0 && <p role="status">{words.loading}</p>}
      {accounts.map((account) => {
        const own = calendars.filter(({ connectionId }) => connectionId === account)
        const name = connections.find(({ id }) => id === account)?.name ?? account
        return (
          <fieldset key={account}>
            <legend>
              <ProviderIcon provider={own[0]?.provider ?? ''} /> <span dir="auto">{words.hasConnection(name)}</span>
            </legend>
            {own.map(({ id, name, access }) => (
              <CheckField
                key={id}
                label={<span dir="auto">{name}</span>}
                hint={access === 'read' ? words.readOnly : words.canWrite}
                isOn={chosen.some(({ calendarId }) => calendarId === id)}
                onChange={() => connect.toggle(id)}
              />
            ))}
          </fieldset>
        )
      })}
    </div>
  )
}
