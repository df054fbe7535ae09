import { describe, expect, test, vi } from 'vitest'
import { type Fixtures, fixtureClient } from '../../src/client/index.js'
import type { GroupStatus, ShownNotification, UserStatus } from '../../src/index.js'
import {
  CalweaveProvider,
  english,
  NotificationList,
  OriginBadge,
  StatusBanner,
  StatusDashboard,
  Toasts,
} from '../../src/react/index.js'
import { calendars, session } from './fixtures.js'
import { happens, render } from './render.js'

const none = { count: 0, atLeast: false }
const group: GroupStatus = {
  ...{ level: 'attention', groupId: 'group-1' as never, name: 'All', calendarIds: [], everyMs: 900_000, due: none },
  ...{ arrivals: none, conflicts: { count: 2, atLeast: false }, held: { removals: 0, creations: 0 } },
  reasons: [
    {
      ...{
        code: 'conflicts_open',
        level: 'attention',
        about: { kind: 'group', id: 'group-1' },
        facts: { name: 'All' },
      },
      ...{ words: '2 conflicts in “All” wait for a decision.', remedy: 'Choose what the events should say.' },
    },
  ],
}
const status: UserStatus = {
  ...{ level: 'attention', at: 0, reasons: group.reasons, connections: [], calendars: [], groups: [group] },
}
const notice: ShownNotification = {
  ...{ id: 'n-1', kind: 'conflicts', about: { kind: 'group', id: 'group-1' }, facts: { name: 'All' }, state: 'open' },
  ...{ episode: 1, openedAt: 0, seenAt: 0, words: '2 conflicts wait.', remedy: 'Choose.' },
}

function client(more: Fixtures = {}) {
  return fixtureClient({ 'GET /calendars': calendars, 'GET /session': session, 'GET /status': status, ...more })
}

describe('the origin badge', () => {
  const origin = {
    ...{ provider: 'acme', calendarId: 'work' as never, calendarName: 'Work', remoteId: 'r-1' as never },
    ...{ uid: 'u' as never, firstSyncedAt: 0, initiatedBy: 'mara' as never },
  }

  test('names the calendar beside its picture, and tells the rest in its title', async () => {
    const page = await render(client(), <OriginBadge calendarId="home" origin={origin} copies={['home']} />)
    expect(page.text()).toBe('AWork')
    const [from, to, since, ...more] = page.get('[data-cw-part="origin-badge"]').title.split('\n')
    expect([from, to, ...more]).toEqual(['Copied from Work', 'Copied to Home', 'brought in by mara', 'id r-1'])
    // In the zone of the page.
    expect(since).toMatch(/^first seen 1 Jan 1970, 0?1:00$/)
  })

  test('says in words what the small one shows as a picture', async () => {
    const page = await render(client(), <OriginBadge calendarId="home" size="small" />)
    expect(page.get('[data-cw-part="hidden"]').textContent).toBe('From Home')
    expect(page.get('[aria-hidden="true"]').textContent).toBe('O')
  })

  test('folds out by keyboard, and links to web pages only', async () => {
    const linked = await render(
      client(),
      <OriginBadge calendarId="home" {...{ origin }} hasDetails href="https://example.com/e" />,
    )
    expect(linked.get('details a').getAttribute('rel')).toBe('noopener noreferrer')
    const evil = await render(
      client(),
      <OriginBadge calendarId="home" {...{ origin }} hasDetails href={['javascript', 'alert(1)'].join(':')} />,
    )
    expect(evil.all('a')).toEqual([])
  })

  test('has pictures of the host in place of letters', async () => {
    const page = await render(client(), <OriginBadge calendarId="work" />, {
      providerIcon: (provider) => <i data-icon={provider} />,
    })
    expect(page.all('[data-icon="acme"]')).toHaveLength(1)
  })
})

describe('the status banner', () => {
  test('alerts of what needs a person, and tells of the rest', async () => {
    const page = await render(client(), <StatusBanner />)
    expect(page.get('[role="alert"]').textContent).toContain('2 conflicts in “All” wait for a decision.')
    expect(page.get('[role="status"]').textContent).toBe('')
    const calm = await render(client({ 'GET /status': { ...status, level: 'ok', reasons: [] } }), <StatusBanner />)
    expect(calm.get('[role="status"]').textContent).toBe('All calendars are in step.')
  })

  test('has what the host offers in place of the remedy', async () => {
    const page = await render(client(), <StatusBanner action={({ code }) => <a href="#conflicts">{code}</a>} />)
    expect(page.get('a').textContent).toBe('conflicts_open')
    expect(page.text()).not.toContain('Choose what')
  })
})

describe('notifications', () => {
  test('are listed, and seen', async () => {
    const fixture = client({
      'GET /notifications': { items: [notice] },
      'POST /notifications/{notificationId}/acknowledge': notice,
    })
    const page = await render(fixture, <NotificationList />)
    expect(page.get('strong').textContent).toBe('Conflicts')
    await page.click('Seen: 2 conflicts wait.')
    expect(document.activeElement).toBe(page.get('li'))
    expect(
      fixture.calls.some(({ route, input }) => route.startsWith('POST') && input.params?.['notificationId'] === 'n-1'),
    ).toBe(true)
  })

  test('pop up when they come, stay until they are closed, and are not repeated', async () => {
    let items: ShownNotification[] = [{ ...notice, id: 'n-0' }]
    const fixture = client({ 'GET /notifications': () => ({ items }) })
    const page = await render(fixture, <Toasts />)
    expect(page.all('[data-cw-part="toast"]')).toEqual([])
    items = [...items, notice]
    await happens(() => fixture.tell({ type: 'notification.opened', notificationId: 'n-1', kind: 'conflicts', at: 1 }))
    expect(page.get('[role="alert"]').textContent).toContain('2 conflicts wait.')
    expect(page.all('[data-cw-part="toast"]')).toHaveLength(1)
    await page.click('Close: 2 conflicts wait.')
    expect(page.all('[data-cw-part="toast"]')).toEqual([])
  })
})

describe('the dashboard', () => {
  const goal = { words: '', unit: 'share', is: 'above', samples: 200, needed: 100 } as const
  const analytics = {
    ...{ from: 0, to: 1, totals: {} as never, buckets: [] },
    goals: {
      accuracy: { ...goal, name: 'accuracy', figure: 0.998, target: 0.99, met: true },
      autoResolution: { ...goal, name: 'autoResolution', figure: 0.5, target: 0.95, met: false },
      syncTime: { ...goal, name: 'syncTime', unit: 'ms', is: 'below', figure: 1_500, target: 30_000, met: true },
      apiErrors: { ...goal, name: 'apiErrors', is: 'below', target: 0.01, met: undefined },
      adoption: { ...goal, name: 'adoption', unit: 'users', met: undefined },
    },
  } as const

  test('shows each figure with its target, and says in words whether it is met', async () => {
    const page = await render(client({ 'GET /analytics': analytics }), <StatusDashboard />)
    expect(page.all('[data-cw-part="goal"]').map((one) => one.textContent)).toEqual([
      'Accurate copies99.8%target: above 99%, met',
      'Conflicts settled by themselves50%target: above 95%, missed',
      expect.stringMatching(/^Average sync1\.5 secs?target: below 30 secs?, met$/),
      'Failed requests–target: below 1%, too little counted',
    ])
  })

  test('syncs a group when it is asked to, and reads its runs when they are folded out', async () => {
    const fixture = client({
      'GET /groups': { items: [] },
      'POST /groups/{groupId}/sync': { how: 'soon' },
      'GET /groups/{groupId}/runs': { items: [] },
    })
    const page = await render(fixture, <StatusDashboard />)
    expect(page.text()).toContain('2 waiting for you')
    expect(fixture.calls.some(({ route }) => route.endsWith('/runs'))).toBe(false)
    await page.click('Sync now: All')
    await happens(() => {
      page.get<HTMLDetailsElement>('details').open = true
      page.get('details').dispatchEvent(new Event('toggle'))
    })
    expect(page.text()).toContain('No sync has changed anything yet.')
    expect(fixture.calls.map(({ route }) => route)).toContain('POST /groups/{groupId}/sync')
  })

  test('never asks a server that does not count for its figures', async () => {
    const fixture = client({ 'GET /session': { ...session, counts: false } })
    await render(fixture, <StatusDashboard />)
    expect(fixture.calls.map(({ route }) => route)).not.toContain('GET /analytics')
  })
})

describe('words', () => {
  test('can be replaced one by one, dates and numbers follow the locale', async () => {
    const strings = { allInStep: 'Alles synchron.', levels: { ...english.levels, ok: 'Synchron' } }
    const calm = client({ 'GET /status': { ...status, level: 'ok', reasons: [] } })
    const page = await render(calm, <StatusBanner />, { strings, locale: 'de' })
    expect(page.text()).toBe('Alles synchron.')
  })

  test('are missing nowhere: a component outside of a provider says what it needs', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const { createRoot } = await import('react-dom/client')
    const { act } = await import('react')
    const root = createRoot(document.createElement('div'))
    await expect(act(async () => root.render(<StatusBanner />))).rejects.toThrow('no CalweaveProvider')
    expect(CalweaveProvider).toBeTypeOf('function')
    vi.restoreAllMocks()
  })
})
