import type { HealthReason } from 'calweave'
import { useRoute } from 'calweave/react'
import { ArrowRight, CircleAlert, Clock } from 'lucide-react'
import type { ReactNode } from 'react'
import { inside } from '../router.js'

/** The worst that there is to say, in one line above every view. */
export function Attention(): ReactNode {
  const { data: status } = useRoute('GET /status')
  const worst = status?.reasons.filter((reason) => isWorthSaying(reason)) ?? []
  const [reason, ...more] = worst
  if (!reason) return null
  const isCalm = reason.level === 'waiting'
  const way = wayOut(reason)
  const Icon = isCalm ? Clock : CircleAlert
  return (
    <div
      role={isCalm ? 'status' : 'alert'}
      className={`flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border px-3.5 py-2.5 text-sm ${
        isCalm ? 'bg-panel text-soft' : 'border-warn-line bg-warn-soft text-warn'
      }`}
    >
      <Icon size={16} aria-hidden="true" className="shrink-0" />
      <p className="min-w-48 flex-1">
        <span className="font-medium">{reason.words}</span>
        {reason.remedy !== undefined && <span className="max-sm:hidden"> {reason.remedy}</span>}
        {more.length > 0 && <span> And {more.length} more.</span>}
      </p>
      {way && (
        <a
          {...inside(way.to)}
          className="inline-flex min-h-6 items-center gap-1 font-semibold underline-offset-2 hover:underline"
        >
          {way.text}
          <ArrowRight size={14} aria-hidden="true" />
        </a>
      )}
    </div>
  )
}

/** A group that the wizard prepares is paused until somebody has looked at its preview, which is no news to them. */
function isWorthSaying({ level, code, facts }: HealthReason): boolean {
  const isPrepared = code === 'paused' && facts.names?.every((name) => name === 'preview')
  return level !== 'ok' && level !== 'working' && !isPrepared
}

/** Where somebody can do something about it. */
export function wayOut({
  code,
  about,
}: Pick<HealthReason, 'code' | 'about'>): { readonly to: string; readonly text: string } | undefined {
  switch (code) {
    case 'conflicts_open':
      return { to: '/conflicts', text: 'Decide' }
    case 'removals_held':
    case 'creations_held':
      return { to: `/groups/${encodeURIComponent(about.id)}`, text: 'Look at them' }
    case 'sign_in_needed':
    case 'scopes_missing':
    case 'credentials_refused':
      return { to: '/connections', text: 'Sign in again' }
    default:
      return about.kind === 'group'
        ? { to: `/groups/${encodeURIComponent(about.id)}`, text: 'Details' }
        : { to: '/connections', text: 'Details' }
  }
}
