import { useRoute, useStore } from 'calweave/react'
import {
  Bell,
  CalendarDays,
  GitCompareArrows,
  LayoutDashboard,
  type LucideIcon,
  Moon,
  Plug,
  ScrollText,
  Sun,
  Zap,
} from 'lucide-react'
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Button } from '../parts/button.js'
import { Logo } from '../parts/logo.js'
import { Waiting } from '../parts/panel.js'
import { inside, useAddress } from '../router.js'
import type { DemoSession, Person } from '../session.js'
import { chooseTheme, useTheme } from '../theme.js'
import { Attention } from './attention.js'
import { Initials } from './login.js'
import { Overview } from './overview.js'

const CalendarView = lazy(async () => ({ default: (await import('./calendar/calendar.js')).CalendarView }))
const Conflicts = lazy(async () => ({ default: (await import('./conflicts.js')).Conflicts }))
const Connections = lazy(async () => ({ default: (await import('./connections.js')).Connections }))
const Connect = lazy(async () => ({ default: (await import('./connect.js')).Connect }))
const GroupSettings = lazy(async () => ({ default: (await import('./group.js')).GroupSettings }))
const Activity = lazy(async () => ({ default: (await import('./activity.js')).Activity }))
const RunView = lazy(async () => ({ default: (await import('./run.js')).RunView }))
const Notifications = lazy(async () => ({ default: (await import('./notifications.js')).Notifications }))
const Troubles = lazy(async () => ({ default: (await import('./troubles.js')).Troubles }))

interface Place {
  readonly to: string
  readonly name: string
  readonly icon: LucideIcon
  /** What else belongs to it. */
  readonly also?: string
}

const places: readonly Place[] = [
  { to: '/', name: 'Overview', icon: LayoutDashboard },
  { to: '/calendar', name: 'Calendar', icon: CalendarDays },
  { to: '/conflicts', name: 'Conflicts', icon: GitCompareArrows },
  { to: '/connections', name: 'Connections', icon: Plug, also: '/connect /groups' },
  { to: '/activity', name: 'Activity', icon: ScrollText, also: '/runs' },
  { to: '/notifications', name: 'Notifications', icon: Bell },
]

interface ShellProps {
  readonly session: DemoSession
  readonly person: Person
  readonly zone: string
  onZone(zone: string): void
  onSignOut(): void
}

/** What stands around every view: where one is, where one may go, and who one is. */
export function Shell({ session, person, zone, onZone, onSignOut }: ShellProps): ReactNode {
  const { pathname } = useAddress()
  const [isBreaking, setBreaking] = useState(false)
  const theme = useTheme()
  const counts = useCounts()
  const here = places.find((place) => isAt(place, pathname)) ?? places[0]
  const main = useRef<HTMLElement>(null)
  // What opens over a view belongs to it.
  const view = `/${pathname.split('/')[1] ?? ''}`
  const before = useRef(view)
  useEffect(() => {
    document.title = `${here?.name ?? 'calweave'} · calweave`
    // Who cannot see that the page has changed hears its heading.
    if (before.current !== view) main.current?.focus({ preventScroll: true })
    before.current = view
  }, [view, here])

  return (
    <div className="min-h-dvh md:grid md:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-panel focus:px-3 focus:py-2"
      >
        Skip to the page
      </a>
      <header className="flex items-center justify-between gap-2 border-b bg-panel px-4 py-2.5 md:sticky md:top-0 md:h-dvh md:flex-col md:items-stretch md:justify-start md:gap-5 md:border-r md:border-b-0 md:px-3 md:py-4">
        <a {...inside('/')} className="rounded-md px-1.5">
          <Logo />
          <span className="sr-only">, to the overview</span>
        </a>
        <nav
          aria-label="Main"
          className="fixed inset-x-0 bottom-0 z-30 flex border-t bg-panel px-1 pb-[env(safe-area-inset-bottom)] md:static md:grid md:gap-0.5 md:border-0 md:p-0"
        >
          {places.map((place) => (
            <PlaceLink key={place.to} place={place} isHere={place === here} count={counts[place.to] ?? 0} />
          ))}
        </nav>
        <div className="flex items-center gap-1 md:mt-auto md:grid md:gap-2">
          {session.hasTroubles && (
            <Button look="plain" className="md:w-full" onClick={() => setBreaking(true)}>
              <Zap size={14} aria-hidden="true" />
              Break it
            </Button>
          )}
          <div className="flex items-center gap-1 md:border-t md:pt-3">
            <button
              type="button"
              onClick={onSignOut}
              className="flex min-h-8 min-w-0 flex-1 items-center gap-2 rounded-md px-1 text-left hover:bg-hover"
            >
              <span className="hidden md:contents">
                <Initials name={person.name} />
              </span>
              <span className="min-w-0">
                <span className="block truncate text-sm font-semibold max-md:sr-only">{person.name}</span>
                <span className="block text-xs text-soft">
                  Switch<span className="max-md:sr-only"> person</span>
                </span>
              </span>
            </button>
            <Button
              look="quiet"
              label={theme === 'dark' ? 'Light colours' : 'Dark colours'}
              onClick={() => chooseTheme(theme === 'dark' ? 'light' : 'dark')}
            >
              {theme === 'dark' ? <Sun size={16} aria-hidden="true" /> : <Moon size={16} aria-hidden="true" />}
            </Button>
          </div>
          <LiveSign />
        </div>
      </header>
      <main
        id="main"
        ref={main}
        tabIndex={-1}
        className="mx-auto grid w-full max-w-[76rem] content-start gap-4 px-4 pt-4 pb-24 outline-none md:px-7 md:pt-6 md:pb-10"
      >
        <Attention />
        <Suspense fallback={<Waiting rows={6} />}>{viewAt(pathname, zone, onZone)}</Suspense>
      </main>
      {isBreaking && (
        <Suspense fallback={null}>
          <Troubles onClose={() => setBreaking(false)} />
        </Suspense>
      )}
    </div>
  )
}

function viewAt(path: string, zone: string, onZone: (zone: string) => void): ReactNode {
  const [, place = '', first = '', second = ''] = path.split('/').map(decodeURIComponent)
  switch (place) {
    case 'calendar':
      return <CalendarView zone={zone} onZone={onZone} />
    case 'conflicts':
      return <Conflicts conflictId={first === '' ? undefined : first} />
    case 'connections':
      return <Connections />
    case 'connect':
      return <Connect />
    case 'groups':
      return <GroupSettings groupId={first} />
    case 'activity':
      return <Activity />
    case 'runs':
      return <RunView groupId={first} runId={second} />
    case 'notifications':
      return <Notifications />
    default:
      return <Overview />
  }
}

function isAt({ to, also = '' }: Place, path: string): boolean {
  const first = `/${path.split('/')[1] ?? ''}`
  return first === to || also.split(' ').includes(first)
}

function PlaceLink({
  place: { to, name, icon: Icon },
  isHere,
  count,
}: {
  readonly place: Place
  readonly isHere: boolean
  readonly count: number
}): ReactNode {
  return (
    <a
      {...inside(to)}
      {...(isHere ? { 'aria-current': 'page' as const } : {})}
      className={`relative flex min-h-12 flex-1 flex-col items-center justify-center gap-0.5 rounded-md text-2xs font-medium transition-colors md:min-h-9 md:flex-row md:justify-start md:gap-2.5 md:px-2 md:text-sm ${
        isHere ? 'text-accent md:bg-accent-soft' : 'text-soft hover:text-ink md:hover:bg-hover'
      }`}
    >
      <Icon size={17} strokeWidth={isHere ? 2.25 : 1.9} aria-hidden="true" />
      <span className="max-md:max-w-full max-md:truncate max-md:tracking-tight">{name}</span>
      {count > 0 && (
        <span className="absolute top-1 left-1/2 ml-1.5 min-w-4 rounded-full bg-warn px-1 text-center text-2xs font-semibold text-panel tabular-nums md:static md:ml-auto">
          {count}
          <span className="sr-only"> waiting</span>
        </span>
      )}
    </a>
  )
}

function useCounts(): Readonly<Record<string, number>> {
  const { data: status } = useRoute('GET /status')
  const { data: notifications } = useRoute('GET /notifications')
  return {
    '/conflicts': status?.groups.reduce((all, { conflicts }) => all + conflicts.count, 0) ?? 0,
    '/notifications': notifications?.items.filter(({ state }) => state === 'open').length ?? 0,
  }
}

const states = {
  connecting: { text: 'Connecting …', color: 'bg-warn' },
  live: { text: 'Live', color: 'bg-good' },
  polling: { text: 'Asking now and then', color: 'bg-warn' },
  offline: { text: 'No connection', color: 'bg-bad' },
} as const

/** Whether this page is told of what happens. */
function LiveSign(): ReactNode {
  const store = useStore()
  const connection = useSyncExternalStore(
    (listener) => store.onConnection(listener),
    () => store.connection,
  )
  const { text, color } = states[connection]
  return (
    <p role="status" data-live={connection} className="flex items-center gap-1.5 px-1 text-xs text-soft max-md:sr-only">
      <span aria-hidden="true" className={`size-1.5 rounded-full ${color}`} />
      {text}
    </p>
  )
}
