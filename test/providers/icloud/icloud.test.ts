import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../../src/errors.js'
import type { RemoteCalendarId } from '../../../src/model/ids.js'
import { type IcloudProviderOptions, icloudProvider } from '../../../src/providers/icloud/index.js'
import type { ProviderAccount } from '../../../src/providers/provider.js'
import type { FakeIcloudAccount } from '../../../src/testing/icloud/fake-account.js'
import { type FakeIcloud, type FakeIcloudOptions, fakeIcloud } from '../../../src/testing/icloud/fake-icloud.js'
import { corpusFolder } from '../../corpus/corpus.js'
import { serve } from '../../support/serve.js'
import { content, ics, keyOf, Mirror, markOf } from '../caldav/fixtures.js'

interface Stage {
  readonly icloud: FakeIcloud
  readonly owner: FakeIcloudAccount
  readonly account: ProviderAccount
}

function stage(options: FakeIcloudOptions = {}, provider: IcloudProviderOptions = {}): Stage {
  const icloud = fakeIcloud(options)
  const owner = icloud.addAccount({ dsid: '17149682' })
  return { icloud, owner, account: open(icloud, owner, owner.password ?? '', provider) }
}

function open(
  icloud: FakeIcloud,
  owner: FakeIcloudAccount,
  password: string,
  provider: IcloudProviderOptions = {},
): ProviderAccount {
  return icloudProvider({ fetch: icloud.fetch, ...provider }).open({
    settings: {},
    credentials: { username: owner.username, password },
  })
}

const draft = (n: number) => ({ key: keyOf(n), content: content(), mark: markOf(keyOf(n)) })
const work = '/17149682/calendars/work/' as RemoteCalendarId

describe('what is listed', () => {
  test('calendars for events, each with what may be done there, and nothing else of what stands in a home', async () => {
    const { owner, account } = stage()
    owner.addCalendar('reminders', 'reminders')
    owner.addCalendar('family', 'shared')
    owner.addCalendar('team', 'readonly')
    owner.addCalendar('holidays', 'subscribed')
    const calendars = await account.listCalendars()
    expect(calendars.map(({ id, name, access, color }) => [id, name, access, color])).toEqual([
      ['/17149682/calendars/home/', 'Home', 'write', '#1badf8'],
      ['/17149682/calendars/work/', 'Work', 'write', '#1badf8'],
      ['/17149682/calendars/family/', 'Family', 'write', '#1badf8'],
      ['/17149682/calendars/team/', 'Team', 'read', '#1badf8'],
      ['/17149682/calendars/holidays/', 'Holidays', 'read', '#1badf8'],
    ])
  })

  test('the first call costs the way to the account once, and an unchanged calendar one request', async () => {
    const { icloud, account } = stage()
    const mirror = new Mirror(account, work)
    await mirror.pull()
    expect(icloud.requests.map(({ method, host, path }) => `${method} ${host} ${path}`)).toEqual([
      'PROPFIND caldav.icloud.com /',
      'PROPFIND caldav.icloud.com /17149682/principal/',
      'PROPFIND p62-caldav.icloud.com /17149682/calendars/',
      'PROPFIND p62-caldav.icloud.com /17149682/calendars/work/',
      'REPORT p62-caldav.icloud.com /17149682/calendars/work/',
    ])
    icloud.requests.length = 0
    await mirror.pull()
    expect(icloud.requests).toMatchObject([{ method: 'REPORT', status: 207 }])
  })

  test('many calls at once look for the account once', async () => {
    const { icloud, account } = stage()
    await Promise.all([account.listCalendars(), account.fetch(work, []), new Mirror(account, work).pull()])
    expect(icloud.requests.filter(({ path }) => path === '/')).toHaveLength(1)
  })

  test('a caller who gives up leaves the search to the others, and one who never began makes no request', async () => {
    const { icloud, account } = stage()
    const controller = new AbortController()
    const first = failureOf(account.listCalendars({ signal: controller.signal }))
    const second = account.listCalendars()
    controller.abort()
    expect(await first).toMatchObject({ code: 'aborted' })
    expect(await second).toHaveLength(2)
    const fresh = stage()
    expect(await failureOf(fresh.account.listCalendars({ signal: AbortSignal.abort() }))).toMatchObject({
      code: 'aborted',
    })
    await new Promise((resolve) => setTimeout(resolve, 20)) // a request that was begun all the same would show by now
    expect(fresh.icloud.requests).toEqual([])
    expect(icloud.requests.filter(({ path }) => path === '/')).toHaveLength(1)
  })

  test('a search that failed is made again with the next call', async () => {
    const icloud = fakeIcloud()
    const owner = icloud.addAccount()
    let isDown = true
    const account = icloudProvider({
      fetch: async (input, init) => {
        if (isDown) throw new TypeError('fetch failed')
        return icloud.fetch(input, init)
      },
    }).open({ settings: {}, credentials: { username: owner.username, password: owner.password } })
    expect(await failureOf(account.listCalendars())).toMatchObject({ code: 'unavailable' })
    isDown = false
    expect(await account.listCalendars()).toHaveLength(2)
  })

  test('the fake as a server of its own, at one address', async () => {
    const icloud = fakeIcloud()
    const owner = icloud.addAccount()
    const server = await serve(icloud.handle)
    try {
      const account = icloudProvider({ server: server.url, allowedHosts: [new URL(server.url).host] }).open({
        settings: {},
        credentials: { username: owner.username, password: owner.password },
      })
      expect((await account.listCalendars()).map(({ name }) => name)).toEqual(['Home', 'Work'])
    } finally {
      await server.close()
    }
  })
})

describe('a password that Apple refuses', () => {
  test('the own password of the Apple Account is told from an app-specific one, and is not repeated', async () => {
    const { icloud, owner } = stage()
    const error = await failureOf(open(icloud, owner, 'Correct-Horse-7').listCalendars())
    expect(error).toMatchObject({ code: 'auth_expired', remedy: 'reauthorize' })
    expect(error.message).toContain("the Apple Account's own password is never accepted")
    expect(error.message).toContain('https://account.apple.com')
    expect(error.message).not.toContain('Correct-Horse')
  })

  test('a revoked one says that a change of the password revokes all of them, and a new one works', async () => {
    const { icloud, owner, account } = stage()
    await account.listCalendars()
    owner.revoke()
    const error = await failureOf(account.listCalendars())
    expect(error).toMatchObject({ code: 'auth_expired' })
    expect(error.message).toContain('when the password of the Apple Account is changed')
    owner.renew('ponm-lkji-hgfe-dcba')
    expect(await open(icloud, owner, 'ponm-lkji-hgfe-dcba').listCalendars()).toHaveLength(2)
  })

  test('is tried at the account and at the front, and no further', async () => {
    const { icloud, owner, account } = stage()
    await account.listCalendars()
    owner.revoke()
    icloud.requests.length = 0
    await failureOf(account.listCalendars())
    expect(icloud.requests).toHaveLength(2)
  })

  test('a "forbidden" to the sign-in means the same', async () => {
    const account = icloudProvider({ fetch: async () => new Response('', { status: 403 }) }).open({
      settings: {},
      credentials: { username: 'jane@example.com', password: 'abcd-efgh-ijkl-mnop' },
    })
    expect(await failureOf(account.listCalendars())).toMatchObject({ code: 'auth_expired' })
  })

  test('a calendar that may not be read is no matter of the password', async () => {
    const { owner, account } = stage()
    owner.addCalendar('todo', 'reminders')
    const mirror = new Mirror(account, owner.path('todo') as RemoteCalendarId)
    expect(await failureOf(mirror.pull())).toMatchObject({ code: 'forbidden' })
  })
})

describe('an account that Apple moves to another host', () => {
  test.each(['misdirected', 'redirect', 'not_found', 'unauthorized'] as const)(
    'is found again where its old host says %s; ids stay, and nothing looks new or removed',
    async (whenMoved) => {
      const { icloud, owner, account } = stage({ whenMoved })
      owner.put('work', ics('one@example.com', 'One'))
      const mirror = new Mirror(account, work)
      await mirror.pull()
      const before = [...mirror.held]
      owner.move(107)
      expect(await mirror.pull()).toEqual([])
      mirror.cursor = undefined
      await mirror.pull()
      expect([...mirror.held]).toEqual(before)
      expect((await account.listCalendars()).map(({ id }) => id)).toContain(work)
      icloud.requests.length = 0
      await mirror.pull()
      expect(icloud.requests).toMatchObject([{ host: 'p107-caldav.icloud.com' }])
    },
  )

  test.each(['redirect', 'not_found', 'unauthorized'] as const)(
    'is written to in the new place, once, where its old host says %s',
    async (whenMoved) => {
      const { owner, account } = stage({ whenMoved })
      await account.listCalendars()
      owner.move(107)
      const { id } = await account.create(work, draft(1))
      expect(id).toBe(account.idFor(work, keyOf(1)))
      expect(owner.collections.get('work')?.items.size).toBe(1)
    },
  )

  test('a write that the old host misdirects is left to the engine, which looks before it writes again', async () => {
    const { owner, account } = stage({ whenMoved: 'misdirected' })
    await account.listCalendars()
    owner.move(107)
    expect(await failureOf(account.create(work, draft(1)))).toMatchObject({ code: 'unavailable' })
    await account.create(work, draft(1))
    expect(owner.collections.get('work')?.items.size).toBe(1)
  })

  test('a calendar that is gone is looked for in the same place once, and then is gone', async () => {
    const { icloud, owner, account } = stage()
    await account.listCalendars()
    owner.removeCalendar('work')
    icloud.requests.length = 0
    expect(await failureOf(new Mirror(account, work).pull())).toMatchObject({ code: 'calendar_gone' })
    expect(icloud.requests.map(({ path }) => path)).toEqual([work, '/', '/17149682/principal/', '/17149682/calendars/'])
    expect(await account.listCalendars()).toHaveLength(1)
  })
})

describe('hosts that are not Apple’s get nothing', () => {
  const principal = '<current-user-principal><href>/1/principal/</href></current-user-principal>'
  const homeAt = (home: string): string =>
    `<C:calendar-home-set xmlns:C="urn:ietf:params:xml:ns:caldav"><href>${home}</href></C:calendar-home-set>`
  const answer = (props: string): Response =>
    new Response(
      `<multistatus xmlns="DAV:"><response><href>/</href><propstat><prop>${props}</prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>`,
      { status: 207 },
    )

  test.each([
    'https://p62-caldav.icloud.com.evil.example/1/calendars/',
    'https://p62-caldav-icloud.com/1/calendars/',
    'https://evil-icloud.com/1/calendars/',
    'https://icloud.com@evil.example/1/calendars/',
    'https://p62-caldav.icloud.com.cn/1/calendars/',
    'http://p62-caldav.icloud.com/1/calendars/',
    'https://127.0.0.1/1/calendars/',
  ])('a home at %s', async (home) => {
    const asked: string[] = []
    const account = icloudProvider({
      fetch: async (input, init) => {
        const { url } = new Request(input, init)
        asked.push(new URL(url).host)
        return answer(new URL(url).pathname === '/' ? principal : homeAt(home))
      },
    }).open({ settings: {}, credentials: { username: 'jane@example.com', password: 'abcd-efgh-ijkl-mnop' } })
    expect(await failureOf(account.listCalendars())).toMatchObject({ reason: 'ADDRESS_REFUSED' })
    expect(new Set(asked)).toEqual(new Set(['caldav.icloud.com']))
  })

  test('a redirect to a look-alike', async () => {
    const asked: string[] = []
    const account = icloudProvider({
      fetch: async (input, init) => {
        asked.push(new URL(new Request(input, init).url).host)
        return new Response('', { status: 301, headers: { location: 'https://icloud.com.evil.example/' } })
      },
    }).open({ settings: {}, credentials: { username: 'jane@example.com', password: 'abcd-efgh-ijkl-mnop' } })
    expect(await failureOf(account.listCalendars())).toMatchObject({ reason: 'ADDRESS_REFUSED' })
    expect(new Set(asked)).toEqual(new Set(['caldav.icloud.com']))
  })

  test('accounts of mainland China are asked for at their own front', async () => {
    const icloud = fakeIcloud({ domain: 'icloud.com.cn' })
    const owner = icloud.addAccount()
    const account = icloudProvider({ fetch: icloud.fetch }).open({
      settings: { region: 'china' },
      credentials: { username: owner.username, password: owner.password },
    })
    expect(await account.listCalendars()).toHaveLength(2)
    expect(new Set(icloud.requests.map(({ host }) => host))).toEqual(
      new Set(['caldav.icloud.com.cn', 'p62-caldav.icloud.com.cn']),
    )
  })
})

describe('what Apple’s rules ask for', () => {
  test('an event of no length is written with an end', async () => {
    const { owner, account } = stage()
    const start = { kind: 'timed', local: '2026-03-04T09:00:00', zone: 'Europe/Berlin' } as const
    const key = keyOf(2)
    const created = await account.create(work, {
      key,
      content: content({ time: { start, end: start } }),
      mark: markOf(key),
    })
    const textNow = (): string =>
      [...(owner.collections.get('work')?.items.values() ?? [])].map((item) => item.text).join()
    expect(textNow()).toMatch(/^DTSTART(;TZID=Europe\/Berlin:20260304T090000\r\n)DTEND\1/m)
    const [found] = await account.fetch(work, [created.id])
    if (found?.type !== 'found') throw new Error('the event is not there')
    expect(found.event.content.time).toEqual({ start, end: start })
    await account.update(work, {
      current: found.event,
      content: { ...found.event.content, title: 'New' },
      fields: ['title'],
    })
    expect(textNow().match(/^DTEND/gm)).toHaveLength(1)
  })

  test('copies of one event in two calendars of one account have two UIDs', async () => {
    const { owner, account } = stage()
    await account.create(work, draft(1))
    await account.create('/17149682/calendars/home/' as RemoteCalendarId, draft(2))
    expect([...owner.collections.values()].map(({ items }) => items.size)).toEqual([1, 1])
  })

  test('a UID that another calendar of the account has is refused for what it is', async () => {
    const { owner, account } = stage()
    const { id } = await account.create(work, draft(1))
    const text = owner.collections.get('work')?.items.get(id.slice(id.lastIndexOf('/') + 1))?.text ?? ''
    owner.remove('work', id.slice(id.lastIndexOf('/') + 1))
    owner.put('home', text, 'MOVED.ics')
    expect(await failureOf(account.create(work, draft(1)))).toMatchObject({
      code: 'event_refused',
      reason: 'UID_CONFLICT',
    })
  })

  test('an event that a list names and a report does not know is read alone, and not taken for removed', async () => {
    const { owner, account } = stage()
    owner.addCalendar('family', 'shared')
    owner.put('family', ics('one@example.com', 'Picnic'))
    const mirror = new Mirror(account, owner.path('family') as RemoteCalendarId)
    await mirror.pull()
    expect([...mirror.events.values()].map((event) => event.content.title)).toEqual(['Picnic'])
  })

  test('a forgotten token lists the calendar anew', async () => {
    const { owner, account } = stage()
    owner.put('work', ics('one@example.com', 'One'))
    const mirror = new Mirror(account, work)
    await mirror.pull()
    owner.forgetTokens('work')
    expect(await failureOf(mirror.pull())).toMatchObject({ code: 'cursor_expired' })
  })
})

describe('settings and credentials are checked before anything is sent', () => {
  const credentials = { username: 'jane@example.com', password: 'abcd-efgh-ijkl-mnop' }

  test.each([
    [{ url: 'https://caldav.icloud.com' }, credentials, 'settings'],
    [{ region: 'mars' }, credentials, 'settings.region'],
    [{}, { token: 'hunter2' }, 'credentials'],
    [{}, { ...credentials, password: '' }, 'credentials.password'],
    [{}, { username: 'jane:doe', password: 'hunter2' }, 'credentials.username'],
  ])('%j %j', (settings, given, path) => {
    let thrown: unknown
    try {
      icloudProvider().open({ settings, credentials: given })
    } catch (error) {
      thrown = error
    }
    expect(isSyncError(thrown, 'invalid_input')).toBe(true)
    expect(String(thrown)).toContain(path)
    expect(String(thrown)).not.toContain('hunter2')
  })

  test('no settings at all are fine', () => {
    expect(icloudProvider().open({ settings: undefined, credentials }).capabilities.guardedWrites).toBe(true)
  })
})

const recorded = corpusFolder('caldav-xml')

describe.skipIf(!recorded)('answers that iCloud gave to others (skipped without the corpus)', () => {
  test.each(['caldav__test-caldav-unit__014_multistatus.xml', 'quirk-samples/icloud-calendar-home-set.xml'])(
    '%s leads to the host of the account, with its port',
    async (file) => {
      const body = readFileSync(join(recorded ?? '', file), 'utf8')
      const asked: string[] = []
      const account = icloudProvider({
        fetch: async (input, init) => {
          const { url } = new Request(input, init)
          asked.push(url)
          if (url === 'https://caldav.icloud.com/17149682/principal/') return new Response(body, { status: 207 })
          const principal =
            '<current-user-principal><href>/17149682/principal/</href></current-user-principal><resourcetype><collection/></resourcetype>'
          return new Response(
            `<multistatus xmlns="DAV:"><response><href>/</href><propstat><prop>${principal}</prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>`,
            { status: 207 },
          )
        },
      }).open({ settings: {}, credentials: { username: 'jane@example.com', password: 'abcd-efgh-ijkl-mnop' } })
      await account.listCalendars()
      expect(asked).toContain('https://p62-caldav.icloud.com/17149682/calendars/')
    },
  )
})

async function failureOf(attempt: Promise<unknown>): Promise<Error> {
  try {
    await attempt
  } catch (error) {
    if (isSyncError(error)) return error
    throw error
  }
  throw new Error('this call cannot succeed')
}
