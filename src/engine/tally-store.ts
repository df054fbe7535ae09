import { isSyncError } from '../errors.js'
import type { UserId } from '../model/ids.js'
import {
  addTallies,
  everybody,
  type KeptTally,
  noTally,
  spanMs,
  startOf,
  type Tally,
  type TallySpan,
} from '../model/tally.js'
import type { Storage } from '../storage/storage.js'
import { drop, find, padded, put, readPage, type Versioned } from './records.js'

/** Whose the tallies of all users together are. */
export const tallyUser: UserId = '~calweave/tally' as UserId

export const tallyId = ({ span, from, owner }: Pick<KeptTally, 'span' | 'from' | 'owner'>): string =>
  `${span}/${padded(from)}/${owner}`

/**
 * Adds to what is kept. The second attempt at a writing does nothing where the first had reached the storage, as long as
 * nothing else was added between the two. `isNew`: nothing of this stretch and worker had been kept before.
 */
export async function addTally(
  storage: Storage,
  user: UserId,
  counted: KeptTally,
): Promise<{ readonly isNew: boolean }> {
  for (let attempt = 1; ; attempt++) {
    const known = await find(storage, user, 'tally', tallyId(counted))
    if (known?.value.writing === counted.writing) return { isNew: false }
    const tally = known ? addTallies(known.value.tally, counted.tally) : counted.tally
    try {
      await storage.commit(user, { changes: [put('tally', { ...counted, tally }, known?.version ?? 0)] })
      return { isNew: known === undefined }
    } catch (error) {
      // Another process of the same name, or the past was just put together.
      if (!isSyncError(error, 'stale_version') || attempt === 5) throw error
    }
  }
}

/** Takes away what was kept of a stretch and a worker. */
export async function dropTally(storage: Storage, user: UserId, kept: KeptTally): Promise<void> {
  await storage.commit(user, { changes: [drop('tally', kept)] })
}

/**
 * Everything kept that begins in a range of time, in no order. While the past is being put together, once an hour, what is
 * read at the same moment may lack some of it.
 */
export async function* readTallies(
  storage: Storage,
  user: UserId,
  from: number,
  to: number,
): AsyncGenerator<readonly KeptTally[]> {
  for (const span of ['day', 'hour', 'slot'] as const) {
    // What began before `from` is part of it as far as it is known by the day, or the hour, only.
    const range = { from: `${span}/${padded(startOf(span, from))}`, to: `${span}/${padded(to)}` }
    let after: string | undefined
    do {
      const page = await readPage(storage, user, 'tally', {
        ...range,
        limit: 200,
        ...(after === undefined ? {} : { after }),
      })
      yield page.items.map(({ value }) => value)
      after = page.next
    } while (after !== undefined)
  }
}

/** For how long tallies are kept, and how finely, in milliseconds. */
export interface TallyRetention {
  /** So long by five minutes and worker. */
  readonly slotsMs: number
  /** So long by hour. */
  readonly hoursMs: number
  /** So long by day. */
  readonly daysMs: number
}

/** Puts the past together, and forgets what is too old. Each step is whole or not at all, and the next time goes on. */
export async function tidyTallies(storage: Storage, now: number, keep: TallyRetention): Promise<void> {
  await fold(storage, tallyUser, 'slot', 'hour', startOf('hour', now - keep.slotsMs))
  await fold(storage, tallyUser, 'hour', 'day', startOf('day', now - keep.hoursMs))
  await forget(storage, tallyUser, now - keep.daysMs)
}

/** The same for the tallies of one user, which are kept by day. */
export async function tidyTalliesOf(storage: Storage, user: UserId, now: number, keep: TallyRetention): Promise<void> {
  await fold(storage, user, 'day', 'day', startOf('day', now))
  await forget(storage, user, now - keep.daysMs)
}

/** Puts everything before a moment together into one tally for each longer stretch. */
async function fold(storage: Storage, user: UserId, span: TallySpan, into: TallySpan, before: number): Promise<void> {
  let after: string | undefined
  for (let pages = 0; pages < mostPages; pages++) {
    const page = await readPage(storage, user, 'tally', {
      from: `${span}/`,
      to: `${span}/${padded(before)}`,
      limit: 200,
      ...(after === undefined ? {} : { after }),
    })
    const parts = page.items.filter(({ value }) => span !== into || value.owner !== everybody)
    const byStart = new Map<number, Versioned<KeptTally>[]>()
    for (const part of parts) {
      const start = startOf(into, part.value.from)
      byStart.set(start, [...(byStart.get(start) ?? []), part])
    }
    for (const [from, group] of byStart) if (!(await foldInto(storage, user, { span: into, from }, group))) return
    if (page.next === undefined) return
    after = page.next
  }
}

/** So much is tidied at once; the next time goes on. */
const mostPages = 20

async function foldInto(
  storage: Storage,
  user: UserId,
  { span, from }: Pick<KeptTally, 'span' | 'from'>,
  parts: readonly Versioned<KeptTally>[],
): Promise<boolean> {
  const id = tallyId({ span, from, owner: everybody })
  const known = await find(storage, user, 'tally', id)
  const all = parts.map(({ value }) => value.tally)
  const tally = all.reduce<Tally>(addTallies, known?.value.tally ?? noTally)
  const whole: KeptTally = { span, from, owner: everybody, writing: '', tally }
  const changes = [
    put('tally', whole, known?.version ?? 0),
    ...parts.map((one) => drop('tally', one.value, one.version)),
  ]
  try {
    await storage.commit(user, { changes })
    return true
  } catch (error) {
    if (!isSyncError(error, 'stale_version')) throw error
    return false
  }
}

async function forget(storage: Storage, user: UserId, before: number): Promise<void> {
  const range = { from: 'day/', to: `day/${padded(before - spanMs.day)}`, limit: 500 }
  const page = await readPage(storage, user, 'tally', range)
  if (page.items.length === 0) return
  await storage.commit(user, { changes: page.items.map(({ value }) => drop('tally', value)) })
}
