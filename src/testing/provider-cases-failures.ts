import { isSyncError, type SyncErrorCode } from '../errors.js'
import type { Cursor, RemoteCalendarId, RemoteId } from '../model/ids.js'
import type { RemoteEvent } from '../providers/provider.js'
import { type ContractCase, check, checkSame, failureOf } from './contract.js'
import { providerCase } from './provider-case.js'
import type { ProviderFixture } from './provider-fixture.js'
import { createAndRead, Mirror, stateOf } from './provider-mirror.js'
import { draft, meeting } from './provider-samples.js'

const canary = 'Canary-title-7f3a'

/** What failures promise. */
export const failureCases: readonly ContractCase<ProviderFixture>[] = [
  providerCase('says not_found when it updates an event that is gone', async (fixture) => {
    const event = await removedOne(fixture)
    const change = { current: event, content: meeting('Too late'), fields: ['title'] as const }
    await mustFail('not_found', () => fixture.account.update(fixture.calendar, change))
    checkSame(await stateOf(fixture, event.id), 'gone', 'A refused update does not bring the event back.')
    return undefined
  }),
  providerCase('says not_found when it removes an event that is gone', async (fixture) => {
    const event = await removedOne(fixture)
    await mustFail('not_found', () => fixture.account.remove(fixture.calendar, event))
    return undefined
  }),
  providerCase('tells in one fetch which events are there and which are gone', async (fixture) => {
    const { account, calendar, person } = fixture
    const here = [await person.add(meeting('Here')), (await account.create(calendar, draft('here'))).id]
    const gone = (await removedOne(fixture)).id
    const answers = await account.fetch(calendar, [gone, ...here])
    const found = answers.flatMap((answer) => (answer.type === 'found' ? [answer.event.id] : []))
    checkSame(found.sort(), here.sort(), 'The ones that are there.')
    const missing = answers.flatMap((answer) => (answer.type === 'gone' ? [answer.id] : []))
    checkSame(missing, [gone], 'The one that is gone.')
    return undefined
  }),
  providerCase('fetches nothing when asked for nothing', async ({ account, calendar }) => {
    checkSame(await account.fetch(calendar, []), [], 'No answer to no question.')
    return undefined
  }),
  providerCase('says gone of an event that never was', async (fixture) => {
    const never = fixture.account.idFor(fixture.calendar, draft('never').key)
    if (never === undefined) return 'the service chooses ids'
    checkSame(await stateOf(fixture, never), 'gone', 'Never created.')
    return undefined
  }),
  providerCase('answers a fetch for many events completely', async (fixture) => {
    const ids: RemoteId[] = []
    for (let index = 0; index < (fixture.many ?? 45); index += 1)
      ids.push(await fixture.person.add(meeting(`${index}`)))
    const answers = await fixture.account.fetch(fixture.calendar, ids)
    const found = answers.flatMap((answer) => (answer.type === 'found' ? [answer.event.id] : []))
    checkSame(found.sort(), ids.sort(), 'Each event once.')
    return undefined
  }),
  providerCase('says cursor_expired to a cursor that it never gave', async (fixture) => {
    await fixture.person.add(meeting('There'))
    const mirror = new Mirror(fixture)
    await mirror.pull()
    mirror.cursor = 'calweave-contract-no-such-cursor' as Cursor
    await mustFail('cursor_expired', () => mirror.pull())
    check(mirror.events.size === 1, 'Nothing was taken for removed.')
    return undefined
  }),
  providerCase('goes on after an expired cursor with a complete listing', async (fixture) => {
    const id = await fixture.person.add(meeting('There'))
    const mirror = new Mirror(fixture)
    mirror.cursor = 'calweave-contract-no-such-cursor' as Cursor
    await mustFail('cursor_expired', () => mirror.pull())
    mirror.cursor = undefined
    const lesson = await mirror.pull()
    checkSame([lesson.complete, lesson.changed], [true, [id]], 'Complete.')
    return undefined
  }),
  providerCase('says calendar_gone of a calendar that is not there, and never lists it as empty', async (fixture) => {
    const { account } = fixture
    const nowhere = `${fixture.calendar.replace(/\/$/, '')}-no-such-calendar${fixture.calendar.endsWith('/') ? '/' : ''}`
    const lost = { ...fixture, calendar: nowhere as RemoteCalendarId }
    await mustFail('calendar_gone', () => new Mirror(lost).pull())
    const someId = account.idFor(lost.calendar, draft('some').key) ?? ('some' as RemoteId)
    await mustFail('calendar_gone', () => account.fetch(lost.calendar, [someId]))
    return undefined
  }),
  providerCase('throws aborted and writes nothing when the signal has fired', async (fixture) => {
    const { account, calendar } = fixture
    const event = await createAndRead(fixture, draft('steady'))
    const signal = AbortSignal.abort()
    const change = { current: event, content: meeting('Never'), fields: ['title'] as const }
    await mustFail('aborted', () => account.listCalendars({ signal }))
    await mustFail('aborted', () => new Mirror(fixture).pull(signal))
    await mustFail('aborted', () => account.fetch(calendar, [event.id], { signal }))
    await mustFail('aborted', () => account.create(calendar, draft('never'), { signal }))
    await mustFail('aborted', () => account.update(calendar, change, { signal }))
    await mustFail('aborted', () => account.remove(calendar, event, { signal }))
    const mirror = new Mirror(fixture)
    await mirror.pull()
    const there = [...mirror.events.values()].map(({ id, content }) => [id, content.title])
    checkSame(there, [[event.id, 'steady']], 'The calendar is as it was.')
    return undefined
  }),
  providerCase('stops a listing when the signal fires between two pages', async (fixture) => {
    for (let index = 0; index < (fixture.many ?? 45); index += 1) await fixture.person.add(meeting(`${index}`))
    const controller = new AbortController()
    const listing = await new Mirror(fixture).begin({}, controller.signal)
    let isWhole = false
    try {
      for await (const page of listing.pages) {
        isWhole = !controller.signal.aborted && page.cursor !== undefined
        controller.abort()
      }
    } catch (error) {
      check(isSyncError(error, 'aborted'), 'A listing that is stopped throws aborted.')
      return undefined
    }
    check(isWhole, 'A listing that is stopped does not go on, and does not look as if it were at its end.')
    return 'the listing has one page'
  }),
  providerCase('throws SyncErrors that tell nothing of the event', async (fixture) => {
    const { account, calendar, person } = fixture
    const content = meeting(canary, { description: canary, location: canary })
    const event = await createAndRead(fixture, draft('secret', content))
    await person.remove(event.id)
    const attempts = [
      () => account.update(calendar, { current: event, content, fields: ['title'] }),
      () => account.remove(calendar, event),
      () => account.create('nowhere/' as RemoteCalendarId, draft('nowhere', content)),
    ]
    for (const attempt of attempts) {
      const error = await failureOf(attempt, 'This call cannot succeed.')
      check(isSyncError(error), 'A failure is a SyncError.')
      check(error.message.length > 0 && !`${error.message} ${error.reason}`.includes(canary), 'No text of the event.')
    }
    return undefined
  }),
]

async function mustFail(code: SyncErrorCode, attempt: () => Promise<unknown>): Promise<void> {
  const error = await failureOf(attempt, `This call fails with ${code}.`)
  checkSame(isSyncError(error) ? error.code : String(error), code, 'The failure.')
}

/** Our copy as it was before a person removed it. */
async function removedOne(fixture: ProviderFixture): Promise<RemoteEvent> {
  const event = await createAndRead(fixture, draft('gone'))
  await fixture.person.remove(event.id)
  return event
}
