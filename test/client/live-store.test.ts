import { afterEach, describe, expect, test } from 'vitest'
import { ClientProblem, fixtureClient, type Happening, type LiveStore, liveStore } from '../../src/client/index.js'
import { page, until } from './page.js'

const fast = { pollMs: 50, gatherMs: 5 }
const stops: (() => void)[] = []

afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** Watches until the test is over. */
function watched(store: LiveStore, groupId: string) {
  const input = { params: { groupId } }
  stops.push(store.watch('GET /groups/{groupId}/events', input, () => undefined))
  return () => store.read('GET /groups/{groupId}/events', input)
}

describe('a live store', () => {
  test('shows what a sync did without being asked', async () => {
    const { client, user, weave, add } = await page()
    const group = await weave()
    const store = liveStore(client, fast)
    const events = watched(store, group.id)
    expect(events()).toEqual({ isLoading: true, isStale: false })
    await until(() => store.connection === 'live' && events().data !== undefined)
    expect(events().data?.items).toEqual([])
    add('work', 'Stand-up')
    await user.groups.sync(group.id)
    await until(() => events().data?.items.length === 1, 'the event')
    expect(events().data?.items[0]?.content.title).toBe('Stand-up')
  })

  test('reads a route once, however many watch it', async () => {
    const { client, calls } = await page()
    const store = liveStore(client, fast)
    for (let index = 0; index < 20; index++) stops.push(store.watch('GET /calendars', undefined, () => undefined))
    await until(() => store.read('GET /calendars').data !== undefined && store.connection === 'live')
    await new Promise((resolve) => setTimeout(resolve, 50))
    // Once, and maybe once more: what was answered before the stream stood may be old.
    expect(calls.filter((call) => call === 'GET /calendars').length).toBeLessThanOrEqual(2)
    expect(calls.filter((call) => call === 'GET /live')).toHaveLength(1)
  })

  test('takes inputs that say the same for the same', async () => {
    const client = fixtureClient({ 'GET /agenda': { items: [], calendars: [], more: false } })
    const store = liveStore(client, fast)
    stops.push(store.watch('GET /agenda', { query: { from: 1, to: 2, zone: 'UTC' } }, () => undefined))
    stops.push(store.watch('GET /agenda', { query: { zone: 'UTC', to: 2, from: 1 } }, () => undefined))
    await until(() => store.read('GET /agenda', { query: { to: 2, from: 1, zone: 'UTC' } }).data !== undefined)
    expect(client.calls).toHaveLength(1)
  })

  test('gives the same snapshot until something changes, and keeps equal answers as they are', async () => {
    const client = fixtureClient({ 'GET /groups': () => ({ items: [] }) })
    const store = liveStore(client, fast)
    stops.push(store.watch('GET /groups', undefined, () => undefined))
    await until(() => store.read('GET /groups').data !== undefined)
    const before = store.read('GET /groups')
    expect(store.read('GET /groups')).toBe(before)
    await store.refresh()
    expect(client.calls).toHaveLength(2)
    expect(store.read('GET /groups').data).toBe(before.data)
  })

  test('asks again when something changes while the answer is on its way', async () => {
    const answers: ((count: number) => void)[] = []
    const client = fixtureClient({
      'GET /groups': () =>
        new Promise((resolve) => answers.push((count) => resolve({ items: Array(count).fill({}) as never }))),
    })
    const store = liveStore(client, fast)
    stops.push(store.watch('GET /groups', undefined, () => undefined))
    await until(() => answers.length === 1 && store.connection === 'live')
    client.tell()
    answers[0]?.(1)
    await until(() => answers.length === 2, 'the second question')
    answers[1]?.(2)
    await until(() => store.read('GET /groups').data?.items.length === 2)
    expect(store.read('GET /groups').isStale).toBe(false)
  })

  test('leaves alone what a happening does not concern', async () => {
    const client = fixtureClient({
      'GET /notifications': { items: [] },
      'GET /groups/{groupId}/runs': { items: [] },
    })
    const store = liveStore(client, fast)
    for (const groupId of ['one', 'two'])
      stops.push(store.watch('GET /groups/{groupId}/runs', { params: { groupId } }, () => undefined))
    stops.push(store.watch('GET /notifications', {}, () => undefined))
    await until(() => store.connection === 'live' && client.calls.length === 3)
    client.tell({ type: 'notification.opened', notificationId: 'n', kind: 'conflicts', at: 1 })
    client.tell({
      type: 'conflict.resolved',
      groupId: 'two',
      eventId: 'e',
      conflictId: 'c',
      by: 'person',
      at: 1,
    } as never)
    await until(() => client.calls.length >= 5)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(
      client.calls
        .slice(3)
        .map(({ route, input }) => `${route} ${input.params?.['groupId'] ?? ''}`)
        .sort(),
    ).toEqual(['GET /groups/{groupId}/runs two', 'GET /notifications '])
  })

  test('gathers what happens at once into one question', async () => {
    const client = fixtureClient({ 'GET /status': {} as never })
    const store = liveStore(client, { gatherMs: 20 })
    stops.push(store.watch('GET /status', undefined, () => undefined))
    await until(() => store.connection === 'live' && client.calls.length === 1)
    for (let index = 0; index < 50; index++)
      client.tell({ type: 'run.started', groupId: 'g', cause: 'person', at: index } as never)
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(client.calls).toHaveLength(2)
  })

  test('reads anew whatever is watched after a change of its own', async () => {
    const { client, weave, calls } = await page()
    const group = await weave()
    const store = liveStore(client, fast)
    stops.push(store.watch('GET /groups', undefined, () => undefined))
    await until(() => store.read('GET /groups').data?.items.length === 1)
    await store.mutate('PATCH /groups/{groupId}', { params: { groupId: group.id }, body: { name: 'Family' } })
    await until(() => store.read('GET /groups').data?.items[0]?.name === 'Family', 'the new name')
    expect(calls).toContain(`PATCH /groups/${group.id}`)
  })

  test('hears of what another process did', async () => {
    const { client, weave } = await page()
    const store = liveStore(client, fast)
    stops.push(store.watch('GET /groups', undefined, () => undefined))
    await until(() => store.connection === 'live' && store.read('GET /groups').data !== undefined)
    await new Promise((resolve) => setTimeout(resolve, 150))
    await weave()
    await until(() => store.read('GET /groups').data?.items.length === 1, 'the group')
  })

  test('asks now and then while nobody tells, says so, and goes live again', async () => {
    const client = fixtureClient({ 'GET /groups': () => ({ items: [] }) })
    let tell: Parameters<typeof client.live>[0] = () => undefined
    const lost = new ClientProblem('Away.', { code: 'unavailable', remedy: 'retry', status: 0 })
    const live: typeof client.live = (listener) => {
      tell = listener
      return () => undefined
    }
    const store = liveStore({ ...client, live }, fast)
    const states: string[] = [store.connection]
    stops.push(store.onConnection(() => states.push(store.connection)))
    stops.push(store.watch('GET /groups', undefined, () => undefined))
    tell({ type: 'lost', problem: lost })
    await until(() => store.connection === 'polling' && client.calls.length >= 3, 'polls')
    tell({ type: 'open' })
    await new Promise((resolve) => setTimeout(resolve, 20))
    const before = client.calls.length
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(client.calls).toHaveLength(before)
    expect(states).toEqual(['connecting', 'polling', 'live'])
  })

  test('says that it is off line, keeps what it knows, and comes back', async () => {
    const { client, state, user, weave } = await page()
    await weave()
    const store = liveStore(client, fast)
    stops.push(store.watch('GET /groups', undefined, () => undefined))
    await until(() => store.connection === 'live' && store.read('GET /groups').data !== undefined)
    state.isDown = true
    await store.refresh()
    const { data, error, isStale } = store.read('GET /groups')
    expect([data?.items.length, error?.code, error?.status, isStale]).toEqual([1, 'unavailable', 0, true])
    await user.groups.create({
      name: 'More',
      members: (data?.items[0]?.members ?? []).map(({ calendarId }) => ({ calendarId })),
    })
    state.isDown = false
    await until(() => store.read('GET /groups').data?.items.length === 2, 'what happened meanwhile')
    expect(store.read('GET /groups').error).toBeUndefined()
  })

  test('ends its stream with the last listener, and shares it between one that goes and one that comes', async () => {
    let opened = 0
    let closed = 0
    const client = fixtureClient({ 'GET /groups': { items: [] } })
    const live: typeof client.live = (listener) => {
      opened++
      const stop = client.live(listener)
      return () => {
        closed++
        stop()
      }
    }
    const store = liveStore({ ...client, live }, fast)
    store.watch('GET /groups', undefined, () => undefined)()
    const stop = store.onHappening(() => undefined)
    expect([opened, closed]).toEqual([1, 0])
    stop()
    await until(() => closed === 1, 'the end of the stream')
    stops.push(store.watch('GET /groups', undefined, () => undefined))
    expect(opened).toBe(2)
  })

  test('leaves a server alone for as long as it asks, whatever happens', async () => {
    let isTired = false
    const client = fixtureClient({
      'GET /groups': () => {
        if (!isTired) return { items: [] }
        const details = { code: 'too_many_requests', remedy: 'retry', status: 429, retryAfterMs: 200 } as const
        throw new ClientProblem('Wait a little.', details)
      },
    })
    const store = liveStore(client, fast)
    stops.push(store.watch('GET /groups', undefined, () => undefined))
    await until(() => store.read('GET /groups').data !== undefined)
    isTired = true
    await store.refresh()
    const count = client.calls.length
    for (let index = 0; index < 5; index++) {
      client.tell()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(client.calls).toHaveLength(count)
    isTired = false
    await until(() => store.read('GET /groups').error === undefined, 'the next answer')
  })

  test('passes on what happens', async () => {
    const client = fixtureClient({})
    const store = liveStore(client, fast)
    const heard: Happening[] = []
    stops.push(store.onHappening((happening) => heard.push(happening)))
    await until(() => store.connection === 'live')
    client.tell({ type: 'notification.opened', notificationId: 'n', kind: 'sign_in', at: 5 })
    expect(heard.map(({ type }) => type)).toEqual(['notification.opened'])
  })
})
