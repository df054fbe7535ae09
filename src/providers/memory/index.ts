import * as z from 'zod'
import { SyncError } from '../../errors.js'
import type { AccountAccess, CalendarProvider, ProviderAccount } from '../provider.js'
import { memoryAccount } from './account.js'
import type { MemoryBehaviour } from './behaviour.js'
import type { MemoryCalendarSettings } from './calendar.js'
import type { Gate } from './gate.js'
import { defaultAccount, MemoryService } from './service.js'

export type { MemoryBehaviour } from './behaviour.js'
export { longestLag } from './behaviour.js'
export type { MemoryCalendarSettings, MemoryCalendarSnapshot, MemoryEventSettings } from './calendar.js'
export { MemoryCalendar } from './calendar.js'
export type { PastChange } from './event-log.js'
export type { Fault, Gate, MemoryCall } from './gate.js'
export type { MemoryServiceOptions, MemorySnapshot } from './service.js'
export { MemoryService } from './service.js'
export type { LiveEvent, StoredEvent, Tombstone } from './stored-event.js'

/** Settings of {@link memoryProvider}. */
export interface MemoryProviderOptions {
  /** @default 'memory' */
  readonly id?: string
  /** The service to talk to; then `now` and `behaviour` are that service's matter. @default a new one */
  readonly service?: MemoryService
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
  /** How all calendars of a new service behave, unless they say otherwise. */
  readonly behaviour?: MemoryBehaviour
  /** Calendars to make in the default account. @default none */
  readonly calendars?: readonly MemoryCalendarSettings[]
  /** How many changes a page holds, 1 to 500. @default 200 */
  readonly pageSize?: number
  /** How many writes the engine may have under way at once. @default 8 */
  readonly concurrentWrites?: number
  /** Stands before and after every call. @default none */
  readonly gate?: Gate
}

/** A provider whose service can be reached from the other side. */
export interface MemoryProvider extends CalendarProvider {
  /** The people's side. */
  readonly service: MemoryService
  /** Puts another gate in place, or none, for all accounts that this provider opened. */
  setGate(gate: Gate | undefined): void
}

/**
 * A calendar service in this process, faithful enough to test against: growing revisions, cursors that expire, pages,
 * tombstones, calendars that vanish, events that cannot be read, and services that normalise, lag or lie.
 *
 * An account is opened with `settings: { account: 'name' }`; without a name it is the default one. Credentials are
 * not looked at.
 *
 * @example
 * ```ts
 * import { memoryProvider } from 'calweave/providers/memory'
 *
 * const provider = memoryProvider({ calendars: [{ id: 'work' }] })
 * const start = { kind: 'timed', local: '2026-03-04T09:00:00', zone: 'Europe/Berlin' } as const
 * const time = { start, end: { ...start, local: '2026-03-04T09:15:00' } }
 * provider.service.calendar('work').add({ title: 'Stand-up', time })
 * ```
 */
export function memoryProvider(options: MemoryProviderOptions = {}): MemoryProvider {
  const { id = 'memory', pageSize = 200, concurrentWrites = 8, calendars = [] } = options
  mustBeWithin('pageSize', pageSize, 500)
  mustBeWithin('concurrentWrites', concurrentWrites, 1_000)
  const service = options.service ?? newService(options)
  for (const settings of calendars) service.addCalendar(settings)
  let gate = options.gate
  return {
    id,
    service,
    setGate(next: Gate | undefined): void {
      gate = next
    },
    open(access: AccountAccess): ProviderAccount {
      return memoryAccount({ service, account: accountOf(access), pageSize, concurrentWrites, gate: () => gate })
    },
  }
}

function newService(options: MemoryProviderOptions): MemoryService {
  return new MemoryService({
    ...(options.now !== undefined && { now: options.now }),
    ...(options.behaviour !== undefined && { behaviour: options.behaviour }),
  })
}

const Settings = z.object({ account: z.string().min(1).max(255).default(defaultAccount) }).nullish()

function accountOf(access: AccountAccess): string {
  const settings = Settings.safeParse(access.settings)
  if (settings.success) return settings.data?.account ?? defaultAccount
  const path = settings.error.issues[0]?.path.join('.') || 'settings'
  throw new SyncError('invalid_input', `The setting "${path}" does not fit: give { account: 'name' } or nothing.`)
}

function mustBeWithin(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return
  throw new SyncError('invalid_input', `${name} must be a whole number from 1 to ${most}.`)
}
