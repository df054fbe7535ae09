import type { ReactNode } from 'react'

/** Two strands, each over the other once. */
export function Logo(): ReactNode {
  return (
    <span className="inline-flex items-center gap-2 text-[1.0625rem] font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" className="size-7" aria-hidden="true">
        <rect width="32" height="32" rx="8" className="fill-accent" />
        <g fill="none" strokeWidth="4" strokeLinecap="round">
          <path d="M8 11h9a4 4 0 0 1 4 4v9" className="stroke-on-accent opacity-55" />
          <path d="M24 21h-9a4 4 0 0 1-4-4V8" className="stroke-on-accent" />
        </g>
      </svg>
      calweave
    </span>
  )
}
