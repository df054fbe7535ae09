import { afterEach, describe, expect, test, vi } from 'vitest'
import { ClientProblem, type Fixtures, fixtureClient } from '../../src/client/index.js'
import { ConnectWizard } from '../../src/react/index.js'
import { page as server } from '../client/page.js'
import { calendars, connections, group, session } from './fixtures.js'
import { render, settle } from './render.js'

const plan = {
  groupId: 'group-1',
  counts: { events: 3, create: 2, update: 1, remove: 0, verify: 0, conflicts: 1, waiting: 0, lossy: 0 },
  byCalendar: [],
  events: [],
  more: false,
  unreachable: [],
}

function client(more: Fixtures = {}) {
  return fixtureClient({
    'GET /session': session,
    'GET /calendars': calendars,
    'GET /connections': connections,
    'POST /groups': group,
    'POST /pauses/clear': { done: true },
    'POST /groups/{groupId}/plan': plan,
    'PATCH /groups/{groupId}': group,
    'POST /groups/{groupId}/sync': { how: 'soon' },
    'DELETE /groups/{groupId}': { done: true },
    'POST /sign-ins': { url: 'https://login.example.com/authorize' },
    ...more,
  })
}

afterEach(() => vi.restoreAllMocks())

describe('the connection wizard', () => {
  test('begins with the services, and says which step this is', async () => {
    const page = await render(client(), <ConnectWizard search="" />)
    expect(page.get('h2').textContent).toBe('Step 1 of 6: Service. Which calendar do you want to connect?')
    expect(page.get('[aria-current="step"]').textContent).toBe('Service')
    expect(page.all('[data-cw-part="services"] button').map((button) => button.textContent)).toEqual([
      'A Acme',
      'O Other',
    ])
  })

  test('leaves for a sign-in with what the person allows, and tells the scopes in plain words', async () => {
    const assign = vi.spyOn(location, 'assign').mockImplementation(() => undefined)
    const fixture = client()
    const page = await render(fixture, <ConnectWizard search="" returnTo="/connect" />)
    await page.click('A Acme')
    expect(document.activeElement).toBe(page.get('h2'))
    await page.type('What may be done there?', 'read')
    expect(page.named<HTMLSelectElement>('What may be done there?').selectedOptions[0]?.textContent).toBe(
      'Read your events',
    )
    await page.click('Connect')
    const [call] = fixture.calls.filter(({ route }) => route === 'POST /sign-ins')
    expect(call?.input.body).toEqual({ offer: 'acme', mode: 'read', returnTo: '/connect' })
    expect(assign).toHaveBeenCalledWith('https://login.example.com/authorize')
  })

  test('goes nowhere but to web pages', async () => {
    const assign = vi.spyOn(location, 'assign').mockImplementation(() => undefined)
    const fixture = client({ 'POST /sign-ins': { url: 'javascript:alert(1)' } })
    const page = await render(fixture, <ConnectWizard search="" />)
    await page.click('A Acme')
    const failed = new Promise((resolve) => process.once('unhandledRejection', resolve))
    await page.click('Connect')
    expect(String(await failed)).toContain('no address of a web page')
    expect(assign).not.toHaveBeenCalled()
  })

  test('takes a user name and a password, which may be pasted, and keeps neither', async () => {
    const fixture = client({ 'POST /connections': { connection: connections.items[1] as never, calendars: [] } })
    const page = await render(fixture, <ConnectWizard search="" />)
    await page.click('O Other')
    expect(page.text()).toContain('Make an app password first.')
    const password = page.named<HTMLInputElement>('Password')
    expect([password.type, password.onpaste]).toEqual(['password', null])
    expect(page.named<HTMLButtonElement>('Connect').disabled).toBe(true)
    await page.type('User name', 'mara')
    await page.type('Password', 'secret')
    await page.click('Connect')
    const [call] = fixture.calls.filter(({ route }) => route === 'POST /connections')
    expect(call?.input.body).toEqual({ offer: 'other', fields: { username: 'mara', password: 'secret' } })
    expect(page.get('[aria-current="step"]').textContent).toBe('Calendars')
    // The new account comes first.
    expect(page.all('legend').map((legend) => legend.textContent)).toEqual([
      'O Calendars of mara@example.net',
      'A Calendars of mara@example.com',
    ])
    await page.click('Back')
    await page.click('O Other')
    expect(page.named<HTMLInputElement>('Password').value).toBe('')
  })

  test('says why an account was not connected, and keeps what was typed in', async () => {
    const fixture = client({
      'POST /connections': () => {
        throw new ClientProblem('The password is not right.', {
          code: 'auth_expired',
          remedy: 'reauthorize',
          status: 409,
        })
      },
    })
    const page = await render(fixture, <ConnectWizard search="" />)
    await page.click('O Other')
    await page.type('User name', 'mara')
    await page.type('Password', 'wrong')
    await page.click('Connect')
    expect(page.get('[role="alert"]').textContent).toBe('The password is not right.')
    expect(page.named<HTMLInputElement>('User name').value).toBe('mara')
  })

  test('goes on with the calendars when a sign-in comes back, and says so when it failed', async () => {
    const back = await render(client(), <ConnectWizard search="?connected=account-2" />)
    expect(back.get('[aria-current="step"]').textContent).toBe('Calendars')
    const failed = await render(client(), <ConnectWizard search="?problem=forbidden" />)
    expect(failed.get('[role="alert"]').textContent).toBe('The sign-in did not work.')
  })

  test('proposes to only read what cannot be written, and asks for two calendars or more', async () => {
    const page = await render(client(), <ConnectWizard search="?connected=account-2" />)
    const next = page.named<HTMLButtonElement>('Next')
    expect(next.disabled).toBe(true)
    await page.click('Home')
    await page.click('Holidays')
    expect(next.disabled).toBe(false)
    await page.click('Next')
    const direction = page.named<HTMLSelectElement>('Direction of Holidays')
    expect([...direction.options].map(({ value }) => value)).toEqual(['read'])
    expect(page.named<HTMLInputElement>('Name of this group').value).toBe('Home + Holidays')
  })

  test('holds the group back while the person looks, and starts it with the last button', async () => {
    const fixture = client()
    const onDone = vi.fn()
    const page = await render(fixture, <ConnectWizard search="?connected=account-2" onDone={onDone} />)
    await page.click('Home')
    await page.click('Work')
    await page.click('Next')
    await page.type('What copies in Work show', 'busy')
    await page.click('Show what would happen')
    expect(page.text()).toContain('2 copies made, 1 event changed, 0 removed')
    const made = fixture.calls.filter(({ route }) => !route.startsWith('GET'))
    expect(made.map(({ route }) => route)).toEqual(['POST /groups', 'POST /groups/{groupId}/plan'])
    expect(made[0]?.input.body).toEqual({
      name: 'Home + Work',
      schedule: 'manual',
      paused: 'preview',
      members: [
        { calendarId: 'home', direction: 'both' },
        { calendarId: 'work', direction: 'both', projection: { show: 'busy' } },
      ],
    })
    await page.click('Start syncing')
    expect(
      fixture.calls
        .filter(({ route }) => !route.startsWith('GET'))
        .map(({ route }) => route)
        .slice(2),
    ).toEqual(['PATCH /groups/{groupId}', 'POST /pauses/clear', 'POST /groups/{groupId}/sync'])
    expect(onDone).toHaveBeenCalledTimes(1)
    expect(page.text()).toContain('The calendars are kept in step now.')
  })

  test('leaves no group behind when the person gives up, goes back or goes away', async () => {
    for (const how of ['Cancel', 'Back', 'leave']) {
      const fixture = client()
      const page = await render(fixture, <ConnectWizard search="?connected=account-2" />)
      await page.click('Home')
      await page.click('Work')
      await page.click('Next')
      await page.click('Show what would happen')
      if (how === 'leave') await page.leave()
      else await page.click(how)
      if (how === 'Back') await page.click('Show what would happen')
      await settle()
      const removed = fixture.calls.filter(({ route }) => route === 'DELETE /groups/{groupId}')
      expect(removed.map(({ input }) => input)).toEqual([{ params: { groupId: 'group-1' }, query: { copies: 'keep' } }])
    }
  })

  test('writes to no calendar before the last button, and syncs after it', async () => {
    const { client: real, user, add, provider } = await server()
    add('work', 'Stand-up')
    const page = await render(real, <ConnectWizard search="" />)
    const titles = () =>
      provider.service
        .calendar('home')
        .all()
        .map(({ content }) => content.title)
    await page.click('Use calendars that are connected already')
    await page.click('Work')
    await page.click('Home')
    await page.click('Next')
    await page.click('Show what would happen')
    await settle(100)
    expect(page.text()).toContain('1 copy made, 0 events changed, 0 removed')
    expect(page.text()).toContain('Stand-up Home: copy made')
    expect(titles()).toEqual([])
    await page.click('Start syncing')
    await settle(200)
    expect(titles()).toEqual(['Stand-up'])
    const [group] = await user.groups.list()
    expect([group?.schedule, await user.pauses.list()]).toEqual([{ every: 900_000 }, []])
  })
})
