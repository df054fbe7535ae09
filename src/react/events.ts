import type { AnswerOf, Snapshot } from '../client/index.js'
import { useFormats } from './context.js'
import { useRoute } from './use-route.js'

/** Which time of which calendars. */
export interface AgendaOptions {
  /** Milliseconds since 1970. */
  readonly from: number
  /** Milliseconds since 1970, exclusive. */
  readonly to: number
  /** IANA zone that floating times and whole days fall into. @default that of the provider */
  readonly zone?: string
  /** @default all */
  readonly calendars?: readonly string[]
}

/** Everything that happens in a span of time, series expanded, each with where it came from. */
export function useAgenda(options: AgendaOptions): Snapshot<AnswerOf<'GET /agenda'>> {
  const { timeZone } = useFormats()
  return useRoute('GET /agenda', { query: { zone: timeZone, ...options } })
}

/** One event of a group with its story. */
export interface EventStory {
  readonly event: Snapshot<AnswerOf<'GET /groups/{groupId}/events/{eventId}'>>
  /** Why it is where it is, and says what it says. */
  readonly explanation: Snapshot<AnswerOf<'GET /groups/{groupId}/events/{eventId}/explanation'>>
  /** Its changes, its conflicts, and what was done because of it. */
  readonly history: Snapshot<AnswerOf<'GET /groups/{groupId}/events/{eventId}/history'>>
}

/** An event of a group, why it is where it is, and what happened to it. */
export function useEvent(groupId: string, eventId: string): EventStory {
  const input = { params: { groupId, eventId } }
  return {
    event: useRoute('GET /groups/{groupId}/events/{eventId}', input),
    explanation: useRoute('GET /groups/{groupId}/events/{eventId}/explanation', input),
    history: useRoute('GET /groups/{groupId}/events/{eventId}/history', input),
  }
}
