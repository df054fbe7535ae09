/** One pair in one phase. Times are medians. */
export interface Row {
  readonly pair: string
  readonly phase: string
  readonly events: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakRssMb: number
  /** Of the measured process before its sync: Node, the library, the database driver. */
  readonly rssBeforeMb: number
  /** Of one repetition: where its time went. */
  readonly phaseMs: Readonly<Record<string, number>>
  readonly requests: number
  readonly methods: Readonly<Record<string, number>>
  /** Bytes of bodies, without headers. */
  readonly bytesUp: number
  readonly bytesDown: number
  /** The same requests from a bare undici client. */
  readonly floorWallMs: number
  readonly floorCpuMs: number
  /** The same requests from the global `fetch`. */
  readonly fetchWallMs: number
  readonly fetchCpuMs: number
  /** Of the peer, doing the same; absent without one. */
  readonly peerWallMs?: number
  readonly peerCpuMs?: number
  readonly peerRssMb?: number
  /** `peerWallMs / wallMs`: how many times faster calweave is. */
  readonly peerRatio?: number
  /** `wallMs / floorWallMs` */
  readonly ratio: number
  readonly fetchRatio: number
  /** What was sent, in order. */
  readonly stages: readonly string[]
}

const columns = [
  'pair',
  'phase',
  'wallMs',
  'cpuMs',
  'peakRssMb',
  'requests',
  'bytesUp',
  'bytesDown',
  'floorWallMs',
  'floorCpuMs',
  'fetchWallMs',
  'ratio',
  'fetchRatio',
  'peerWallMs',
  'peerCpuMs',
  'peerRatio',
] as const

export function table(rows: readonly Row[]): string {
  const lines = [columns.map(String), ...rows.map((row) => columns.map((column) => String(row[column] ?? '-')))]
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)))
  return lines.map((line) => line.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('  ')).join('\n')
}
