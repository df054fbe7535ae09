import { type AuditAction, type AuditActor, type AuditNote, type ChainId, userChain } from '../model/audit.js'
import { canonical } from '../model/canonical.js'
import type { EventContent } from '../model/content.js'
import { contentDigest } from '../model/equality.js'
import type { SyncGroup } from '../model/group.js'
import { digest, sha256Hex } from '../model/hash.js'
import type { CalendarId, ConnectionId, GroupId, UserId } from '../model/ids.js'
import type { Json } from '../model/json.js'
import type { RecordChange } from '../storage/storage.js'
import { noted } from './chain.js'
import type { Engine } from './engine.js'

/** Who is at work outside of a run: the person whose handle is used. */
export function personOf(user: UserId, name: string | undefined): AuditActor {
  return { user, ...(name === undefined ? {} : { name }) }
}

/** The digests of a copy before and after, and what they are of where that is kept. */
export function contentsOf(
  before: EventContent | undefined,
  after: EventContent | undefined,
  { auditValues }: Pick<Engine, 'auditValues'>,
): Pick<AuditNote, 'before' | 'after' | 'values'> {
  const json = (content: EventContent | undefined) => (content ?? null) as unknown as Json
  return {
    before: before ? contentDigest(before) : null,
    after: after ? contentDigest(after) : null,
    ...(auditValues ? { values: { before: json(before), after: json(after) } } : {}),
  }
}

/** A setting that is changed outside of a run. */
export interface SettingChange {
  readonly action: AuditAction
  /** @default the user's own chain */
  readonly chain?: ChainId
  /** @default the person whose handle is used */
  readonly actor?: AuditActor
  readonly groupId?: GroupId
  readonly calendarId?: CalendarId
  readonly connectionId?: ConnectionId
  /** Null: there was, or is, none. @default nothing is told of values */
  readonly before?: { readonly [name: string]: Json | undefined } | null
  readonly after?: { readonly [name: string]: Json | undefined } | null
}

/** The entry for a setting, to be committed with it. */
export function settingNote(
  change: SettingChange,
  user: UserId,
  engine: Pick<Engine, 'now' | 'auditValues' | 'actorName'>,
): RecordChange {
  const { action, chain = userChain, groupId = null, calendarId = null, connectionId, before, after } = change
  const at = engine.now()
  const settings = namesOf(before ?? {}, after ?? {})
  const digestOf = (value: Json | undefined) => (value ? sha256Hex(canonical(value)) : null)
  return noted({
    // Two of one kind about one thing in one commit: there are none.
    id: digest('audit', action, groupId ?? '', calendarId ?? '', connectionId ?? '', String(at)),
    chain,
    at,
    groupId,
    eventId: null,
    actor: change.actor ?? personOf(user, engine.actorName),
    action,
    calendarId,
    ...(connectionId === undefined ? {} : { connectionId }),
    fields: [],
    ...(settings.length > 0 ? { settings } : {}),
    before: digestOf(before),
    after: digestOf(after),
    ...(engine.auditValues && (before || after) ? { values: { before: before ?? null, after: after ?? null } } : {}),
  })
}

type Settings = { readonly [name: string]: Json | undefined }

function namesOf(before: Settings, after: Settings): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => canonical(before[name] ?? null) !== canonical(after[name] ?? null)).sort()
}

/** What a person set of a group; not where its syncs are. */
export function settingsOf(group: SyncGroup): Settings {
  const { name, members, rules, fieldStrategies, strategies, removal, removalGuard, creationGuard } = group
  return JSON.parse(
    JSON.stringify({ name, members, rules, fieldStrategies, strategies, removal, removalGuard, creationGuard }),
  ) as Settings
}
