import type { EventContent } from '../../src/model/content.js'
import { type MemoryCalendarSnapshot, MemoryService } from '../../src/providers/memory/index.js'
import { collections } from '../../src/storage/storage.js'
import { type Desk, groupId, userOf } from '../../test/scale/desk.js'
import { accountOf } from '../../test/scale/people.js'

/** So many calendars has everybody. */
export const calendarsEach = 2

/**
 * Many users with calendars of the same events. The first one is synced for real; the others get copies of that one's records,
 * with their own names in them, and of the calendars as the service shows them after that sync.
 */
export class Town {
  readonly service: MemoryService = new MemoryService()
  readonly #eventsEach: number
  /** The calendars of the first user, whom nobody edits. */
  #model: readonly MemoryCalendarSnapshot[] = []
  #users = 0

  constructor(eventsEach: number) {
    this.#eventsEach = eventsEach
    for (let n = 0; n < calendarsEach; n++) this.service.addCalendar({ id: `cal-${n}` }, accountOf(0))
    const calendars = this.service.calendarsOf(accountOf(0))
    for (let n = 0; n < eventsEach; n++) calendars[n % calendarsEach]?.add(contentOf(n))
  }

  get users(): number {
    return this.#users
  }

  get events(): number {
    return this.#users * this.#eventsEach
  }

  /** Connects the first user, and has the engine sync as a worker does, until there is nothing to do before tomorrow. */
  async found(desk: Desk): Promise<void> {
    await desk.weave(1, dayMs)
    await desk.engine.start({ concurrency: 1 })
    const user = desk.engine.user(userOf(0))
    for (let looks = 0; (await user.jobs.get(groupId))?.urgency !== 'schedule'; looks++) {
      if (looks > 600) throw new Error('The first user is not synced.')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await desk.engine.stop()
    const verified = await user.groups.verify(groupId)
    if (verified.accuracy !== 1 || verified.copies !== this.#eventsEach * calendarsEach)
      throw new Error(`The first user is not in step: ${JSON.stringify(verified)}`)
    this.#model = this.service.snapshot().accounts[0]?.calendars ?? []
    this.#users = 1
  }

  /** Has so many users in all. */
  async grow(desk: Desk, users: number): Promise<void> {
    const before = this.service.snapshot()
    const comers = Array.from({ length: users - this.#users }, (_, n) => this.#users + n)
    const accounts = comers.map((user) => ({ name: accountOf(user), calendars: this.#model }))
    this.service.restore({ ...before, accounts: [...before.accounts, ...accounts] })
    for (let start = 0; start < comers.length; start += 500)
      await this.#copyRecords(desk, comers.slice(start, start + 500))
    this.#users = users
    // As they are in a database that has run for a while.
    await desk.pool.query('VACUUM (ANALYZE)')
  }

  async #copyRecords(desk: Desk, comers: readonly number[]): Promise<void> {
    const tagsOf = (user: number) => this.service.calendarsOf(accountOf(user)).map(({ tag }) => tag)
    const tags = comers.map(tagsOf)
    const given = [comers, tags.map(([first]) => first), tags.map(([, second]) => second)]
    const source = `unnest($1::int[], $2::text[], $3::text[]) AS comer (n, first_tag, second_tag)`
    // Everybody's own name stands in some records, the calendar's in its cursor, the account's in the connection.
    const [first, second] = tagsOf(0)
    const named = (text: string) => `replace(${text}, '${userOf(0)}', 'user-' || n)`
    const textOf: Readonly<Record<string, string>> = {
      connection: `replace(${named('value')}, '"account":"${accountOf(0)}"', '"account":"account-' || n || '"')`,
      calendar: `replace(replace(${named('value')}, ':${first}"', ':' || first_tag || '"'), ':${second}"', ':' || second_tag || '"')`,
      event: named('value'),
      group: named('value'),
    }
    for (const [collection, indices] of Object.entries(collections)) {
      if (collection === 'job') continue
      const keys = indices.map((index) => `, key_${index}`).join('')
      await desk.pool.query(
        `INSERT INTO calweave."${collection}" (user_id, id, full_id, version, value${keys})
         SELECT 'user-' || n, id, full_id, version, ${textOf[collection] ?? 'value'}${keys}
         FROM ${source}, LATERAL (SELECT * FROM calweave."${collection}" WHERE user_id = '${userOf(0)}' ORDER BY id) AS one`,
        given,
      )
    }
    await desk.pool.query(
      `INSERT INTO calweave.lease SELECT 'user-' || n, key, owner, token, expires_at
       FROM ${source}, calweave.lease WHERE user_id = '${userOf(0)}'`,
      given,
    )
    // What waits comes at a time of its own, within a day.
    await desk.pool.query(
      `INSERT INTO calweave.job (user_id, id, full_id, version, value, key_due, key_set)
       SELECT user_id, ${named('id')}, full_id, version,
         replace(${named('value')}, '"at":' || (value::jsonb->>'at'), '"at":' || time),
         split_part(key_due, '/', 1) || '/' || lpad(time::text, 16, '0'), key_set
       FROM ${source}, LATERAL (SELECT *, $4::bigint + (n * 7919 % 86400) * 1000 AS time FROM calweave.job
         WHERE user_id = '~calweave/jobs' AND id IN ('sync/${userOf(0)}/${groupId}', 'upkeep/${userOf(0)}')) AS one`,
      [...given, Date.now() + 2 * 3_600_000],
    )
  }
}

const dayMs = 86_400_000

/** As in `bench -- size`: every tenth is a series with a changed occurrence. */
function contentOf(n: number): Partial<EventContent> & Pick<EventContent, 'time'> {
  const at = (days: number, hour: number) => {
    const day = new Date(Date.UTC(2026, 0, 1 + (n % 300) + days)).toISOString().slice(0, 10)
    return { kind: 'timed', local: `${day}T${String(hour).padStart(2, '0')}:00:00`, zone: 'Europe/Berlin' } as const
  }
  const content: Partial<EventContent> & Pick<EventContent, 'time'> = {
    title: `Review of the plan with the team, part ${n}`,
    description: 'What there is to say about it. '.repeat(8),
    location: 'Room 12, Main Street 5, 10115 Berlin',
    time: { start: at(0, 9), end: at(0, 10) },
    attendees: [
      {
        email: `guest-${n}@example.com`,
        name: 'A guest',
        role: 'required',
        status: 'needs_action',
        type: 'individual',
      },
    ],
    reminders: [{ method: 'popup', trigger: { kind: 'offset', seconds: -900, from: 'start' } }],
  }
  if (n % 10 !== 9) return content
  const { attendees = [], reminders = [], title = '', description = '', location = '' } = content
  return {
    ...content,
    recurrence: { rule: 'FREQ=WEEKLY;COUNT=10', rdates: [] },
    overrides: {
      [at(7, 9).local]: {
        kind: 'changed',
        content: {
          ...{ title: `${title}, moved`, description, location, attendees, reminders },
          time: { start: at(7, 11), end: at(7, 12) },
          ...{
            geo: null,
            status: 'confirmed',
            availability: 'busy',
            visibility: 'default',
            categories: [],
            color: null,
          },
          ...{ url: null, priority: null, conferences: [], attachments: [], organizer: null },
        },
      },
    },
  }
}
