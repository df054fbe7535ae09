/**
 * How long things took, in a form that can be added up over processes and days: counts between bounds that never change,
 * ten to a power of ten. What is read out of it is within 13 % of the truth; count, sum and most are exact.
 */
export interface Times {
  readonly count: number
  /** Milliseconds, all together. */
  readonly sum: number
  /** The longest, in milliseconds. */
  readonly most: number
  /** How many fell into a bucket, by its number. The n-th ends at 10^(n/10) ms; the last one has no end. */
  readonly buckets: Readonly<Record<string, number>>
}

/** By how much a percentile may be off: half of a bucket's width, on a scale of ratios. */
export const timesError: number = 10 ** 0.05 - 1

/** 10^7 ms, almost three hours. */
const lastBucket = 70

export const noTimes: Times = { count: 0, sum: 0, most: 0, buckets: {} }

/** With one more. Times below 0, which clocks that are set make of things, count as 0. */
export function withTime(times: Times, given: number): Times {
  const ms = Number.isFinite(given) ? Math.max(0, given) : 0
  const bucket = String(bucketOf(ms))
  return {
    count: times.count + 1,
    sum: times.sum + ms,
    most: Math.max(times.most, ms),
    buckets: { ...times.buckets, [bucket]: (times.buckets[bucket] ?? 0) + 1 },
  }
}

export function addTimes(a: Times, b: Times): Times {
  const buckets: Record<string, number> = { ...a.buckets }
  for (const [bucket, count] of Object.entries(b.buckets)) buckets[bucket] = (buckets[bucket] ?? 0) + count
  return { count: a.count + b.count, sum: a.sum + b.sum, most: Math.max(a.most, b.most), buckets }
}

/** The time that this share of all did not exceed, within {@link timesError}; undefined of nothing. */
export function percentile({ count, most, buckets }: Times, share: number): number | undefined {
  if (count === 0) return undefined
  const rank = Math.max(1, Math.ceil(count * share))
  let seen = 0
  for (let bucket = 0; bucket <= lastBucket; bucket++) {
    seen += buckets[bucket] ?? 0
    if (seen >= rank) return Math.min(most, bucket === lastBucket ? most : middleOf(bucket))
  }
  return most
}

/** Up to 1 ms: 0. Then ten buckets to a power of ten. */
function bucketOf(ms: number): number {
  return ms <= 1 ? 0 : Math.min(lastBucket, Math.ceil(Math.log10(ms) * 10 - 1e-9))
}

/** The middle of a bucket by ratio, from which no end of it is further than {@link timesError}. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 1 : 10 ** ((bucket - 0.5) / 10)
}
