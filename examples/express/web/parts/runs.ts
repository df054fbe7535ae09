import type { Run } from 'calweave'

/** How a run went, in one word. */
export type RunLook = 'good' | 'partly' | 'bad' | 'cut'

export function lookOf({ failures, end, counts }: Run): RunLook {
  if (end === 'aborted' || end === 'budget') return 'cut'
  if (failures.length > 0 || counts.failed > 0)
    return counts.observed + counts.created + counts.updated > 0 ? 'partly' : 'bad'
  return 'good'
}

/** What a run did, in words. */
export function wordsOf({ counts, failures }: Run): string {
  const { created, updated, removed, parked, conflicts, held, observed } = counts
  const parts = [
    counted(created, 'copy made', 'copies made'),
    counted(updated, 'updated', 'updated'),
    counted(removed, 'removed', 'removed'),
    counted(conflicts, 'conflict settled', 'conflicts settled'),
    counted(parked, 'left to you', 'left to you'),
    counted(held, 'held back', 'held back'),
    counted(failures.length, 'calendar failed', 'calendars failed'),
  ].filter((part) => part !== '')
  if (parts.length > 0) return parts.join(', ')
  return observed > 0 ? `${observed} ${observed === 1 ? 'change' : 'changes'} seen, nothing to write` : 'Nothing to do'
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? '' : `${count} ${count === 1 ? one : many}`
}
