import type { EventContent } from '../../../src/model/content.js'
import { completeContent } from '../../../src/model/content.js'
import type { CreateKey, Cursor, RemoteCalendarId, RemoteId, Revision } from '../../../src/model/ids.js'
import type { Mark } from '../../../src/model/origin.js'
import { type CaldavProviderOptions, caldavProvider } from '../../../src/providers/caldav/index.js'
import type {
  ChangePage,
  ProviderAccount,
  PullFrom,
  RemoteChange,
  RemoteEvent,
} from '../../../src/providers/provider.js'
import { type CaldavStub, type CaldavStubOptions, startCaldavStub } from '../../support/caldav-stub.js'

/** A stub and an account at it, both given back at the end of the test. */
export async function withStub(
  options: CaldavStubOptions,
  run: (stub: CaldavStub, account: ProviderAccount, calendar: RemoteCalendarId) => Promise<void>,
  provider: CaldavProviderOptions = {},
): Promise<void> {
  const stub = await startCaldavStub({ username: 'jane', password: 'secret', ...options })
  try {
    await run(stub, openAt(stub.url, provider), stub.calendar('work') as RemoteCalendarId)
  } finally {
    await stub.close()
  }
}

export function openAt(url: string, options: CaldavProviderOptions = {}, password = 'secret'): ProviderAccount {
  const allowedHosts = [new URL(url).host]
  return caldavProvider({ allowedHosts, ...options }).open({
    settings: { url },
    credentials: { username: 'jane', password },
  })
}

/** What an engine would hold of one calendar. */
export class Mirror {
  readonly held: Map<RemoteId, Revision | undefined> = new Map()
  readonly events: Map<RemoteId, RemoteEvent> = new Map()
  cursor: Cursor | undefined
  pages: ChangePage[] = []
  complete = false
  readonly account: ProviderAccount
  readonly calendar: RemoteCalendarId

  constructor(account: ProviderAccount, calendar: RemoteCalendarId) {
    this.account = account
    this.calendar = calendar
  }

  get changes(): readonly RemoteChange[] {
    return this.pages.flatMap((page) => page.changes)
  }

  from(extra: Pick<PullFrom, 'resume'> = {}): PullFrom {
    const { held, cursor } = this
    return {
      ...(cursor === undefined ? {} : { cursor }),
      ...extra,
      async known(ids) {
        return new Map(
          ids.flatMap((id) => (held.get(id) === undefined ? [] : [[id, held.get(id) as Revision] as const])),
        )
      },
      async *held() {
        yield held
      },
    }
  }

  /** One pull, taken over as an engine does: marks and sweeps after a complete listing. */
  async pull(extra: Pick<PullFrom, 'resume'> = {}): Promise<readonly RemoteChange[]> {
    const pull = await this.account.changes(this.calendar, this.from(extra))
    this.complete = pull.complete
    this.pages = []
    const seen = new Set<RemoteId>()
    for await (const page of pull.pages) {
      this.pages.push(page)
      for (const change of page.changes) {
        const id = change.type === 'upsert' ? change.event.id : change.id
        if (change.type === 'removed') {
          this.held.delete(id)
          this.events.delete(id)
          continue
        }
        seen.add(id)
        if (change.type === 'upsert') {
          this.held.set(id, change.event.revision)
          this.events.set(id, change.event)
        } else if (change.type === 'unreadable') this.held.set(id, change.revision)
      }
      if (page.cursor !== undefined) this.cursor = page.cursor
    }
    if (pull.complete && !extra.resume) {
      for (const id of [...this.held.keys()]) if (!seen.has(id)) this.held.delete(id)
    }
    return this.changes
  }
}

export function content(given: Partial<EventContent> = {}): EventContent {
  return completeContent({
    title: 'Stand-up',
    time: {
      start: { kind: 'timed', local: '2026-03-04T09:00:00', zone: 'Europe/Berlin' },
      end: { kind: 'timed', local: '2026-03-04T09:30:00', zone: 'Europe/Berlin' },
    },
    ...given,
  })
}

export const keyOf = (n: number): CreateKey => n.toString(32).padStart(32, '0') as CreateKey

export function markOf(key: CreateKey): Mark {
  return {
    groupId: 'group_1' as never,
    eventId: 'event_1' as never,
    calendarId: 'calendar_1' as never,
    incarnation: 0,
    key,
    signature: 'c2lnbmF0dXJl',
  }
}

export function ics(uid: string, title = 'Lunch', extra = ''): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//example//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260304T110000Z',
    'DTEND:20260304T120000Z',
    `SUMMARY:${title}`,
    ...(extra === '' ? [] : extra.split('\n')),
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n')
}
