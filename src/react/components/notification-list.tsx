import { type ReactNode, useRef, useState } from 'react'
import type { NotificationKind, ShownNotification } from '../../index.js'
import { useFormats, useWords } from '../context.js'
import { useHappenings } from '../live.js'
import { useNotifications } from '../notifications.js'
import { commonWords } from '../words/common.js'
import { notificationWords } from '../words/notification.js'
import { Problem } from './fields.js'

/** What {@link NotificationList} shows. */
export interface NotificationListProps {
  /** @default 'standing' */
  readonly state?: 'standing' | 'resolved'
  /** What a person can do about one, e.g. a link to the conflicts. @default the remedy in words */
  readonly action?: (notification: ShownNotification) => ReactNode
  readonly className?: string
}

/** What a person should know of, and can say to have seen. */
export function NotificationList({ state = 'standing', action, className }: NotificationListProps): ReactNode {
  const words = useWords(commonWords, notificationWords)
  const { items, hasMore, more, acknowledge, isLoading, error } = useNotifications(state)
  return (
    <section data-cw-part="notification-list" aria-label={words.notificationsTitle} className={className}>
      <Problem problem={acknowledge.problem ?? (items.length === 0 ? error : undefined)} />
      {items.length === 0 && !error && <p role="status">{isLoading ? words.loading : words.noNotifications}</p>}
      <ul>
        {items.map((one) => (
          <li key={one.id} tabIndex={-1} data-cw-part="notification" data-kind={one.kind} data-state={one.state}>
            <Told one={one} action={action} />
            {one.state === 'open' && (
              <button
                type="button"
                onClick={({ currentTarget }) => {
                  // The button goes away; whoever is on their way through the list stays where they are.
                  currentTarget.closest('li')?.focus()
                  void acknowledge.run(one.id)
                }}
              >
                {words.acknowledge}
                <span data-cw-part="hidden">: {one.words}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" onClick={more}>
          {words.more}
        </button>
      )}
    </section>
  )
}

/** Kinds that wait for a person; others tell of what goes on by itself. */
const urgent: readonly NotificationKind[] = ['sign_in', 'conflicts', 'removals_held', 'creations_held', 'given_up']

/** Notifications that come while the page is open. They stay until a person closes them: nobody has to read fast. */
export function Toasts({ action, className }: Pick<NotificationListProps, 'action' | 'className'>): ReactNode {
  const words = useWords(commonWords, notificationWords)
  const { items } = useNotifications()
  const [fresh, setFresh] = useState<readonly string[]>([])
  const box = useRef<HTMLDivElement>(null)
  useHappenings((happening) => {
    if (happening.type !== 'notification.opened') return
    const { notificationId: id } = happening
    setFresh((before) => [...before.filter((one) => one !== id), id])
  })
  const shown = items.filter(({ id, state }) => state === 'open' && fresh.includes(id))
  const close = (id: string) => {
    setFresh((before) => before.filter((one) => one !== id))
    // Whoever goes through them by keyboard is not thrown back to the start of the page.
    const next = [...(box.current?.querySelectorAll<HTMLElement>('[data-id] > button') ?? [])]
    next.find(({ parentElement }) => parentElement?.dataset['id'] !== id)?.focus()
  }
  const show = (isUrgent: boolean) =>
    shown
      .filter(({ kind }) => urgent.includes(kind) === isUrgent)
      .map((one) => (
        <div key={one.id} data-id={one.id} data-cw-part="toast" data-kind={one.kind}>
          <Told one={one} action={action} />
          <button type="button" onClick={() => close(one.id)}>
            {words.close}
            <span data-cw-part="hidden">: {one.words}</span>
          </button>
        </div>
      ))
  return (
    <div ref={box} data-cw-part="toasts" className={className}>
      <div role="alert">{show(true)}</div>
      <div role="status">{show(false)}</div>
    </div>
  )
}

function Told(props: {
  readonly one: ShownNotification
  readonly action: NotificationListProps['action'] | undefined
}): ReactNode {
  const { one, action } = props
  const words = useWords(notificationWords)
  const { relative, dateTime } = useFormats()
  return (
    <div data-cw-part="told">
      <strong data-cw-part="kind">{words.notificationKinds[one.kind]}</strong>
      <p dir="auto">{one.words}</p>
      {action?.(one) ?? (one.remedy !== undefined && <p data-cw-part="remedy">{one.remedy}</p>)}
      <time dateTime={new Date(one.openedAt).toISOString()} title={dateTime(one.openedAt)}>
        {relative(one.openedAt)}
      </time>
    </div>
  )
}
