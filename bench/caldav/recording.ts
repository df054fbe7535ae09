import { performance } from 'node:perf_hooks'

/** A request as calweave sent it, and what of the answer later requests depend on. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly startedAt: number
  readonly endedAt: number
  /** The token in the answer, by which a later request says where it goes on. */
  readonly token: string | null
}

/** A `fetch` that writes down what passes through it. Used in a run of its own, never in a measured one. */
export function recordingFetch(into: Sent[]): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const body = request.body ? await request.clone().text() : null
    const startedAt = performance.now()
    const response = await fetch(request)
    const text = await response.clone().text()
    const { method, url } = request
    const headers = Object.fromEntries(request.headers)
    into.push({ method, url, headers, body, startedAt, endedAt: performance.now(), token: tokenIn(text) })
    return response
  }
}

export function tokenIn(text: string): string | null {
  return /sync-token[^>]*>([^<]+)</.exec(text)?.[1] ?? null
}

/** Requests of one kind that calweave sent one after the other, and how many of them were under way at once. */
export interface Stage {
  readonly kind: string
  readonly concurrency: number
  readonly requests: readonly Sent[]
}

/** The shortest account of what was sent: stages in order, each done before the next begins. */
export function stagesOf(sent: readonly Sent[]): readonly Stage[] {
  const stages: { kind: string; requests: Sent[] }[] = []
  for (const request of [...sent].sort((a, b) => a.startedAt - b.startedAt)) {
    const kind = kindOf(request)
    const current = stages.at(-1)
    if (current?.kind === kind) current.requests.push(request)
    else stages.push({ kind, requests: [request] })
  }
  return stages.map((stage) => ({ ...stage, concurrency: mostAtOnce(stage.requests) }))
}

function kindOf({ method, body }: Sent): string {
  return `${method} ${/<(?:\w+:)?(sync-collection|calendar-multiget|propfind)/.exec(body ?? '')?.[1] ?? ''}`.trim()
}

function mostAtOnce(requests: readonly Sent[]): number {
  return Math.max(
    ...requests.map(
      (one) => requests.filter((other) => other.startedAt <= one.startedAt && other.endedAt > one.startedAt).length,
    ),
  )
}
