import type { ConnectionStatus } from 'calweave'
import { useFormats, useRoute, useStore } from 'calweave/react'
import { KeyRound, Plug, Plus, RotateCw } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useBook } from '../parts/book.js'
import { Button, buttonClass } from '../parts/button.js'
import { useDoing } from '../parts/doing.js'
import { Level } from '../parts/level.js'
import { Empty, Panel, Problem, Waiting } from '../parts/panel.js'
import { Glyph, serviceOf } from '../parts/service.js'
import { inside } from '../router.js'

/** The accounts with their calendars, and the groups that they are woven into. */
export function Connections(): ReactNode {
  const { data: status, error } = useRoute('GET /status')
  const book = useBook()
  return (
    <>
      <div className="flex items-center justify-between gap-3">
        <h1 className="text-xl font-semibold tracking-tight">Connections</h1>
        <a {...inside('/connect')} className={buttonClass('primary')}>
          <Plus size={14} aria-hidden="true" />
          Connect a calendar
        </a>
      </div>
      {error && <Problem message={error.message} />}
      {!status && !error && <Waiting rows={6} />}
      {status?.connections.length === 0 && (
        <Panel>
          <Empty icon={<Plug size={18} aria-hidden="true" />} title="No account is connected">
            Connect two or more, and they are kept in step.
          </Empty>
        </Panel>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-2">
        {status?.connections.map((one) => (
          <Account key={one.connectionId} status={one} />
        ))}
      </div>
      <Panel title="Groups of calendars">
        <ul className="mt-1">
          {book.groups.map(({ id, name, members }) => {
            const one = status?.groups.find(({ groupId }) => groupId === id)
            return (
              <li key={id} className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t px-4 py-2.5">
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{name}</span>
                  <span className="flex flex-wrap gap-x-2 text-xs text-soft">
                    {members.map(({ calendarId, direction }) => (
                      <span key={calendarId} className="inline-flex items-center gap-1">
                        <Glyph provider={book.calendar(calendarId)?.provider ?? ''} size="sm" />
                        {book.calendar(calendarId)?.name}
                        {direction !== 'both' && ` (${direction === 'read' ? 'source' : 'target'})`}
                      </span>
                    ))}
                  </span>
                </span>
                {one && <Level level={one.level} />}
                <a {...inside(`/groups/${encodeURIComponent(id)}`)} className={buttonClass('plain')}>
                  Settings<span className="sr-only"> of {name}</span>
                </a>
              </li>
            )
          })}
        </ul>
      </Panel>
    </>
  )
}

function Account({ status }: { readonly status: ConnectionStatus }): ReactNode {
  const { connectionId, name, provider, reasons } = status
  const store = useStore()
  const book = useBook()
  const { data: all } = useRoute('GET /status')
  const { relative } = useFormats()
  const { isBusy, problem, run } = useDoing()
  const [isLeaving, setLeaving] = useState(false)
  const needsSignIn = reasons.some(
    ({ code }) => code === 'sign_in_needed' || code === 'scopes_missing' || code === 'credentials_refused',
  )
  const calendars = book.calendars.filter((one) => one.connectionId === connectionId)
  const offer = { google: 'google', microsoft: 'outlook' }[provider as 'google' | 'microsoft']
  const signIn = () =>
    run(async () => {
      const { url } = await store.mutate('POST /sign-ins', {
        body: { offer: offer ?? provider, id: connectionId, returnTo: '/connect' },
      })
      location.assign(url)
    })
  const disconnect = (copies: 'keep' | 'remove') =>
    run(() => store.mutate('DELETE /connections/{connectionId}', { params: { connectionId }, query: { copies } }))
  return (
    <Panel>
      <header className="flex items-center gap-3 px-4 pt-3.5 pb-2">
        <Glyph provider={provider} size="lg" />
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold">{name}</h2>
          <p className="text-xs text-soft">
            {name !== serviceOf(provider).name && `${serviceOf(provider).name} · `}
            {calendars.length} {calendars.length === 1 ? 'calendar' : 'calendars'}
          </p>
        </div>
        <Level level={status.level} />
      </header>
      {reasons
        .filter(({ level }) => level !== 'ok')
        .map(({ code, words, remedy }) => (
          <p key={code} className="mx-4 mb-2 rounded-lg bg-warn-soft px-3 py-2 text-sm text-warn">
            {words} {remedy}
          </p>
        ))}
      <ul className="border-t">
        {calendars.map(({ id, name: calendar, access }) => {
          const one = all?.calendars.find(({ calendarId }) => calendarId === id)
          return (
            <li key={id} className="flex items-center gap-3 border-b px-4 py-2 text-sm last:border-b-0">
              <span className="min-w-0 flex-1 truncate">{calendar}</span>
              <span className="text-xs text-soft">
                {access === 'read' ? 'Read only' : 'Read and write'}
                {one?.lastSuccessAt !== undefined && ` · read ${relative(one.lastSuccessAt)}`}
              </span>
            </li>
          )
        })}
      </ul>
      <footer className="flex flex-wrap items-center gap-2 border-t px-4 py-2.5">
        {needsSignIn && offer !== undefined && (
          <Button look="primary" onClick={signIn} disabled={isBusy}>
            <KeyRound size={14} aria-hidden="true" />
            Sign in again
          </Button>
        )}
        <Button
          look="quiet"
          disabled={isBusy}
          onClick={() =>
            run(() => store.mutate('POST /connections/{connectionId}/refresh', { params: { connectionId } }))
          }
        >
          <RotateCw size={14} aria-hidden="true" />
          List calendars anew
        </Button>
        <Button
          look="quiet"
          className="ml-auto"
          aria-expanded={isLeaving}
          onClick={() => setLeaving((before) => !before)}
        >
          Disconnect
        </Button>
        {isLeaving && (
          <div className="grid w-full gap-2 rounded-lg bg-hover p-3 text-sm">
            <p>What becomes of the copies that calweave made in these calendars?</p>
            <div className="flex flex-wrap gap-2">
              <Button disabled={isBusy} onClick={() => disconnect('keep')}>
                Keep them
              </Button>
              <Button look="danger" disabled={isBusy} onClick={() => disconnect('remove')}>
                Remove them
              </Button>
            </div>
          </div>
        )}
        {problem !== undefined && (
          <p role="alert" className="w-full text-sm text-bad">
            {problem}
          </p>
        )}
      </footer>
    </Panel>
  )
}
