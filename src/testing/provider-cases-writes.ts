import { isSyncError } from '../errors.js'
import { type EventContent, type Field, fields } from '../model/content.js'
import type { RemoteId } from '../model/ids.js'
import type { RemoteEvent, Written } from '../providers/provider.js'
import { type ContractCase, check, checkSame } from './contract.js'
import { providerCase } from './provider-case.js'
import type { ProviderFixture } from './provider-fixture.js'
import { checkContent, createAndRead, Mirror, read, stateOf } from './provider-mirror.js'
import { days, draft, emptied, hour, meeting, samples, weekly } from './provider-samples.js'

const notGuarded = 'the account says that its writes are not guarded'
const idsByService = 'the service chooses ids'

/** What writes promise. */
export const writeCases: readonly ContractCase<ProviderFixture>[] = [
  ...samples.map(({ name, content }) =>
    providerCase(`gives back a created copy as it was written: ${name}`, async (fixture) => {
      const event = await createAndRead(fixture, draft(name, content))
      checkContent(fixture, event.content, content, 'Read back')
      return undefined
    }),
  ),
  ...samples.map(({ name, content }) =>
    providerCase(`writes over any other event: ${name}`, async (fixture) => {
      const before = await createAndRead(
        fixture,
        draft(name, meeting('Before', { description: 'old', location: 'old' })),
      )
      const after = await rewrite(fixture, before, { content, fields })
      checkContent(fixture, after.content, content, 'After the update')
      return undefined
    }),
  ),
  providerCase('answers a create with the id under which the event is read', async (fixture) => {
    const written = await fixture.account.create(fixture.calendar, draft('answer'))
    const event = await read(fixture, written.id)
    checkSame(event.id, written.id, 'The id.')
    if (written.revision !== undefined) checkSame(event.revision, written.revision, 'The revision of the answer.')
    if (written.shown === undefined) return undefined
    checkSame({ ...written.shown, raw: '' }, { ...event, raw: '' }, 'The answer shows the event as it is then read.')
    return undefined
  }),
  providerCase('answers an update with the event as it is then read', async (fixture) => {
    const current = await createAndRead(fixture, draft('answer'))
    const change = { current, content: { ...current.content, title: 'New' }, fields: ['title'] as const }
    const written = await fixture.account.update(fixture.calendar, change)
    const event = await read(fixture, written.id)
    checkSame(written.id, current.id, 'An update keeps the id.')
    if (written.revision !== undefined) checkSame(event.revision, written.revision, 'The revision of the answer.')
    if (written.shown === undefined) return undefined
    checkSame({ ...written.shown, raw: '' }, { ...event, raw: '' }, 'The answer shows the event as it is then read.')
    return undefined
  }),
  providerCase('creates under the id that it foretold', async (fixture) => {
    const wanted = draft('foretold')
    const foretold = fixture.account.idFor(fixture.calendar, wanted.key)
    if (foretold === undefined) return idsByService
    checkSame(await stateOf(fixture, foretold), 'gone', 'Nothing is there before the create.')
    const written = await fixture.account.create(fixture.calendar, wanted)
    checkSame(written.id, foretold, 'The id of the new event.')
    return undefined
  }),
  providerCase('makes one event of two creates with one key', async (fixture) => {
    const wanted = draft('twice')
    const first = await fixture.account.create(fixture.calendar, wanted)
    const again = await outcomeOf(() => fixture.account.create(fixture.calendar, wanted))
    const isMet = again.code === 'already_exists' || (again.id === first.id && again.earlier)
    check(isMet === true, 'The second create meets the first event, and says so.')
    checkSame(await idsIn(fixture), [first.id], 'There is one event.')
    return undefined
  }),
  providerCase('makes one event of two creates with one key at the same time', async (fixture) => {
    const wanted = draft('race')
    const tries = Array.from({ length: 5 }, () => outcomeOf(() => fixture.account.create(fixture.calendar, wanted)))
    const outcomes = await Promise.all(tries)
    const ids = new Set(outcomes.flatMap(({ id }) => (id === undefined ? [] : [id])))
    checkSame(ids.size, 1, 'One create wins; the others meet it or are refused.')
    check(
      outcomes.every(({ code }) => code === undefined || code === 'already_exists'),
      'A create that loses says already_exists.',
    )
    checkSame((await idsIn(fixture)).length, 1, 'There is one event.')
    return undefined
  }),
  providerCase('does not overwrite with a second create', async (fixture) => {
    const first = await createAndRead(fixture, draft('keep', meeting('First')))
    await outcomeOf(() => fixture.account.create(fixture.calendar, draft('keep', meeting('Second'))))
    checkSame((await read(fixture, first.id)).content.title, 'First', 'The first event stands.')
    return undefined
  }),
  providerCase('keeps events with different keys and the same content apart', async (fixture) => {
    const one = await fixture.account.create(fixture.calendar, draft('one', meeting('Same')))
    const two = await fixture.account.create(fixture.calendar, draft('two', meeting('Same')))
    check(one.id !== two.id, 'Different ids.')
    const [first, second] = [await read(fixture, one.id), await read(fixture, two.id)]
    check(first.uid !== second.uid, 'Different uids.')
    return undefined
  }),
  providerCase('tells the key of a copy by its identity', async (fixture) => {
    const wanted = draft('keyed')
    const event = await createAndRead(fixture, wanted)
    checkSame(event.key, wanted.key, 'The key.')
    return undefined
  }),
  providerCase("tells no key of a person's event", async (fixture) => {
    const id = await fixture.person.add(meeting('Mine'))
    checkSame((await read(fixture, id)).key, undefined, 'No key.')
    return undefined
  }),
  providerCase("does not take a person's copy of our copy for ours", async (fixture) => {
    const wanted = draft('copied')
    const ours = await createAndRead(fixture, wanted)
    const id = await (fixture.person.copy?.(ours.id) ?? fixture.person.add(ours.content))
    const theirs = await read(fixture, id)
    check(theirs.key !== wanted.key, 'The copy does not have our key, even where it has our mark.')
    check(theirs.uid !== ours.uid, 'The copy has a uid of its own.')
    checkSame((await read(fixture, ours.id)).key, wanted.key, 'Our copy is still ours.')
    return undefined
  }),
  providerCase('keeps the mark through create, update and a new mark', async (fixture) => {
    const wanted = draft('marked')
    const created = await createAndRead(fixture, wanted)
    checkSame(created.mark, wanted.mark, 'After the create.')
    const updated = await rewrite(fixture, created, { content: meeting('Other'), fields: ['title'] })
    checkSame(updated.mark, wanted.mark, 'After an update that says nothing of marks.')
    const mark = draft('another').mark
    const remarked = await rewrite(fixture, updated, { content: meeting('Third'), fields: ['title'], mark })
    checkSame(remarked.mark, mark, 'After an update with a new mark.')
    return undefined
  }),
  providerCase("writes no mark into a person's event that it updates", async (fixture) => {
    const id = await fixture.person.add(meeting('Mine'))
    const after = await rewrite(fixture, await read(fixture, id), { content: meeting('Ours'), fields: ['title'] })
    checkSame([after.mark, after.content.title], [undefined, 'Ours'], 'Title written, no mark.')
    return undefined
  }),
  providerCase('changes only the fields that an update names', async (fixture) => {
    const before = meeting('Before', {
      description: 'kept',
      location: 'kept',
      categories: ['kept'],
      url: 'https://example.com/',
    })
    const current = await createAndRead(fixture, draft('narrow', before))
    const content = { ...emptied(before), title: 'After' }
    const after = await rewrite(fixture, current, { content, fields: ['title'] })
    checkContent(fixture, after.content, { ...before, title: 'After' }, 'Only the title changed')
    checkSame(after.uid, current.uid, 'The uid stays.')
    return undefined
  }),
  providerCase('empties the fields that an update names with neutral values', async (fixture) => {
    for (const { name, content } of samples) {
      const current = await createAndRead(fixture, draft(`clear ${name}`, content))
      const named = fields.filter((field) => field !== 'time' && field !== 'title')
      const after = await rewrite(fixture, current, { content: emptied(content), fields: named })
      checkContent(fixture, after.content, emptied(content), `${name}, emptied`)
    }
    return undefined
  }),
  providerCase('moves an event between an hour, a whole day and another zone', async (fixture) => {
    let event = await createAndRead(fixture, draft('moving'))
    const spans = [
      days('2026-03-05', '2026-03-07'),
      hour('2026-03-05T18:00:00', '2026-03-05T19:00:00', 'America/New_York'),
      hour('2026-03-05T18:00:00', '2026-03-05T19:00:00', 'Europe/Berlin'),
    ]
    for (const time of spans) {
      event = await rewrite(fixture, event, { content: { ...event.content, time }, fields: ['time'] })
      checkContent(fixture, event.content, meeting('moving', { time }), 'After the move')
    }
    return undefined
  }),
  providerCase('turns an event into a series, overrides it, and turns it back', async (fixture) => {
    const { cannotHold } = fixture.account.capabilities
    if (cannotHold.includes('recurrence') || cannotHold.includes('overrides')) return 'the account cannot hold series'
    const series = weekly()
    const single: EventContent = { ...series, recurrence: null, overrides: {} }
    let event = await createAndRead(fixture, draft('series', single))
    for (const content of [
      { ...single, recurrence: series.recurrence },
      series,
      { ...series, overrides: {} },
      single,
    ]) {
      event = await rewrite(fixture, event, { content, fields: ['recurrence', 'overrides'] })
      checkContent(fixture, event.content, content, 'After the step')
    }
    return undefined
  }),
  providerCase('writes back what it read without changing it', async (fixture) => {
    for (const { name, content } of samples) {
      const first = await createAndRead(fixture, draft(`drift ${name}`, content))
      const second = await rewrite(fixture, first, { content: first.content, fields })
      checkContent(fixture, second.content, first.content, `${name}, written back`)
    }
    return undefined
  }),
  providerCase('refuses an update from an old revision and changes nothing', async (fixture) => {
    if (!fixture.account.capabilities.guardedWrites) return notGuarded
    const old = await createAndRead(fixture, draft('guarded'))
    await fixture.person.edit(old.id, meeting('Edited by a person'))
    const change = { current: old, content: meeting('Ours'), fields: ['title'] as const }
    const { code } = await outcomeOf(() => fixture.account.update(fixture.calendar, change))
    checkSame(code, 'revision_mismatch', 'The refusal.')
    checkSame((await read(fixture, old.id)).content.title, 'Edited by a person', "The person's edit stands.")
    return undefined
  }),
  providerCase('accepts an update from the revision that a write answered with', async (fixture) => {
    const written = await fixture.account.create(fixture.calendar, draft('chain'))
    let current = await read(fixture, written.id)
    for (const title of ['One', 'Two', 'Three']) {
      const content = { ...current.content, title }
      const next = await fixture.account.update(fixture.calendar, { current, content, fields: ['title'] })
      const shown = next.shown ?? (await read(fixture, next.id))
      current = next.revision === undefined ? shown : { ...shown, revision: next.revision }
    }
    checkSame((await read(fixture, written.id)).content.title, 'Three', 'All three updates were made.')
    return undefined
  }),
  providerCase('lets one of ten updates from one revision win', async (fixture) => {
    if (!fixture.account.capabilities.guardedWrites) return notGuarded
    const current = await createAndRead(fixture, draft('contested'))
    const titles = Array.from({ length: 10 }, (_, index) => `Writer ${index}`)
    const outcomes = await Promise.all(
      titles.map((title) =>
        outcomeOf(() =>
          fixture.account.update(fixture.calendar, {
            current,
            content: { ...current.content, title },
            fields: ['title'],
          }),
        ),
      ),
    )
    const winners = titles.filter((_, index) => outcomes[index]?.code === undefined)
    checkSame(winners.length, 1, 'One writer wins.')
    const losers = outcomes.filter(({ code }) => code !== undefined)
    check(
      losers.every(({ code }) => code === 'revision_mismatch'),
      'The others are told revision_mismatch.',
    )
    checkSame([(await read(fixture, current.id)).content.title], winners, 'The event is as the winner wrote it.')
    return undefined
  }),
  providerCase('removes an event, and then it is gone', async (fixture) => {
    const event = await createAndRead(fixture, draft('removed'))
    const other = await createAndRead(fixture, draft('other'))
    await fixture.account.remove(fixture.calendar, event)
    checkSame(await stateOf(fixture, event.id), 'gone', 'It is gone.')
    checkSame(await stateOf(fixture, other.id), 'found', 'The neighbour is there.')
    return undefined
  }),
  providerCase('refuses a removal from an old revision and removes nothing', async (fixture) => {
    if (!fixture.account.capabilities.guardedWrites) return notGuarded
    const old = await createAndRead(fixture, draft('kept'))
    await fixture.person.edit(old.id, meeting('Edited by a person'))
    const { code } = await outcomeOf(async () => {
      await fixture.account.remove(fixture.calendar, old)
      return undefined
    })
    checkSame(code, 'revision_mismatch', 'The refusal.')
    checkSame(await stateOf(fixture, old.id), 'found', 'The event is there.')
    return undefined
  }),
]

/** Updates an event and reads it again. */
async function rewrite(
  fixture: ProviderFixture,
  current: RemoteEvent,
  change: {
    readonly content: EventContent
    readonly fields: readonly Field[]
    readonly mark?: NonNullable<RemoteEvent['mark']>
  },
): Promise<RemoteEvent> {
  const held = change.fields.filter((field) => !fixture.account.capabilities.cannotHold.includes(field))
  const written = await fixture.account.update(fixture.calendar, { current, ...change, fields: held })
  return read(fixture, written.id)
}

/** The id that a write ended with, or the code of its failure. */
async function outcomeOf(
  write: () => Promise<Pick<Written, 'id' | 'earlier'> | undefined>,
): Promise<Partial<Pick<Written, 'id' | 'earlier'>> & { readonly code?: string }> {
  try {
    const written = await write()
    return written ?? {}
  } catch (error) {
    check(isSyncError(error), 'A failed write throws a SyncError.')
    return { code: error.code }
  }
}

async function idsIn(fixture: ProviderFixture): Promise<readonly RemoteId[]> {
  const mirror = new Mirror(fixture)
  await mirror.pull()
  return [...mirror.events.keys()]
}
