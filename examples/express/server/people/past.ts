import type { SyncEngine } from 'calweave'
import type { FakeGoogleCalendar, FakeMicrosoftCalendar } from 'calweave/testing'
import type { DemoClock } from '../clock.js'
import type { Fakes } from '../fakes/services.js'
import { type Accounts, groups } from './connect.js'
import { idris } from './idris.js'
import { mara } from './mara.js'

const [minute, hour] = [60_000, 3_600_000]

/** How far back the demo begins. */
export const pastHours = 28

interface World {
  readonly engine: SyncEngine
  readonly fakes: Fakes
  readonly accounts: Accounts
  readonly clock: DemoClock
}

/**
 * Lives through the last day: people edit, services have a bad minute, and every hour is synced, all for real but faster.
 * What the dashboard shows of the past is what came of it.
 */
export async function livePast({ engine, fakes, accounts, clock }: World): Promise<void> {
  const end = Date.now()
  const [work, client] = [accounts.mara.google.calendar(), accounts.mara.microsoft.calendar()]
  const random = generator(20)
  const sync = async (groupIds: readonly string[]): Promise<void> => {
    for (const id of groupIds) await engine.user(ownerOf(id)).groups.sync(id)
  }
  for (let ago = pastHours; ago > 0; ago--) {
    clock.set(end - ago * hour)
    await sync(Object.values(groups))
    const busy = activity(new Date(end - ago * hour).getHours())
    for (let turn = 0; turn < busy; turn++) {
      clock.set(end - ago * hour + (turn + 1) * 9 * minute)
      if (turn % 4 === 3) editAlone(work, random)
      else editBoth(work, client, clock, random)
      if (ago === 7 && turn === 0) fakes.google.fail({ fault: { kind: 'status', code: 503 }, times: 3 })
      await sync([groups.work])
      fakes.google.heal()
    }
    if (busy > 0) {
      editIdris(accounts.idris.google.calendar(), random)
      await sync([groups.idris])
    }
    if (ago % 14 === 0) for (const id of Object.values(groups)) await engine.user(ownerOf(id)).groups.verify(id)
  }
  clock.set(end - 6 * minute)
  disagree(work, client, clock)
  clock.set(end - 2 * minute)
  await sync(Object.values(groups))
}

/** How much happens in an hour of the day, as its wall clock tells. */
function activity(hourOfDay: number): number {
  if (hourOfDay >= 8 && hourOfDay < 18) return 5
  return hourOfDay >= 18 && hourOfDay < 22 ? 2 : hourOfDay < 6 ? 0 : 1
}

const rooms = ['Room Alder', 'Room Birch', 'Room Cedar', 'Room 4', 'Room 7', 'Atrium', 'Video', 'Teams']
const notes = [
  'Agenda to follow.',
  'Please read the draft first.',
  'Moved from last week.',
  'Bring a laptop.',
  'Short one.',
]
/** What is edited in the past: never what waits for a decision in the end. */
const editable = [
  'Incident drill',
  'Demo day',
  'Retrospective',
  'Vendor call',
  'Contract review',
  'Customer visit: Oakline',
]

function editAlone(work: FakeGoogleCalendar, random: () => number): void {
  const event = work.all().find(({ summary }) => summary === pick(editable, random))
  if (event?.id) work.edit(event.id, { location: pick(rooms, random), description: pick(notes, random) })
}

/** One event is given another room on each side, a moment apart: the later one is to win, without a person. */
function editBoth(
  work: FakeGoogleCalendar,
  client: FakeMicrosoftCalendar,
  clock: DemoClock,
  random: () => number,
): void {
  const title = pick(editable, random)
  const [here, there] = [
    work.all().find(({ summary }) => summary === title),
    client.all().find(({ subject }) => subject === title),
  ]
  if (!here?.id || !there?.id) return
  const [room, other] = [pick(rooms, random), pick(rooms, random)]
  work.edit(here.id, { location: room, description: `${pick(notes, random)} Google has the room.` })
  clock.set(clock.now() + minute)
  const content = `${pick(notes, random)} Ask at the desk for the key.`
  client.edit(there.id, { location: { displayName: `${other}, 2nd floor` }, body: { contentType: 'text', content } })
}

function editIdris(work: FakeGoogleCalendar, random: () => number): void {
  const event = work.all().find(({ summary }) => summary === pick(['Load test', 'Architecture talk'], random))
  if (event?.id) work.edit(event.id, { location: pick(rooms, random) })
}

/** Three disagreements that nobody but a person can settle. */
function disagree(work: FakeGoogleCalendar, client: FakeMicrosoftCalendar, clock: DemoClock): void {
  const here = (title: string) => work.all().find(({ summary }) => summary === title)?.id ?? ''
  const there = (title: string) => client.all().find(({ subject }) => subject === title)?.id ?? ''
  const review = work.get(here('Design review'))
  const day = review?.start?.dateTime?.slice(0, 10) ?? ''
  const at = (time: string) => ({ dateTime: `${day}T${time}:00`, timeZone: 'Europe/Berlin' })
  work.edit(here('Design review'), { summary: 'Design review: sync settings', start: at('14:00'), end: at('15:00') })
  clock.set(clock.now() + 2 * minute)
  client.edit(there('Design review'), {
    ...{ subject: 'Design review (with Fernwood)', start: at('15:30'), end: at('16:30') },
    location: { displayName: 'Room 7' },
  })
  work.edit(here('Quarterly numbers'), { summary: 'Quarterly numbers, final' })
  client.edit(there('Quarterly numbers'), { subject: 'Quarterly numbers Q4' })
  work.remove(here('Licences: renewals'))
  client.edit(there('Licences: renewals'), { location: { displayName: 'Fernwood, 3rd floor' } })
}

function ownerOf(groupId: string): string {
  return groupId === groups.idris ? idris.id : mara.id
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('There is nothing to pick from.')
  return item
}

/** The same numbers every time, so that the demo looks the same every time (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
