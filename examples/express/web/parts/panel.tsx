import type { ReactNode } from 'react'

interface PanelProps {
  readonly title?: ReactNode
  readonly aside?: ReactNode
  readonly className?: string
  readonly children: ReactNode
}

/** A part of a page with a frame, and a heading where it has one. */
export function Panel({ title, aside, className = '', children }: PanelProps): ReactNode {
  return (
    <section className={`min-w-0 overflow-hidden rounded-xl border bg-panel ${className}`}>
      {title !== undefined && (
        <header className="flex min-h-11 items-center justify-between gap-3 px-4 pt-2">
          <h2 className="text-base font-semibold tracking-tight">{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  )
}

/** What stands where there is nothing else. */
export function Empty({
  icon,
  title,
  children,
}: {
  readonly icon: ReactNode
  readonly title: string
  readonly children?: ReactNode
}): ReactNode {
  return (
    <div className="grid justify-items-center gap-1.5 px-6 py-12 text-center">
      <span className="mb-1 grid size-10 place-items-center rounded-full bg-accent-soft text-accent">{icon}</span>
      <p className="font-semibold">{title}</p>
      {children !== undefined && <div className="max-w-md text-sm text-soft">{children}</div>}
    </div>
  )
}

/** What went wrong with reading, in a sentence. */
export function Problem({ message }: { readonly message: string }): ReactNode {
  return (
    <p role="alert" className="m-4 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
      {message}
    </p>
  )
}

/** Bars in the place of what is still being read. */
export function Waiting({ rows = 3 }: { readonly rows?: number }): ReactNode {
  return (
    <div role="status" aria-label="Loading" className="grid gap-3 p-4">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <span key={row} className="block h-4 animate-pulse rounded bg-hover" />
      ))}
    </div>
  )
}
