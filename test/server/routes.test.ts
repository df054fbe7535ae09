import { afterAll, describe, expect, test } from 'vitest'
import { inProcessScheduler } from '../../src/scheduler/in-process/index.js'
import type { Problem } from '../../src/server/index.js'
import { routes } from '../../src/server/routes.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { content, hours } from '../support/world.js'
import { answered, origin, testDoor } from './door.js'

const offers = [
  { id: 'memory', provider: 'memory', name: 'A calendar', way: 'none' },
  {
    id: 'named',
    provider: 'memory',
    name: 'A calendar by name',
    way: 'url',
    fields: [
      { name: 'account', label: 'Account', kind: 'text', in: 'settings' },
      { name: 'password', label: 'Password', kind: 'secret', isRequired: false },
    ],
  },
] as const
const params = { groupId: 'group' }

/** One event in two calendars that was changed to different values on both sides, and waits for a person. */
async function withConflict() {
  const door = await testDoor({ group: { strategies: [{ use: 'askAPerson' }] }, door: { offers } })
  const { w } = door
  w.calendar(0).add(content('Lunch', { location: 'Café' }))
  await w.sync()
  await w.settle()
  w.calendar(0).edit(w.event(0, 'Lunch').id, { location: 'Office' })
  w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'Park' })
  await w.sync()
  return door
}

describe('the session', () => {
  test('tells what may be connected, and not what the host keeps to itself', async () => {
    const secret = { ...offers[0], id: 'kept', client: 'an-oauth-client', settings: { account: 'canary' } }
    const { ask } = await testDoor({ door: { offers: [...offers, secret] } })
    const session = await ask('GET /session')
    expect(session.offers.map(({ id, fields }) => [id, fields.length])).toEqual([
      ['memory', 0],
      ['named', 2],
      ['kept', 0],
    ])
    expect(JSON.stringify(session)).not.toMatch(/canary|an-oauth-client/)
    expect(session).toMatchObject({ userId: 'user_1', isOperator: false, header: { name: 'x-calweave', value: '1' } })
  })
})

describe('an account', () => {
  test('is connected by what the person filled in, listed anew, looked at and disconnected', async () => {
    const { ask, w } = await testDoor({ door: { offers } })
    w.provider.service.addCalendar({ id: 'private' }, 'home')
    const { connection, calendars } = await ask('POST /connections', {
      body: { offer: 'named', fields: { account: 'home' }, name: 'Home' },
    })
    expect(connection).toMatchObject({ name: 'Home', provider: 'memory', settings: { account: 'home' } })
    expect(calendars.map(({ remoteId }) => remoteId)).toEqual(['private'])
    w.provider.service.addCalendar({ id: 'new' }, 'home')
    const at = { params: { connectionId: connection.id } }
    expect((await ask('POST /connections/{connectionId}/refresh', at)).items).toHaveLength(2)
    expect(await ask('GET /connections/{connectionId}/status', at)).toMatchObject({ connectionId: connection.id })
    const ended = await ask('DELETE /connections/{connectionId}', { ...at, query: { copies: 'keep' } })
    expect(ended).toMatchObject({ connection: { needs: 'sign-in' }, cleaned: [] })
    expect((await ask('GET /connections')).items.map(({ id }) => id)).toContain(connection.id)
  })

  test('is not connected by an offer that is not made, a field that nobody asked for, or one that is missing', async () => {
    const { problem } = await testDoor({ door: { offers } })
    for (const body of [
      { offer: 'other' },
      { offer: 'memory', fields: { account: 'home' } },
      { offer: 'named' },
      { offer: 'named', fields: { account: 'home', url: 'http://127.0.0.1/' } },
      { offer: 'memory', settings: { account: 'home' } },
      { offer: 'memory', provider: 'memory' },
    ])
      expect(await problem('POST /connections', { body })).toMatchObject({ status: 400, code: 'invalid_input' })
  })

  test('is not taken up again under an id that the user does not have', async () => {
    const { problem, w } = await testDoor({ door: { offers } })
    const theirs = await w.engine.user('user_2').connections.add({ provider: 'memory', id: 'theirs' })
    for (const id of ['free', theirs.connection.id])
      expect(await problem('POST /connections', { body: { offer: 'memory', id } })).toMatchObject({ status: 404 })
    expect((await w.user.connections.list()).map(({ id }) => id)).toEqual(['account'])
  })
})

describe('a calendar', () => {
  test('is shown without what calweave keeps for itself', async () => {
    const { ask, w } = await testDoor()
    await w.sync()
    const { items } = await ask('GET /calendars')
    expect(items.map(({ id }) => id).sort()).toEqual([...w.calendarIds].sort())
    const [first] = items
    const at = { params: { calendarId: first?.id ?? '' } }
    expect(await ask('GET /calendars/{calendarId}', at)).toEqual(first)
    expect(first).not.toHaveProperty('pull')
    expect(await ask('GET /calendars/{calendarId}/status', at)).toMatchObject({ calendarId: first?.id })
    expect((await ask('GET /calendars/{calendarId}/unreadable', at)).items).toEqual([])
  })

  test('tells of an event in which groups it is, and why not in the others', async () => {
    const { ask, w } = await testDoor()
    w.calendar(0).add(content('Lunch'))
    await w.sync()
    const calendarId = w.calendarIds[1] ?? ''
    const remoteId = w.event(1, 'Lunch').id
    const { items } = await ask('GET /calendars/{calendarId}/woven', { params: { calendarId }, query: { remoteId } })
    expect(items).toMatchObject([
      {
        groupId: 'group',
        groupName: 'test',
        explanation: { because: 'part_of_the_group' },
        event: { content: { title: 'Lunch' }, origin: { calendarId: w.calendarIds[0] } },
      },
    ])
    const other = await ask('GET /calendars/{calendarId}/woven', { params: { calendarId }, query: { remoteId: 'x' } })
    expect(other.items).toMatchObject([{ explanation: { because: 'never_seen' } }])
  })
})

describe('a group', () => {
  test('is made, planned and called off without anything being written to a calendar', async () => {
    const { ask, w } = await testDoor({ woven: false })
    w.calendar(0).add(content('Lunch'))
    const made = await ask('POST /groups', {
      body: { name: 'Mine', members: w.calendarIds.map((calendarId) => ({ calendarId })), schedule: 'manual' },
    })
    const at = { params: { groupId: made.id } }
    const plan = await ask('POST /groups/{groupId}/plan', at)
    expect(plan.counts).toEqual({
      ...{ events: 1, create: 1, update: 0, remove: 0, verify: 0, conflicts: 0, waiting: 0, lossy: 0 },
    })
    expect(plan.byCalendar).toEqual([{ calendarId: w.calendarIds[1], create: 1, update: 0, remove: 0 }])
    expect(plan.events.map(({ title }) => title)).toEqual(['Lunch'])
    await ask('DELETE /groups/{groupId}', { ...at, query: { copies: 'keep' } })
    expect((await ask('GET /groups')).items).toEqual([])
    expect(w.calls.filter(({ method }) => ['create', 'update', 'remove'].includes(method))).toEqual([])
  })

  test('is planned while it is paused, and not synced', async () => {
    const { ask, problem, w } = await testDoor({ group: { schedule: 'manual' } })
    w.calendar(0).add(content('Lunch'))
    await ask('POST /pauses', { body: { scope: { group: 'group' }, reason: 'preview' } })
    expect(await ask('POST /groups/{groupId}/plan', { params })).toMatchObject({ counts: { create: 1 } })
    expect(await problem('POST /groups/{groupId}/sync', { params })).toMatchObject({ status: 409, code: 'paused' })
    expect(w.titles(1)).toEqual([])
    expect((await ask('GET /pauses')).items).toMatchObject([{ reason: 'preview' }])
    await ask('POST /pauses/clear', { body: { scope: { group: 'group' }, reason: 'preview' } })
    await ask('POST /groups/{groupId}/sync', { params })
    expect(w.titles(1)).toEqual(['Lunch'])
  })

  test('shows the first events of a large plan, and counts all', async () => {
    const { ask, w } = await testDoor({ door: { limits: { plannedEvents: 3 } } })
    for (let nth = 0; nth < 5; nth++) w.calendar(0).add(content(`Lunch ${nth}`))
    expect(await ask('POST /groups/{groupId}/plan', { params })).toMatchObject({
      counts: { create: 5 },
      events: expect.toSatisfy((events: unknown[]) => events.length === 3),
      more: true,
    })
  })

  test('is changed, synced while the request waits, verified and looked at', async () => {
    const { ask, w } = await testDoor()
    w.calendar(0).add(content('Lunch', { description: 'bring cake' }))
    const changed = await ask('PATCH /groups/{groupId}', { params, body: { name: 'Ours', schedule: 'manual' } })
    expect(changed).toMatchObject({ name: 'Ours', schedule: 'manual' })
    expect(await ask('GET /groups/{groupId}', { params })).toEqual(changed)
    const asked = await ask('POST /groups/{groupId}/sync', { params })
    expect(asked).toMatchObject({ how: 'done', run: { counts: { created: 1 }, end: 'finished' } })
    expect(w.titles(1)).toEqual(['Lunch'])
    expect(await ask('POST /groups/{groupId}/verify', { params })).toMatchObject({ accuracy: 1, differences: [] })
    expect(await ask('GET /groups/{groupId}/status', { params })).toMatchObject({ groupId: 'group', name: 'Ours' })
    expect(await ask('GET /groups/{groupId}/job', { params })).toEqual({ job: null })
  })

  test('is left to a worker where there is a scheduler', async () => {
    const scheduler = inProcessScheduler({ storage: memoryStorage() })
    const { ask, w } = await testDoor({ engine: { scheduler } })
    w.calendar(0).add(content('Lunch'))
    expect(await ask('POST /groups/{groupId}/sync', { params })).toEqual({ how: 'soon' })
    expect(await ask('GET /groups/{groupId}/job', { params })).toMatchObject({ job: { urgency: 'person' } })
    expect(await ask('POST /groups/{groupId}/retry', { params })).toEqual({ done: true })
    expect(await ask('GET /jobs/dead')).toEqual({ items: [] })
    expect(w.titles(1)).toEqual([])
  })

  test('that does not fit is refused with a pointer to what does not', async () => {
    const { problem, w } = await testDoor()
    const members = [{ calendarId: w.calendarIds[0] }, { calendarId: w.calendarIds[1], direction: 'sideways' }]
    expect(await problem('POST /groups', { body: { name: 'Mine', members } })).toMatchObject({
      status: 400,
      code: 'invalid_input',
      pointer: '/members/1/direction',
      detail: expect.stringMatching(/^group\.members\.1\.direction: /),
    })
  })
})

describe('an event', () => {
  test('is shown with its origin, its copies, why it is so and what happened to it', async () => {
    const { ask, w } = await testDoor()
    w.calendar(0).add(content('Lunch', { location: 'Café' }))
    await w.sync()
    w.clock.now += 60_000
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'Park' })
    await w.sync()
    const { items } = await ask('GET /groups/{groupId}/events', { params })
    expect(items).toMatchObject([{ content: { title: 'Lunch', location: 'Park' }, state: 'live' }])
    const at = { params: { groupId: 'group', eventId: items[0]?.id ?? '' } }
    expect(await ask('GET /groups/{groupId}/events/{eventId}', at)).toEqual(items[0])
    const explanation = await ask('GET /groups/{groupId}/events/{eventId}/explanation', at)
    expect(explanation.calendars.map(({ because }) => because).sort()).toEqual(['born_here', 'copy_in_step'])
    const history = await ask('GET /groups/{groupId}/events/{eventId}/history', at)
    expect(history.journal.map(({ after }) => after.content.location)).toEqual(['Park'])
    expect(history.audit.map(({ action }) => action)).toContain('created')
  })

  test('that was changed by a sync is taken back, and the dry run before it takes back nothing', async () => {
    const { ask, w } = await testDoor()
    w.calendar(0).add(content('Lunch', { location: 'Café' }))
    await w.sync()
    w.clock.now += 60_000
    w.calendar(1).edit(w.event(1, 'Lunch').id, { location: 'Park' })
    const run = await w.sync()
    const dry = await ask('POST /groups/{groupId}/undo', { params, body: { runId: run.id, isDryRun: true } })
    expect(dry.events).toMatchObject([{ title: 'Lunch', restored: ['location'] }])
    await w.sync()
    expect(w.event(0, 'Lunch').content.location).toBe('Park')
    expect(await ask('POST /groups/{groupId}/undo', { params, body: { runId: run.id } })).toEqual(dry)
    await w.settle()
    expect(w.event(0, 'Lunch').content.location).toBe('Café')
  })

  test('stands in the agenda of all calendars, expanded, with where it came from', async () => {
    const { ask, w } = await testDoor()
    const standup = content('Standup', { time: hours(9), recurrence: { rule: 'FREQ=DAILY', rdates: [] } })
    w.calendar(0).add(standup)
    await w.sync()
    const from = Date.UTC(2026, 0, 5)
    const query = { from, to: from + 3 * 86_400_000, zone: 'Europe/Berlin' }
    const agenda = await ask('GET /agenda', { query })
    expect(agenda.items.filter(({ origin }) => origin).map(({ origin }) => origin?.calendarId)).toEqual(
      Array.from({ length: 3 }, () => w.calendarIds[0]),
    )
    expect(agenda.items).toHaveLength(6)
    expect(agenda.calendars.map(({ id }) => id).sort()).toEqual([...w.calendarIds].sort())
    const one = await ask('GET /agenda', { query: { ...query, calendars: [w.calendarIds[0] ?? ''] } })
    expect(one.items).toHaveLength(3)
    expect(one.more).toBe(false)
  })

  test('is left out of an agenda that is asked for too long a time, or for no time', async () => {
    const { problem } = await testDoor()
    for (const query of [
      { from: 0, to: 500 * 86_400_000 },
      { from: 5, to: 5 },
    ])
      expect(await problem('GET /agenda', { query })).toMatchObject({ status: 400, code: 'invalid_input' })
  })
})

describe('a conflict', () => {
  test('is listed with the title of its event, previewed, decided and opened again', async () => {
    const { ask, w } = await withConflict()
    const inbox = await ask('GET /conflicts')
    expect(inbox.items).toMatchObject([{ title: 'Lunch', groupName: 'test', conflict: { state: 'open' } }])
    expect((await ask('GET /groups/{groupId}/conflicts', { params })).items).toEqual(inbox.items)
    const at = { params: { conflictId: inbox.items[0]?.conflict.id ?? '' } }
    const detail = await ask('GET /conflicts/{conflictId}', at)
    expect(detail).toMatchObject({ title: 'Lunch', event: { content: { title: 'Lunch' } } })
    expect(detail.options).toMatchObject([{ field: 'location', choices: expect.arrayContaining([...w.calendarIds]) }])
    const take = { location: w.calendarIds[1] ?? '' }
    const preview = await ask('POST /conflicts/{conflictId}/preview', { ...at, body: { take } })
    expect(preview).toMatchObject({ content: { location: 'Park' }, undecided: [] })
    expect((await ask('GET /conflicts')).items).toHaveLength(1)
    const decided = await ask('POST /conflicts/{conflictId}/resolve', { ...at, body: { take } })
    expect(decided.resolution?.take).toEqual(take)
    expect((await ask('GET /conflicts')).items).toEqual([])
    await w.settle()
    expect(w.event(0, 'Lunch').content.location).toBe('Park')
    expect(await ask('POST /conflicts/{conflictId}/reopen', at)).toMatchObject({ state: 'open', reopened: true })
    const all = await ask('GET /groups/{groupId}/conflicts', { params, query: { state: 'all' } })
    expect(all.items).toHaveLength(1)
    expect(await ask('GET /groups/{groupId}/conflict-statistics', { params })).toMatchObject({ byPerson: 1 })
  })

  test('makes a rule where the person says so', async () => {
    const { ask, w } = await withConflict()
    const [listed] = (await ask('GET /conflicts')).items
    const at = { params: { conflictId: listed?.conflict.id ?? '' } }
    const body = { take: { location: w.calendarIds[0] }, always: true }
    await ask('POST /conflicts/{conflictId}/resolve', { ...at, body })
    expect((await ask('GET /groups/{groupId}', { params })).rules).toHaveLength(1)
  })

  test('is not decided by a choice that it does not have', async () => {
    const { ask, problem } = await withConflict()
    const [listed] = (await ask('GET /conflicts')).items
    const at = { params: { conflictId: listed?.conflict.id ?? '' } }
    const refused = await problem('POST /conflicts/{conflictId}/resolve', { ...at, body: { take: { location: 'x' } } })
    expect(refused).toMatchObject({ status: 400, code: 'invalid_input' })
  })
})

describe('what is held', () => {
  test('is listed with what it is about, and approved or rejected', async () => {
    const { ask, w } = await testDoor({ group: { removalGuard: { count: 1, share: 0.1 } } })
    for (const title of ['a', 'b', 'c']) w.calendar(0).add(content(title))
    await w.settle()
    for (const title of ['a', 'b', 'c']) w.calendar(0).remove(w.event(0, title).id)
    await w.sync()
    const { items } = await ask('GET /groups/{groupId}/held', { params })
    expect(items).toMatchObject([{ what: 'removals', count: 3, calendarId: w.calendarIds[0] }])
    const body = { calendarId: w.calendarIds[0], what: 'removals' }
    await ask('POST /groups/{groupId}/held/reject', { params, body })
    await w.settle()
    expect(w.titles(0)).toEqual(['a', 'b', 'c'])
    for (const title of ['a', 'b', 'c']) w.calendar(0).remove(w.event(0, title).id)
    await w.sync()
    await ask('POST /groups/{groupId}/held/approve', { params, body })
    await w.settle()
    expect(w.titles(1)).toEqual([])
  })
})

describe('what happened', () => {
  test('is listed by runs, newest first, each with all that it did', async () => {
    const { ask, w } = await testDoor()
    for (const title of ['a', 'b', 'c']) {
      w.calendar(0).add(content(title))
      w.clock.now += 40 * 86_400_000
      await w.sync()
    }
    const { items, next } = await ask('GET /groups/{groupId}/runs', { params, query: { limit: 2 } })
    const rest = await ask('GET /groups/{groupId}/runs', { params, query: { limit: 2, after: next ?? '' } })
    const newestFirst = [...items, ...rest.items]
    expect(newestFirst.map(({ startedAt }) => startedAt)).toEqual(
      newestFirst.map(({ startedAt }) => startedAt).sort((a, b) => b - a),
    )
    expect(newestFirst).toHaveLength(3)
    expect(rest.next).toBeUndefined()
    const oldestFirst = await ask('GET /groups/{groupId}/runs', { params, query: { order: 'oldest' } })
    expect([...oldestFirst.items].reverse()).toEqual(newestFirst)
    const runId = newestFirst[1]?.id ?? ''
    const detail = await ask('GET /groups/{groupId}/runs/{runId}', { params: { groupId: 'group', runId } })
    expect(detail.run).toEqual(newestFirst[1])
    expect(detail.audit.map(({ action }) => action)).toEqual(['created'])
  })

  test('is in the audit, newest first, which can be checked', async () => {
    const { ask, w } = await testDoor()
    for (let nth = 0; nth < 4; nth++) w.calendar(0).add(content(`Lunch ${nth}`))
    const run = await w.sync()
    const all = await ask('GET /groups/{groupId}/audit', { params })
    const seqs = all.items.map(({ seq }) => seq)
    expect(seqs).toEqual([...seqs].sort((a, b) => b - a))
    const first = await ask('GET /groups/{groupId}/audit', { params, query: { limit: 3 } })
    const second = await ask('GET /groups/{groupId}/audit', { params, query: { limit: 3, after: first.next ?? '' } })
    expect([...first.items, ...second.items]).toEqual(all.items.slice(0, first.items.length + second.items.length))
    const ofRun = await ask('GET /groups/{groupId}/audit', { params, query: { run: run.id } })
    expect(ofRun.items).toHaveLength(4)
    const eventId = ofRun.items[0]?.eventId ?? ''
    const ofEvent = await ask('GET /groups/{groupId}/audit', { params, query: { event: eventId } })
    expect(ofEvent.items.map((entry) => entry.eventId)).toEqual([eventId])
    expect((await ask('GET /audit')).items.map(({ action }) => action)).toContain('connection.added')
    const { items: heads } = await ask('GET /audit/heads')
    expect(await ask('POST /audit/verify', { body: { heads } })).toMatchObject({ isIntact: true, findings: [] })
  })

  test('is written out as a file, safe to open in a spreadsheet', async () => {
    const { send, w } = await testDoor()
    w.calendar(0).add(content('Lunch'))
    await w.sync()
    const csv = await send('/audit/export?format=csv')
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="audit.csv"')
    expect((await csv.text()).split('\r\n')[0]).toMatch(/^chain,seq,at,action/)
    const lines = (await (await send('/audit/export?chain=group')).text()).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).chain)).toEqual(lines.map(() => 'group'))
  })
})

describe('a person', () => {
  test('is told of what needs somebody, and says that it was seen', async () => {
    const { ask } = await withConflict()
    expect(await ask('GET /status')).toMatchObject({ level: 'attention', groups: [{ conflicts: { count: 1 } }] })
    const { items } = await ask('GET /notifications')
    expect(items).toMatchObject([{ kind: 'conflicts', state: 'open', words: expect.stringContaining('test') }])
    const at = { params: { notificationId: items[0]?.id ?? '' } }
    expect(await ask('POST /notifications/{notificationId}/acknowledge', at)).toMatchObject({ state: 'acknowledged' })
    expect((await ask('GET /notifications', { query: { state: 'resolved' } })).items).toEqual([])
  })

  test('sees figures where they are counted, and only operators those of everybody', async () => {
    const { ask, problem, w } = await testDoor({ engine: { analytics: {} } })
    await w.sync()
    const query = { from: w.clock.now - 86_400_000, to: w.clock.now + 86_400_000 }
    expect(await ask('GET /analytics', { query })).toMatchObject({ totals: { runs: { total: 1 } } })
    expect(await problem('GET /metrics')).toMatchObject({ status: 403, code: 'not_allowed' })
    const metrics = await ask('GET /metrics', { as: 'operator', query: { ...query, bucket: 'hour' } })
    expect(metrics).toMatchObject({ totals: { people: { activeUsers: 1 } } })
  })

  test('hears that nothing is counted where nothing is', async () => {
    const { problem } = await testDoor()
    expect(await problem('GET /analytics')).toMatchObject({ status: 422, code: 'unsupported' })
  })

  test('takes everything along, and is forgotten', async () => {
    const { ask, send, w, handler } = await testDoor()
    w.calendar(0).add(content('Lunch'))
    await w.sync()
    const { url } = await ask('POST /feeds', { body: { source: { group: 'group' }, name: 'Mine' } })
    const response = await send('/export')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="calweave.jsonl"')
    const kinds = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).kind as string)
    expect(kinds).toEqual(expect.arrayContaining(['connection', 'calendar', 'group', 'event', 'audit']))
    expect(await ask('POST /purge', { body: { copies: 'remove' } })).toEqual({ notRevoked: [], notCleaned: [] })
    expect((await ask('GET /connections')).items).toEqual([])
    expect((await ask('GET /feeds')).items).toEqual([])
    expect((await handler(new Request(url))).status).toBe(404)
    expect(w.titles(0)).toEqual(['Lunch'])
    expect(w.titles(1)).toEqual([])
  })
})

describe('a feed', () => {
  test('is published, read by who has its address, changed, moved and ended', async () => {
    const { ask, handler, w } = await testDoor()
    w.calendar(0).add(content('Lunch', { time: hours(12) }))
    await w.sync()
    const settings = { source: { group: 'group' }, name: 'Mine' }
    const { id, url } = await ask('POST /feeds', { body: settings })
    expect(url.startsWith(`${origin}/calweave/feeds/`)).toBe(true)
    const read = async (address: string) => handler(new Request(address))
    const busy = await read(url)
    expect(busy.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
    expect(busy.headers.get('cache-control')).toBe('private, max-age=300')
    expect(await busy.text()).toContain('SUMMARY:Busy')
    const at = { params: { feedId: id } }
    await ask('PUT /feeds/{feedId}', { ...at, body: { ...settings, projection: { show: 'title' } } })
    expect(await (await read(url)).text()).toContain('SUMMARY:Lunch')
    const moved = await ask('POST /feeds/{feedId}/rotate', at)
    expect((await read(url)).status).toBe(404)
    expect((await read(moved.url)).status).toBe(200)
    expect((await ask('GET /feeds')).items).toMatchObject([{ id, settings: { name: 'Mine' } }])
    await ask('DELETE /feeds/{feedId}', at)
    expect((await read(moved.url)).status).toBe(404)
  })
})

describe('a notice of a calendar service', () => {
  test('goes to the provider that it is for, and to no other', async () => {
    const { send } = await testDoor()
    const init = { method: 'POST', as: null, body: '{}' }
    const none = await send('/push/unknown', init)
    expect(none.status).toBe(404)
    expect(((await none.json()) as Problem).code).toBe('no_such_route')
    expect((await send('/push/memory', init)).status).toBeGreaterThanOrEqual(400)
  })
})

describe('every method', () => {
  test('that an address does not take is refused with those that it takes', async () => {
    const { send } = await testDoor()
    const response = await send('/groups/group', { method: 'PUT', headers: { 'x-calweave': '1' } })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, PATCH, DELETE, HEAD, OPTIONS')
  })

  test('HEAD is answered like GET, without a body', async () => {
    const { send } = await testDoor()
    const response = await send('/groups/group', { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe('')
    expect((await send('/groups/none', { method: 'HEAD' })).status).toBe(404)
  })

  test('OPTIONS tells what is taken', async () => {
    const { send } = await testDoor()
    const response = await send('/groups', { method: 'OPTIONS', as: null })
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, POST, HEAD, OPTIONS'])
  })
})

afterAll(() => {
  // Signing in has tests of its own.
  const untried = Object.keys(routes).filter((key) => !answered.has(key) && key !== 'POST /sign-ins')
  expect(untried).toEqual([])
})
