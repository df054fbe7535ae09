import { SyncError } from '../../errors.js'
import type { MemoryBehaviour } from './behaviour.js'
import { MemoryCalendar, type MemoryCalendarSettings, type MemoryCalendarSnapshot } from './calendar.js'

/** Settings of a {@link MemoryService}. */
export interface MemoryServiceOptions {
  /** Where the current time comes from. @default Date.now */
  readonly now?: () => number
  /** How all calendars behave, unless they say otherwise. @default like a good service */
  readonly behaviour?: MemoryBehaviour
}

/** The whole state of a service, as JSON. Behaviour is not part of it. */
export interface MemorySnapshot {
  readonly version: 1
  readonly accounts: readonly { readonly name: string; readonly calendars: readonly MemoryCalendarSnapshot[] }[]
}

/** The account that is meant when none is named. */
export const defaultAccount = 'default'

/**
 * A calendar service that lives in this process: accounts, their calendars, and the people who edit them.
 *
 * Several providers can share one service, for example one for each simulated worker.
 *
 * @example
 * ```ts
 * import { MemoryService } from 'calweave/providers/memory'
 *
 * const work = new MemoryService().addCalendar({ id: 'work' })
 * const day = { kind: 'date', date: '2026-03-04' } as const
 * const id = work.add({ title: 'Holiday', time: { start: day, end: { ...day, date: '2026-03-05' } } })
 * work.edit(id, { title: 'Holiday, at last' })
 * ```
 */
export class MemoryService {
  readonly #accounts = new Map<string, Map<string, MemoryCalendar>>()
  readonly #now: () => number
  readonly #behaviour: MemoryBehaviour

  constructor(options: MemoryServiceOptions = {}) {
    this.#now = options.now ?? Date.now
    this.#behaviour = options.behaviour ?? {}
  }

  /** @throws SyncError `invalid_input` when the account has such a calendar. */
  addCalendar(settings: MemoryCalendarSettings, account: string = defaultAccount): MemoryCalendar {
    if (this.find(account, settings.id) !== undefined) {
      throw new SyncError('invalid_input', `The account "${account}" already has a calendar "${settings.id}".`)
    }
    return this.#make(settings, account)
  }

  /** @throws SyncError `invalid_input` when the account has no such calendar. */
  calendar(id: string, account: string = defaultAccount): MemoryCalendar {
    const calendar = this.find(account, id)
    if (calendar !== undefined) return calendar
    throw new SyncError('invalid_input', `The account "${account}" has no calendar "${id}". Make it with addCalendar.`)
  }

  /** The calendars of an account, vanished ones too. */
  calendarsOf(account: string = defaultAccount): readonly MemoryCalendar[] {
    return [...(this.#accounts.get(account)?.values() ?? [])]
  }

  /** From now on no calendar of the service accepts an earlier cursor. */
  expireCursors(): void {
    for (const calendars of this.#accounts.values()) for (const calendar of calendars.values()) calendar.expireCursors()
  }

  /** @internal */
  find(account: string, id: string): MemoryCalendar | undefined {
    return this.#accounts.get(account)?.get(id)
  }

  /** The state as it is now. It shares the events, which never change, so it costs little. */
  snapshot(): MemorySnapshot {
    const accounts = Array.from(this.#accounts, ([name, calendars]) => ({
      name,
      calendars: Array.from(calendars.values(), (calendar) => calendar.snapshot()),
    }))
    return { version: 1, accounts }
  }

  /**
   * Goes back to a state. Calendars that the snapshot does not have are gone, and handles to them lead nowhere; the
   * others keep their behaviour and their handles. Cursors count as they did then, so one that was given out later
   * may be accepted once the calendar has grown again; call {@link expireCursors} to rule that out.
   *
   * @throws SyncError `invalid_input` for anything but a snapshot.
   */
  restore(snapshot: MemorySnapshot): void {
    if (snapshot.version !== 1) throw new SyncError('invalid_input', 'This is not a snapshot of a memory service.')
    const before = new Map(this.#accounts)
    this.#accounts.clear()
    for (const { name, calendars } of snapshot.accounts) {
      for (const state of calendars) {
        const kept = before.get(name)?.get(state.id)
        if (kept !== undefined) this.#calendarsOf(name).set(kept.id, kept)
        const calendar = kept ?? this.#make({ id: state.id }, name)
        calendar.restore(state)
      }
    }
  }

  #make(settings: MemoryCalendarSettings, account: string): MemoryCalendar {
    const calendar = new MemoryCalendar(settings, {
      account,
      now: this.#now,
      behaviour: this.#behaviour,
      sibling: (id) => this.calendar(id, account),
    })
    this.#calendarsOf(account).set(settings.id, calendar)
    return calendar
  }

  #calendarsOf(account: string): Map<string, MemoryCalendar> {
    const known = this.#accounts.get(account)
    if (known !== undefined) return known
    const calendars = new Map<string, MemoryCalendar>()
    this.#accounts.set(account, calendars)
    return calendars
  }
}
