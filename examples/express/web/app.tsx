import { type CalweaveClient, calweaveClient } from 'calweave/client'
import { CalweaveProvider } from 'calweave/react'
import { type ReactNode, useEffect, useMemo, useState } from 'react'
import { type DemoSession, readSession, signInAs, signOut } from './session.js'
import { Login } from './views/login.js'
import { Shell } from './views/shell.js'

/** The zone of the people in the demo, so that their week looks the same wherever it is shown. */
const homeZone = 'Europe/Berlin'

export function App(): ReactNode {
  const [session, setSession] = useState<DemoSession>()
  const [problem, setProblem] = useState<string>()
  const [zone, setZone] = useState(homeZone)
  const take = (asked: Promise<DemoSession>) => {
    asked.then(setSession, () => setProblem('The demo does not answer. Is it still running?'))
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is opened
  useEffect(() => take(readSession()), [])
  const userId = session?.person?.id
  // Another person begins with nothing known of the one before.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const client: CalweaveClient = useMemo(() => calweaveClient(), [userId])
  if (problem !== undefined) return <p className="p-8">{problem}</p>
  if (!session) return null
  if (!session.person) return <Login people={session.people} onChoose={(id) => take(signInAs(id))} />
  return (
    <CalweaveProvider key={userId} client={client} locale="en-GB" timeZone={zone} live={{ pollMs: 10_000 }}>
      <Shell session={session} person={session.person} zone={zone} onZone={setZone} onSignOut={() => take(signOut())} />
    </CalweaveProvider>
  )
}
