import type { RemoteId } from '../model/ids.js'
import type { ChangePage } from '../providers/provider.js'
import { type ContractCase, check, checkSame } from './contract.js'
import { providerCase } from './provider-case.js'
import type { ProviderFixture } from './provider-fixture.js'
import { checkContent, Mirror, read } from './provider-mirror.js'
import { draft, meeting, weekly } from './provider-samples.js'

const manyByDefault = 45

/** What listings promise. */
export const changesCases: readonly ContractCase<ProviderFixture>[] = [
  providerCase('lists the calendar among those of the account', async ({ account, calendar }) => {
    const listed = (await account.listCalendars()).filter((one) => one.id === calendar)
    checkSame(listed.length, 1, 'The calendar is listed once.')
    checkSame(listed[0]?.access, 'write', 'The calendar can be written.')
    return undefined
  }),
  providerCase('lists an empty calendar completely, with a cursor and no changes', async (fixture) => {
    const first = await new Mirror(fixture).pull()
    checkSame(first.complete, true, 'A listing without a cursor is complete.')
    checkSame(first.changed, [], 'An empty calendar has no events.')
    return undefined
  }),
  providerCase('says complete at every listing without a cursor', async (fixture) => {
    const id = await fixture.person.add(meeting('First'))
    for (const attempt of ['first', 'second']) {
      const lesson = await new Mirror(fixture).pull()
      checkSame(lesson.complete, true, `The ${attempt} listing without a cursor is complete.`)
      checkSame(lesson.changed, [id], `The ${attempt} listing shows the event.`)
    }
    return undefined
  }),
  providerCase("shows a person's new event in the next pull, once", async (fixture) => {
    const mirror = await followed(fixture)
    const id = await fixture.person.add(meeting('Dentist', { location: 'Main Street 1' }))
    checkSame((await mirror.pull()).changed, [id], 'The next pull shows the new event.')
    checkContent(
      fixture,
      known(mirror, id).content,
      meeting('Dentist', { location: 'Main Street 1' }),
      'As it was made',
    )
    checkSame((await mirror.pull()).changed, [], 'The pull after that shows nothing.')
    return undefined
  }),
  providerCase("shows a person's edit in the next pull, with another revision", async (fixture) => {
    const id = await fixture.person.add(meeting('Dentist'))
    const mirror = await followed(fixture)
    const { revision } = known(mirror, id)
    await fixture.person.edit(id, meeting('Dentist, later'))
    checkSame((await mirror.pull()).changed, [id], 'The next pull shows the edit.')
    checkSame(known(mirror, id).content.title, 'Dentist, later', 'The event is shown as edited.')
    check(revision === undefined || known(mirror, id).revision !== revision, 'An edit changes the revision.')
    return undefined
  }),
  providerCase("shows a person's removal in the next pull, once", async (fixture) => {
    const gone = await fixture.person.add(meeting('Cancelled'))
    const stays = await fixture.person.add(meeting('Stays'))
    const mirror = await followed(fixture)
    await fixture.person.remove(gone)
    checkSame((await mirror.pull()).removed, [gone], 'The next pull shows the removal.')
    check(mirror.events.has(stays), 'The neighbour is still there.')
    checkSame((await mirror.pull()).removed, [], 'The pull after that removes nothing.')
    return undefined
  }),
  providerCase('shows nothing when nothing changed, however often it is asked', async (fixture) => {
    await fixture.person.add(meeting('Only one'))
    const mirror = await followed(fixture)
    for (let round = 0; round < 4; round += 1) {
      const lesson = await mirror.pull()
      checkSame([lesson.changed, lesson.removed], [[], []], `Round ${round}: no change.`)
    }
    const id = await fixture.person.add(meeting('At last'))
    checkSame((await mirror.pull()).changed, [id], 'The cursor still works after all of that.')
    return undefined
  }),
  providerCase('accepts one cursor more than once, with the same result', async (fixture) => {
    const mirror = await followed(fixture)
    const { cursor } = mirror
    const id = await fixture.person.add(meeting('New'))
    checkSame((await mirror.pull()).changed, [id], 'The first use shows the event.')
    mirror.events.clear()
    mirror.cursor = cursor
    checkSame((await mirror.pull()).changed, [id], 'The second use shows it again: a crash may have lost the first.')
    return undefined
  }),
  providerCase('shows only the last state of an event that changed several times', async (fixture) => {
    const id = await fixture.person.add(meeting('One'))
    const mirror = await followed(fixture)
    await fixture.person.edit(id, meeting('Two'))
    await fixture.person.edit(id, meeting('Three'))
    await mirror.pull()
    checkSame(known(mirror, id).content.title, 'Three', 'The mirror ends with the last state.')
    return undefined
  }),
  providerCase('does not keep an event that came and went between two pulls', async (fixture) => {
    const mirror = await followed(fixture)
    const id = await fixture.person.add(meeting('Short-lived'))
    await fixture.person.remove(id)
    await mirror.pull()
    check(!mirror.events.has(id), 'The mirror does not hold a removed event.')
    return undefined
  }),
  providerCase('shows own creates, updates and removals in the next pull', async (fixture) => {
    const { account, calendar } = fixture
    const old = await fixture.person.add(meeting('Old'))
    const mirror = await followed(fixture)
    const { id } = await account.create(calendar, draft('own'))
    checkSame((await mirror.pull()).changed, [id], 'Own create.')
    const change = { content: meeting('Own, changed'), fields: ['title'] as const }
    await account.update(calendar, { current: known(mirror, id), ...change })
    checkSame((await mirror.pull()).changed, [id], 'Own update.')
    checkSame(known(mirror, id).content.title, 'Own, changed', 'The listing shows what was written.')
    await account.remove(calendar, known(mirror, old))
    checkSame((await mirror.pull()).removed, [old], 'Own removal.')
    return undefined
  }),
  providerCase('lists a series with its overrides as one event', async (fixture) => {
    const id = await fixture.person.add(weekly())
    const mirror = await followed(fixture)
    checkSame([...mirror.events.keys()], [id], 'One event.')
    checkContent(fixture, known(mirror, id).content, weekly(), 'The series as it was made')
    return undefined
  }),
  providerCase('lists what fetch reads', async (fixture) => {
    const id = await fixture.person.add(meeting('Same', { categories: ['a', 'b'] }))
    const copy = (await fixture.account.create(fixture.calendar, draft('same'))).id
    const mirror = await followed(fixture)
    for (const one of [id, copy]) {
      const fetched = await read(fixture, one)
      checkSame({ ...fetched, raw: '' }, { ...known(mirror, one), raw: '' }, 'Listed and fetched are the same.')
    }
    return undefined
  }),
  providerCase('lists every event of a large calendar once', async (fixture) => {
    const ids = await addMany(fixture)
    const listed: RemoteId[] = []
    const listing = await new Mirror(fixture).begin({})
    for await (const page of listing.pages) {
      for (const change of page.changes) if (change.type === 'upsert') listed.push(change.event.id)
    }
    checkSame(listed.sort(), ids.sort(), 'Every event, each once.')
    return undefined
  }),
  providerCase('tells many changes, over as many pages as it takes', async (fixture) => {
    const ids = await addMany(fixture)
    const mirror = await followed(fixture)
    checkSame(mirror.events.size, ids.length, 'The first listing shows everything.')
    const edited = ids.filter((_, index) => index % 2 === 0)
    const removed = ids.filter((_, index) => index % 2 === 1)
    for (const id of edited) await fixture.person.edit(id, meeting('Edited'))
    for (const id of removed) await fixture.person.remove(id)
    const lesson = await mirror.pull()
    checkSame([...lesson.changed].sort(), [...edited].sort(), 'All edits.')
    checkSame([...lesson.removed].sort(), [...removed].sort(), 'All removals.')
    return undefined
  }),
  providerCase('goes on from a resume token without losing or removing an event', async (fixture) => {
    const ids = await addMany(fixture)
    const mirror = new Mirror(fixture)
    const pages: ChangePage[] = []
    let resume: ChangePage['resume']
    let complete = true
    let rounds = 0
    do {
      const listing = await mirror.begin(resume === undefined ? {} : { resume })
      complete = complete && listing.complete
      resume = undefined
      for await (const page of listing.pages) {
        pages.push(page)
        resume = page.resume
        if (resume !== undefined) break // the worker dies here
      }
      rounds += 1
    } while (resume !== undefined && rounds <= ids.length)
    if (rounds === 1) return 'the listing has one page, or offers no token to go on from'
    check(complete, 'What goes on with a complete listing is complete too.')
    mirror.learn(true, pages)
    checkSame([...mirror.events.keys()].sort(), ids.sort(), 'Every event was listed.')
    checkSame((await mirror.pull()).removed, [], 'The cursor at the end is good.')
    return undefined
  }),
  providerCase('loses nothing that changes while a listing is under way', async (fixture) => {
    const ids = await addMany(fixture)
    const [edited, removed] = ids as [RemoteId, RemoteId]
    const mirror = new Mirror(fixture)
    const pages: ChangePage[] = []
    let added: RemoteId | undefined
    const listing = await mirror.begin({})
    for await (const page of listing.pages) {
      pages.push(page)
      if (added !== undefined) continue
      added = await fixture.person.add(meeting('In between'))
      await fixture.person.edit(edited, meeting('Edited in between'))
      await fixture.person.remove(removed)
    }
    mirror.learn(listing.complete, pages)
    await mirror.pull()
    const expected = [...ids.filter((id) => id !== removed), added as RemoteId]
    checkSame([...mirror.events.keys()].sort(), expected.sort(), 'After one more pull the mirror is right.')
    checkSame(known(mirror, edited).content.title, 'Edited in between', 'The edit is there.')
    return undefined
  }),
]

async function followed(fixture: ProviderFixture): Promise<Mirror> {
  const mirror = new Mirror(fixture)
  await mirror.pull()
  return mirror
}

function known(mirror: Mirror, id: RemoteId): NonNullable<ReturnType<Mirror['events']['get']>> {
  const event = mirror.events.get(id)
  check(event !== undefined, 'The pulls so far showed the event.')
  return event
}

async function addMany(fixture: ProviderFixture): Promise<RemoteId[]> {
  const ids: RemoteId[] = []
  for (let index = 0; index < (fixture.many ?? manyByDefault); index += 1) {
    ids.push(await fixture.person.add(meeting(`Event ${index}`)))
  }
  return ids
}
