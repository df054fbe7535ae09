import { ArrowRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { Logo } from '../parts/logo.js'
import type { Person } from '../session.js'

const about: Readonly<Record<string, string>> = {
  mara: 'Google, Outlook and iCloud. Three conflicts wait for her.',
  idris: 'Google, iCloud and a CalDAV server. Works with Mara, and sees nothing of hers.',
}

/** Who does the visitor want to be? A real app asks for more than that. */
export function Login({
  people,
  onChoose,
}: {
  readonly people: readonly Person[]
  onChoose(id: string): void
}): ReactNode {
  return (
    <main className="mx-auto grid min-h-dvh max-w-md content-center gap-6 p-6">
      <Logo />
      <div>
        <h1 className="text-2xl font-semibold tracking-tight text-balance">Calendars that agree with each other</h1>
        <p className="mt-2 text-soft">
          Everything you see runs on this machine: the calendar services are fakes that behave like the real ones, so
          you may break what you like.
        </p>
      </div>
      <section aria-labelledby="who" className="grid gap-2">
        <h2 id="who" className="text-sm font-semibold">
          Look around as
        </h2>
        {people.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            onClick={() => onChoose(id)}
            className="group flex items-center gap-3 rounded-xl border bg-panel p-3.5 text-left transition-colors hover:border-accent"
          >
            <Initials name={name} />
            <span className="min-w-0 flex-1">
              <span className="block font-semibold">{name}</span>
              <span className="block text-sm text-soft">{about[id]}</span>
            </span>
            <ArrowRight
              size={16}
              aria-hidden="true"
              className="text-soft transition-transform group-hover:translate-x-0.5"
            />
          </button>
        ))}
      </section>
      <p className="text-xs text-soft">calweave is a library. This app is an example of what to build on it.</p>
    </main>
  )
}

export function Initials({ name }: { readonly name: string }): ReactNode {
  const letters = name.split(' ').map((word) => word.charAt(0))
  return (
    <span
      aria-hidden="true"
      className="grid size-9 shrink-0 place-items-center rounded-full bg-accent-soft text-sm font-semibold text-accent"
    >
      {letters.join('')}
    </span>
  )
}
