import type { Connection, SyncGroup } from 'calweave'
import { useRoute } from 'calweave/react'
import { useMemo } from 'react'

/** A calendar as lists show it. */
export interface KnownCalendar {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly connectionId: string
  readonly access: 'read' | 'write'
}

/** Who is who among the ids that events, runs and conflicts name. */
export interface Book {
  readonly calendars: readonly KnownCalendar[]
  readonly connections: readonly Connection[]
  readonly groups: readonly SyncGroup[]
  readonly isRead: boolean
  calendar(id: string | null | undefined): KnownCalendar | undefined
  /** `Work (Google)`. */
  nameOf(id: string | null | undefined): string
  group(id: string | null | undefined): SyncGroup | undefined
}

export function useBook(): Book {
  const { data: calendars } = useRoute('GET /calendars')
  const { data: connections } = useRoute('GET /connections')
  const { data: groups } = useRoute('GET /groups')
  return useMemo(() => {
    const byId = new Map<string, KnownCalendar>(calendars?.items.map((one) => [one.id, one]))
    const accounts = new Map<string, Connection>(connections?.items.map((one) => [one.id, one]))
    const groupsById = new Map<string, SyncGroup>(groups?.items.map((one) => [one.id, one]))
    return {
      calendars: calendars?.items ?? [],
      connections: connections?.items ?? [],
      groups: groups?.items ?? [],
      isRead: calendars !== undefined && connections !== undefined && groups !== undefined,
      calendar: (id) => byId.get(id ?? ''),
      nameOf(id) {
        const found = byId.get(id ?? '')
        if (!found) return 'a calendar that is gone'
        const account = accounts.get(found.connectionId)
        return account ? `${found.name} (${account.name})` : found.name
      },
      group: (id) => groupsById.get(id ?? ''),
    }
  }, [calendars, connections, groups])
}
