import type { AnswerOf, Snapshot } from '../client/index.js'
import { useRoute } from './use-route.js'

/** Which stretch of time, in milliseconds since 1970. */
export interface AnalyticsOptions {
  /** @default 7 days before `to` */
  readonly from?: number
  /** @default now */
  readonly to?: number
}

/** What the syncs of this user came to, by day, and how the aims stand; unread where the server does not count. */
export function useAnalytics(options: AnalyticsOptions = {}): Snapshot<AnswerOf<'GET /analytics'>> {
  const counts = useRoute('GET /session').data?.counts
  return useRoute('GET /analytics', ...((counts ? [{ query: options }] : [null]) as never))
}

/** The same of all users, for operators. */
export function useMetrics(
  options: AnalyticsOptions & { readonly bucket?: 'five-minutes' | 'hour' | 'day' } = {},
): Snapshot<AnswerOf<'GET /metrics'>> {
  const session = useRoute('GET /session').data
  return useRoute('GET /metrics', ...((session?.counts && session.isOperator ? [{ query: options }] : [null]) as never))
}
