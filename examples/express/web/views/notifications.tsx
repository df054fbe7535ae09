import { useFormats, useRoute, useStore } from 'calweave/react'
import { ArrowRight, BellOff, Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../parts/button.js'
import { useDoing } from '../parts/doing.js'
import { Empty, Panel, Problem, Waiting } from '../parts/panel.js'
import { inside } from '../router.js'
import { wayOut } from './attention.js'

/** What somebody should know of, for as long as it is so, and what is over. */
export function Notifications(): ReactNode {
  const store = useStore()
  const { data, error } = useRoute('GET /notifications')
  const { data: old } = useRoute('GET /notifications', { query: { state: 'resolved', limit: 50 } })
  const { relative } = useFormats()
  const { isBusy, problem, run } = useDoing()
  const seen = (notificationId: string) =>
    run(() => store.mutate('POST /notifications/{notificationId}/acknowledge', { params: { notificationId } }))
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">Notifications</h1>
      {problem !== undefined && <Problem message={problem} />}
      <Panel>
        {error && <Problem message={error.message} />}
        {!data && !error && <Waiting />}
        {data?.items.length === 0 && (
          <Empty icon={<BellOff size={18} aria-hidden="true" />} title="Nothing needs you">
            What mends itself is never told here.
          </Empty>
        )}
        <ul>
          {data?.items.map(({ id, words, remedy, code, about, openedAt, state }) => {
            const way = code && wayOut({ code, about })
            return (
              <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-2 border-t px-4 py-3 first:border-t-0">
                <span
                  aria-hidden="true"
                  className={`size-2 shrink-0 rounded-full ${state === 'open' ? 'bg-warn' : 'bg-line-strong'}`}
                />
                <span className="min-w-52 flex-1">
                  <span className={`block ${state === 'open' ? 'font-medium' : ''}`}>{words}</span>
                  <span className="block text-sm text-soft">
                    {remedy !== undefined && `${remedy} `}Since {relative(openedAt)}.
                  </span>
                </span>
                {state === 'open' && (
                  <Button look="quiet" disabled={isBusy} onClick={() => seen(id)}>
                    <Check size={14} aria-hidden="true" />
                    Seen
                  </Button>
                )}
                {way && (
                  <a
                    {...inside(way.to)}
                    className="inline-flex min-h-8 items-center gap-1 text-sm font-semibold text-accent hover:underline"
                  >
                    {way.text}
                    <ArrowRight size={14} aria-hidden="true" />
                  </a>
                )}
              </li>
            )
          })}
        </ul>
      </Panel>
      {old && old.items.length > 0 && (
        <Panel title="Over">
          <ul className="mt-1">
            {old.items.map(({ id, words, resolvedAt }) => (
              <li key={id} className="flex justify-between gap-3 border-t px-4 py-2 text-sm text-soft">
                <span>{words}</span>
                {resolvedAt !== undefined && <span className="shrink-0 text-xs">{relative(resolvedAt)}</span>}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  )
}
