import type { AnswerOf, Snapshot } from '../client/index.js'
import { useRoute } from './use-route.js'

/** Who is signed in, what may be connected, and what the server can do. */
export function useSession(): Snapshot<AnswerOf<'GET /session'>> {
  return useRoute('GET /session')
}
