import type { Storage } from '../../storage/storage.js'
import type { Place } from './kinds.js'
import { tokensIn } from './words.js'

/** The last page of a story: what stands where, and what the engine believes. */
export async function storyOf(places: readonly Place[], storage: Storage): Promise<readonly string[]> {
  const lines: string[] = []
  for (const { calendar, role, traits, account } of places) {
    lines.push(`${calendar.id} (${role}, ${account}) ${traits.join(', ')}`)
    for (const { id, uid, mark, content, raw } of calendar.all()) {
      const own = Object.entries(content.overrides).map(([slot, { kind }]) => `${slot} ${kind}`)
      lines.push(
        `  ${id} ${uid} ${mark ? `mark ${mark.eventId.slice(0, 6)}` : 'no mark'} ${content.title} | ${tokensIn(content).join(' ')} | ${own.join(', ')}`,
      )
      if (raw !== undefined) lines.push(`    ${raw}`)
    }
  }
  for (const { value } of (await storage.list('user' as never, 'event', { limit: 1_000 })).records)
    lines.push(`engine ${JSON.stringify(value)}`)
  for (const { value } of (await storage.list('user' as never, 'conflict', { limit: 1_000 })).records)
    lines.push(`conflict ${JSON.stringify(value)}`)
  return lines
}
