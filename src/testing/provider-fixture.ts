import type { EventContent } from '../model/content.js'
import type { RemoteCalendarId, RemoteId } from '../model/ids.js'
import type { ProviderAccount } from '../providers/provider.js'

/** An empty calendar that can be written, and somebody else who edits it. */
export interface ProviderFixture {
  readonly account: ProviderAccount
  /** Holds no event yet; nobody but the case and its person touches it. */
  readonly calendar: RemoteCalendarId
  /** Edits the calendar as another client would: not through `account`. */
  readonly person: {
    add(content: EventContent): Promise<RemoteId>
    edit(id: RemoteId, content: EventContent): Promise<void>
    remove(id: RemoteId): Promise<void>
    /** Duplicates an event together with its mark, as clients do that copy all properties they do not know. */
    copy?(id: RemoteId): Promise<RemoteId>
  }
  /**
   * A name that no other fixture has, where the calendar was used before and its service never gives an id twice: the events
   * of this one are made under keys of its own.
   * @default the same keys always
   */
  readonly keysOf?: string
  /** How many events the cases about paging make; give more than a page holds. @default 45 */
  readonly many?: number
  close(): Promise<void>
}
