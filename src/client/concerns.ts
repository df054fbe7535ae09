import type { Happening } from '../server/index.js'

/** Which routes a happening may change the answer of: words in their paths; `*`: of all. */
const concerns: Readonly<Record<Happening['type'], string>> = {
  'run.started': 'status',
  'run.progress': 'status',
  'run.ended': '*',
  'run.failed': 'status jobs notifications analytics metrics',
  'conflict.opened': 'conflicts status events audit metrics',
  'conflict.resolved': '*',
  'changes.held': 'held groups status',
  'group.givenUp': 'status jobs groups',
  'connection.needsSignIn': 'connections status audit',
  'connection.restored': 'connections status audit',
  'connection.added': '*',
  'watch.failing': 'status',
  'watch.lost': 'status audit',
  'notification.opened': 'notifications status',
  'notification.resolved': 'notifications status',
  'notifications.undelivered': 'status',
  'group.verified': 'analytics metrics status groups',
}

/** Whether what happened may change what this route answers. */
export function isConcerned(route: string, groupId: string | undefined, happening: Happening): boolean {
  const ofGroup = groupOf(happening)
  if (groupId !== undefined && ofGroup !== undefined && groupId !== ofGroup) return false
  const words = concernedBy(happening).split(' ')
  return words.includes('*') || words.some((word) => route.split(/[ /]/).includes(word))
}

function concernedBy(happening: Happening): string {
  // Most runs find nothing to do.
  if (happening.type === 'run.ended' && isQuiet(happening.run)) return 'status analytics metrics jobs'
  // A newer server may tell of what this client does not know.
  return concerns[happening.type] ?? '*'
}

function isQuiet({ counts, failures, more }: Extract<Happening, { type: 'run.ended' }>['run']): boolean {
  return !more && failures.length === 0 && Object.values(counts).every((count) => count === 0)
}

function groupOf(happening: Happening): string | undefined {
  if ('groupId' in happening) return happening.groupId
  return 'run' in happening ? happening.run.groupId : undefined
}
