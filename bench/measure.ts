import { performance } from 'node:perf_hooks'

/** What a piece of work cost this process. */
export interface Cost {
  readonly wallMs: number
  /** User and system time of all threads. */
  readonly cpuMs: number
  /** The most memory that this process ever held, set-up included. */
  readonly peakRssMb: number
}

export async function measured<T>(work: () => Promise<T>): Promise<{ readonly cost: Cost; readonly result: T }> {
  const cpuBefore = process.cpuUsage()
  const started = performance.now()
  const result = await work()
  const wallMs = performance.now() - started
  const { user, system } = process.cpuUsage(cpuBefore)
  return { cost: { wallMs, cpuMs: (user + system) / 1_000, peakRssMb: process.resourceUsage().maxRSS / 1_024 }, result }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Three significant digits are more than a shared machine can promise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
