import type { AuditAction, AuditEntry } from 'calweave'
import type { Book } from './book.js'

const words: Readonly<Record<AuditAction, string>> = {
  created: 'copy made',
  updated: 'updated',
  removed: 'removed',
  adopted: 'recognised',
  parked: 'left to a person',
  resolved: 'conflict settled',
  reopened: 'conflict opened again',
  undone: 'taken back',
  approved: 'held changes approved',
  rejected: 'held changes put back',
  'group.created': 'group made',
  'group.changed': 'settings changed',
  'group.removed': 'group ended',
  'rules.added': 'rule added',
  'connection.added': 'account connected',
  'connection.signedIn': 'signed in',
  'connection.needsSignIn': 'sign-in has ended',
  'connection.disconnected': 'account disconnected',
  'connection.resealed': 'credentials sealed anew',
  'watch.started': 'notices switched on',
  'watch.stopped': 'notices switched off',
  'pause.added': 'paused',
  'pause.removed': 'pause ended',
  'copies.cleaned': 'copies removed',
}

/** What an entry of the audit says, in a few words. */
export function auditWords({ action, calendarId, fields, settings = [] }: AuditEntry, book: Book): string {
  // What a thing was made with is all of it, and says nothing.
  const what = action.endsWith('.changed') ? settings : fields
  const where = calendarId === null ? '' : ` in ${book.nameOf(calendarId)}`
  return `${words[action]}${where}${what.length > 0 ? `: ${what.join(', ')}` : ''}`
}

/** Who did it. */
export function actorWords({ actor, cause }: AuditEntry): string {
  if ('run' in actor)
    return cause === 'push'
      ? 'a sync after a notice'
      : cause === 'person'
        ? 'a sync that was asked for'
        : 'a sync by schedule'
  return 'user' in actor ? (actor.name ?? actor.user) : 'calweave'
}
