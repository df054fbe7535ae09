import type { SyncError } from '../../errors.js'
import { readObject } from '../../ical/read.js'
import type { EventContent, OccurrenceContent } from '../../model/content.js'
import type { CreateKey, RemoteId, Revision, Uid } from '../../model/ids.js'
import type { RemoteEvent } from '../provider.js'
import { revisionOf } from './etag.js'
import { fileName } from './href.js'
import type { Traits } from './traits.js'

/** What one resource of a calendar is. */
export type ReadResource =
  | { readonly type: 'event'; readonly event: RemoteEvent & { readonly raw: string; readonly revision: Revision } }
  | { readonly type: 'unreadable'; readonly id: RemoteId; readonly revision: Revision; readonly error: SyncError }
  /** A task or journal: not an event, and no concern of ours. */
  | { readonly type: 'other'; readonly id: RemoteId }

/** The event in a resource's text. */
export function toEvent(id: RemoteId, text: string, tag: string | null | undefined, traits: Traits): ReadResource {
  const revision = revisionOf(tag, text, traits.repeatsTags)
  const unit = readObject(text)
  if (!unit.ok) {
    if (unit.error.code === 'unsupported' && !/^BEGIN:VEVENT\s*$/im.test(text)) return { type: 'other', id }
    return { type: 'unreadable', id, revision, error: unit.error }
  }
  const key = keyOf(unit.uid, id)
  return {
    type: 'event',
    event: {
      id,
      uid: unit.uid,
      revision,
      content: traits.writesPublic ? withoutPublic(unit.content) : unit.content,
      stamps: unit.stamps,
      raw: text,
      ...(unit.mark ? { mark: unit.mark } : {}),
      ...(key ? { key } : {}),
      ...(unit.readOnly ? { readOnly: true } : {}),
    },
  }
}

/** Where the server itself says `PUBLIC` for those who said nothing, nothing was said. */
function withoutPublic(content: EventContent): EventContent {
  const overrides = Object.entries(content.overrides).map(([slot, override]) =>
    override.kind === 'changed' ? [slot, { ...override, content: unsaid(override.content) }] : [slot, override],
  )
  return { ...unsaid(content), overrides: Object.fromEntries(overrides) }
}

function unsaid<C extends OccurrenceContent>(content: C): C {
  return content.visibility === 'public' ? { ...content, visibility: 'default' } : content
}

const uidSuffix = '@calweave'

/** The UID of a copy of ours. The same UID may not stand in two calendars of one account, so it is made from the key. */
export function uidFor(key: CreateKey): Uid {
  return `${key}${uidSuffix}` as Uid
}

/** The file name of a copy of ours. */
export function nameFor(key: CreateKey): string {
  return `${key}.ics`
}

/** The key that an event's identity shows: its UID, or its file name on servers that replace UIDs. */
function keyOf(uid: string, id: RemoteId): CreateKey | undefined {
  const fromUid = uid.endsWith(uidSuffix) ? uid.slice(0, -uidSuffix.length) : undefined
  const fromName = /^(.+)\.ics$/.exec(fileName(id))?.[1]
  return [fromUid, fromName].find((text) => text !== undefined && /^[0-9a-v]{16,64}$/.test(text)) as
    | CreateKey
    | undefined
}
