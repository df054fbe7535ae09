import type { HealthLevel } from 'calweave'
import { CircleAlert, CircleCheck, CirclePause, Clock, RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'

const shown = {
  ok: { text: 'In step', color: 'text-good', icon: CircleCheck },
  working: { text: 'Syncing', color: 'text-accent', icon: RefreshCw },
  waiting: { text: 'Tries again', color: 'text-warn', icon: Clock },
  attention: { text: 'Needs a look', color: 'text-warn', icon: CircleAlert },
  stopped: { text: 'Stopped', color: 'text-bad', icon: CirclePause },
} as const satisfies Readonly<Record<HealthLevel, unknown>>

/** How something is: a sign and a word, never the colour alone. */
export function Level({ level, text }: { readonly level: HealthLevel; readonly text?: string }): ReactNode {
  const { text: usual, color, icon: Icon } = shown[level]
  return (
    <span className={`inline-flex items-center gap-1.5 text-sm font-medium ${color}`}>
      <Icon size={14} aria-hidden="true" className={level === 'working' ? 'animate-spin' : ''} />
      {text ?? usual}
    </span>
  )
}
