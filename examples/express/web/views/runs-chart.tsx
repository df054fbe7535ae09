import type { Run } from 'calweave'
import { useFormats } from 'calweave/react'
import type { ReactNode } from 'react'
import { useRuns } from '../parts/all-runs.js'
import { Panel, Waiting } from '../parts/panel.js'
import { lookOf } from '../parts/runs.js'

const hour = 3_600_000
const hours = 24
/** Of the drawing: where the bars stand, and how high they may be. */
const [floor, height] = [226, 214]

interface Bucket {
  readonly from: number
  readonly good: number
  readonly partly: number
  readonly bad: number
}

const kinds = [
  { kind: 'bad', text: 'Failed', color: 'fill-bad', dot: 'bg-bad' },
  { kind: 'partly', text: 'In part', color: 'fill-warn', dot: 'bg-warn' },
  { kind: 'good', text: 'Done', color: 'fill-accent', dot: 'bg-accent' },
] as const

/** How many syncs did something in each hour of the last day, and how they went. */
export function RunsChart({ groupIds }: { readonly groupIds: readonly string[] }): ReactNode {
  const runs = useRuns(groupIds, 200)
  const { time } = useFormats()
  const buckets = runs && bucketsOf(runs, Date.now())
  const most = Math.max(4, ...(buckets ?? []).map(({ good, partly, bad }) => good + partly + bad))
  const top = Math.ceil(most / 4) * 4
  const all = runs?.filter(({ startedAt }) => startedAt > Date.now() - hours * hour).length ?? 0
  return (
    <Panel title="Syncs that did something, last 24 hours" className="flex flex-col">
      {!buckets ? (
        <Waiting rows={5} />
      ) : (
        <figure className="flex flex-1 flex-col gap-2 px-4 pt-1 pb-3.5">
          <svg viewBox="0 0 480 250" role="img" aria-label={`${all} syncs in 24 hours`} className="block w-full flex-1">
            {[0, top / 2, top].map((count) => {
              const y = floor - (count / top) * height
              return (
                <g key={count}>
                  <line x1="22" x2="480" y1={y} y2={y} className="stroke-line" />
                  <text
                    x="16"
                    y={y + 3.5}
                    textAnchor="end"
                    className="fill-soft text-[10px] max-sm:text-[15px] tabular-nums"
                  >
                    {count}
                  </text>
                </g>
              )
            })}
            {buckets.map((bucket, index) => (
              <Bar key={bucket.from} bucket={bucket} index={index} top={top} />
            ))}
            {buckets.map(({ from }, index) =>
              index % 6 === 0 ? (
                <text
                  key={from}
                  x={26 + index * 19}
                  y="246"
                  className="fill-soft text-[10px] max-sm:text-[15px] tabular-nums"
                >
                  {time(from)}
                </text>
              ) : null,
            )}
            <text x="480" y="246" textAnchor="end" className="fill-soft text-[10px] max-sm:text-[15px]">
              now
            </text>
          </svg>
          <figcaption className="flex gap-4 text-xs text-soft">
            {kinds.toReversed().map(({ kind, text, dot }) => (
              <span key={kind} className="inline-flex items-center gap-1.5">
                <span aria-hidden="true" className={`size-2 rounded-xs ${dot}`} />
                {text}
              </span>
            ))}
          </figcaption>
        </figure>
      )}
    </Panel>
  )
}

function Bar({
  bucket,
  index,
  top,
}: {
  readonly bucket: Bucket
  readonly index: number
  readonly top: number
}): ReactNode {
  const { time } = useFormats()
  let y = floor
  return (
    <g>
      <title>{`${time(bucket.from)}: ${bucket.good + bucket.partly + bucket.bad}`}</title>
      {kinds.toReversed().map(({ kind, color }) => {
        const own = (bucket[kind] / top) * height
        y -= own
        return own > 0 ? (
          <rect key={kind} x={26 + index * 19} y={y + 0.5} width="14" height={own - 0.5} rx="2" className={color} />
        ) : null
      })}
    </g>
  )
}

function bucketsOf(runs: readonly Run[], now: number): readonly Bucket[] {
  const last = Math.floor(now / hour) * hour
  return Array.from({ length: hours }, (_, index) => {
    const from = last - (hours - 1 - index) * hour
    const own = runs.filter(({ startedAt }) => startedAt >= from && startedAt < from + hour).map(lookOf)
    const count = (...looks: readonly string[]) => own.filter((look) => looks.includes(look)).length
    return { from, good: count('good', 'cut'), partly: count('partly'), bad: count('bad') }
  })
}
