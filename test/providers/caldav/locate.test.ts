import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../../src/errors.js'
import type { RemoteCalendarId } from '../../../src/model/ids.js'
import { parseAddress } from '../../../src/providers/caldav/account-address.js'
import type { ServiceTarget } from '../../../src/providers/caldav/index.js'
import { caldavProvider } from '../../../src/providers/caldav/index.js'
import { inOrder } from '../../../src/providers/caldav/service-records.js'
import { calendar, collectionType, type DavPage, davSites, homeProp, openSites, principalProp } from './dav-site.js'
import { content, ics, keyOf, Mirror, markOf, withStub } from './fixtures.js'

/** A CalDAV service at one address, with one calendar of the given name. */
function service(at: string, name: string): Readonly<Record<string, DavPage>> {
  const { pathname, origin } = new URL(at)
  return {
    [at]: { props: `${collectionType}${principalProp(`${pathname}jane/`)}` },
    [`${at}jane/`]: { props: homeProp(`${pathname}jane/cal/`) },
    [`${at}jane/cal/`]: { props: collectionType, below: [calendar(`${pathname}jane/cal/${name}/`, name)] },
    [`${origin}/.well-known/caldav`]: { status: 301, headers: { location: pathname } },
  }
}

/** A DNS with these records; every name that is asked for is noted. */
function dns(records: Readonly<Record<string, readonly ServiceTarget[]>>) {
  const asked: string[] = []
  return {
    asked,
    async resolveService(name: string): Promise<readonly ServiceTarget[]> {
      asked.push(name)
      return records[name] ?? []
    },
  }
}

const target = (host: string, more: Partial<ServiceTarget> = {}): ServiceTarget => ({ host, port: 443, ...more })
const secure = '_caldavs._tcp.example.com'

async function found(
  pages: Readonly<Record<string, DavPage>>,
  records: Readonly<Record<string, readonly ServiceTarget[]>>,
  settings: unknown = { address: 'jane@example.com' },
): Promise<{ readonly names: readonly string[]; readonly asked: readonly string[]; readonly ids: readonly string[] }> {
  const sites = davSites(pages)
  const account = openSites(sites, settings, { resolveService: dns(records).resolveService })
  const calendars = await account.listCalendars()
  return { names: calendars.map(({ name }) => name), ids: calendars.map(({ id }) => id), asked: sites.asked }
}

describe('an account is found from', () => {
  const pages = service('https://dav.example.com/dav/', 'work')

  test.each(['jane@example.com', 'mailto:Jane@EXAMPLE.com', 'example.com', ' example.com. '])('%j', async (address) => {
    expect(await found(pages, { [secure]: [target('dav.example.com')] }, { address })).toMatchObject({
      names: ['work'],
      ids: ['/dav/jane/cal/work/'],
    })
  })

  test.each(['https://dav.example.com/dav/', 'dav.example.com/dav/', 'dav.example.com', 'dav.example.com:443'])(
    '%j, without a word of the DNS',
    async (address) => {
      const sites = davSites(pages)
      expect(await openSites(sites, { address }).listCalendars()).toMatchObject([{ name: 'work' }])
    },
  )

  test('the path of the TXT record, with no detour', async () => {
    const { names, asked } = await found(pages, { [secure]: [target('dav.example.com', { path: '/dav/' })] })
    expect(names).toEqual(['work'])
    expect(asked[0]).toBe('PROPFIND https://dav.example.com/dav/ as jane')
  })

  test('the well-known address, where the path of the TXT record leads nowhere', async () => {
    const { names } = await found(pages, { [secure]: [target('dav.example.com', { path: '/old/' })] })
    expect(names).toEqual(['work'])
  })

  test('the root, where there is no well-known address', async () => {
    const { names } = await found(service('https://dav.example.com/', 'work'), {
      [secure]: [target('dav.example.com')],
    })
    expect(names).toEqual(['work'])
  })

  test.each(['//evil.example/dav/', 'https://evil.example/dav/', 'dav', ''])(
    'a server whose TXT record names %j as its path, which is not followed',
    async (path) => {
      const { names, asked } = await found(pages, { [secure]: [target('dav.example.com', { path })] })
      expect(names).toEqual(['work'])
      expect(asked.filter((line) => !line.includes('https://dav.example.com/'))).toEqual([])
    },
  )

  test('a port that the DNS names, at the host of the address itself', async () => {
    const pages = service('https://example.com:8443/', 'work')
    expect(await found(pages, { [secure]: [target('example.com', { port: 8443 })] })).toMatchObject({
      names: ['work'],
      ids: ['/jane/cal/work/'],
    })
  })

  test('the domain itself, where the DNS says nothing', async () => {
    const { names } = await found(service('https://example.com/dav/', 'work'), {})
    expect(names).toEqual(['work'])
  })

  test('a domain with letters of its own', async () => {
    const records = dns({ '_caldavs._tcp.xn--mnchen-3ya.example': [target('dav.xn--mnchen-3ya.example')] })
    const sites = davSites(service('https://dav.xn--mnchen-3ya.example/', 'Arbeit'))
    const account = openSites(sites, { address: 'jane@münchen.example' }, records)
    expect(await account.listCalendars()).toMatchObject([{ name: 'Arbeit' }])
  })
})

test('a server that forbids what was named says so, and one that forbids a path that nobody named does not', async () => {
  const cases = [
    ['https://example.com/.well-known/caldav', 'forbidden'],
    ['https://example.com/dav/', 'not_a_calendar'],
  ] as const
  for (const [url, code] of cases) {
    const account = openSites(davSites({ [url]: { status: 403 } }), { address: 'example.com' })
    await expect(account.listCalendars()).rejects.toMatchObject({ code })
  }
})

describe('several servers', () => {
  const both = { ...service('https://a.example.com/', 'a'), ...service('https://b.example.com/', 'b') }

  test('are tried in the order of their priorities', async () => {
    const records = { [secure]: [target('b.example.com', { priority: 20 }), target('a.example.com', { priority: 10 })] }
    expect((await found(both, records)).names).toEqual(['a'])
  })

  test('stand in for each other when one is down', async () => {
    const records = { [secure]: [target('a.example.com', { priority: 1 }), target('b.example.com', { priority: 2 })] }
    for (const page of ['down', { status: 503 }] as const) {
      const pages = { ...both, 'https://a.example.com/.well-known/caldav': page, 'https://a.example.com/': page }
      expect((await found(pages, records)).names).toEqual(['b'])
    }
  })

  test('do not each get a password that the first one refuses', async () => {
    const records = { [secure]: [target('a.example.com', { priority: 1 }), target('b.example.com', { priority: 2 })] }
    const sites = davSites({ ...both, 'https://a.example.com/.well-known/caldav': { status: 401 } })
    const account = openSites(sites, { address: 'example.com' }, dns(records))
    await expect(account.listCalendars()).rejects.toMatchObject({ code: 'auth_expired' })
    expect(sites.asked).toHaveLength(1)
  })

  test('that are all down are unavailable, and the domain itself is not asked in their place', async () => {
    const sites = davSites({
      ...service('https://example.com/', 'old'),
      'https://a.example.com/.well-known/caldav': 'down',
    })
    const account = openSites(sites, { address: 'example.com' }, dns({ [secure]: [target('a.example.com')] }))
    await expect(account.listCalendars()).rejects.toMatchObject({ code: 'unavailable' })
    expect(sites.asked.every((line) => line.includes('a.example.com'))).toBe(true)
  })

  test('of equal weight: one user comes to the same one every time, and all users to both', async () => {
    const records = { [secure]: [target('a.example.com', { weight: 1 }), target('b.example.com', { weight: 1 })] }
    const names = new Map<string, Set<string>>()
    for (let user = 0; user < 20; user++)
      for (let time = 0; time < 2; time++) {
        const account = caldavProvider({ fetch: davSites(both).fetch, ...dns(records) }).open({
          settings: { address: 'example.com' },
          credentials: { username: `user${user}`, password: 'secret' },
        })
        const name = (await account.listCalendars())[0]?.name ?? ''
        names.set(`${user}`, (names.get(`${user}`) ?? new Set()).add(name))
      }
    expect([...names.values()].every((seen) => seen.size === 1)).toBe(true)
    expect(new Set([...names.values()].flatMap((seen) => [...seen]))).toEqual(new Set(['a', 'b']))
  })
})

describe('another site needs a word from a person', () => {
  const pages = service('https://caldav.example.net/', 'work')
  const records = { [secure]: [target('caldav.example.net')] }

  test('and until then gets nothing; the error names it', async () => {
    const sites = davSites(pages)
    const error = await openSites(sites, { address: 'jane@example.com' }, dns(records))
      .listCalendars()
      .catch((e) => e)
    expect(error).toMatchObject({ code: 'invalid_input', reason: 'OTHER_SITE' })
    expect(error.message).toContain('caldav.example.net')
    expect(error.message).toContain('trustedHosts')
    expect(sites.asked).toEqual([])
  })

  test.each([
    [{ trustedHosts: ['caldav.example.net'] }, {}],
    [{}, { trustedHosts: ['caldav.example.net'] }],
  ])('given in the settings %j or by the app %j', async (settings, options) => {
    const account = openSites(
      davSites(pages),
      { address: 'jane@example.com', ...settings },
      { ...options, ...dns(records) },
    )
    expect(await account.listCalendars()).toMatchObject([{ id: '/jane/cal/work/' }])
  })

  test('and a redirect of the domain to another site does, too', async () => {
    const sites = davSites({
      ...pages,
      'https://example.com/.well-known/caldav': { status: 301, headers: { location: 'https://caldav.example.net/' } },
    })
    const account = openSites(sites, { address: 'jane@example.com' })
    await expect(account.listCalendars()).rejects.toMatchObject({ code: 'invalid_input', reason: 'OTHER_SITE' })
    expect(sites.asked).toEqual(['PROPFIND https://example.com/.well-known/caldav as jane'])
  })

  test('a target inside of a network is refused, whoever names it', async () => {
    for (const host of ['localhost', '127.0.0.1', 'nas.local']) {
      const sites = davSites({})
      const account = openSites(
        sites,
        { address: 'jane@example.com', trustedHosts: [host] },
        dns({ [secure]: [target(host)] }),
      )
      await expect(account.listCalendars()).rejects.toMatchObject({ code: 'invalid_input' })
      expect(sites.asked).toEqual([])
    }
  })
})

describe('without TLS', () => {
  const records = { '_caldav._tcp.nas.example.net': [target('nas.example.net', { port: 5232 })] }
  const pages = service('http://nas.example.net:5232/', 'work')

  test('a server is asked when the app has named its host, and only after the DNS knew none with TLS', async () => {
    const sites = davSites(pages)
    const names = dns(records)
    const account = openSites(sites, { address: 'nas.example.net' }, { ...names, allowedHosts: ['nas.example.net'] })
    expect(await account.listCalendars()).toMatchObject([{ name: 'work' }])
    expect(names.asked).toEqual(['_caldavs._tcp.nas.example.net', '_caldav._tcp.nas.example.net'])
  })

  test('nothing is even looked up when the app has not', async () => {
    const names = dns(records)
    const sites = davSites(pages)
    const account = openSites(sites, { address: 'nas.example.net' }, names)
    await expect(account.listCalendars()).rejects.toMatchObject({ code: 'not_a_calendar' })
    expect(names.asked).toEqual(['_caldavs._tcp.nas.example.net'])
    expect(sites.asked.filter((line) => line.includes('http:'))).toEqual([])
  })

  test('another host than the one that the app has named is not asked', async () => {
    const elsewhere = { '_caldav._tcp.nas.example.net': [target('dav.example.net', { port: 5232 })] }
    const account = openSites(
      davSites(pages),
      { address: 'nas.example.net' },
      { ...dns(elsewhere), allowedHosts: ['nas.example.net'] },
    )
    await expect(account.listCalendars()).rejects.toMatchObject({ reason: 'OTHER_SITE' })
  })
})

test('a server of the own network, given by its host and port, is found and synced without TLS once the app has named it', async () => {
  await withStub({}, async (stub) => {
    const address = new URL(stub.url).host
    const account = caldavProvider({ allowedHosts: [address] }).open({
      settings: { address },
      credentials: { username: 'jane', password: 'secret' },
    })
    expect(await account.listCalendars()).toMatchObject([{ id: stub.calendar('work') }])
    stub.put('work', 'one.ics', ics('one@example.com', 'One'))
    const mirror = new Mirror(account, stub.calendar('work') as RemoteCalendarId)
    await mirror.pull()
    stub.resetStats()
    expect(await mirror.pull()).toEqual([])
    expect(stub.stats.requests).toBe(1)
    const key = keyOf(1)
    const written = await account.create(mirror.calendar, { key, content: content(), mark: markOf(key) })
    expect(written.id).toBe(account.idFor(mirror.calendar, key))
  })
})

describe('a DNS that', () => {
  test('says that the domain has no calendars is believed', async () => {
    const sites = davSites(service('https://example.com/', 'old'))
    const account = openSites(sites, { address: 'example.com' }, dns({ [secure]: [target('.', { port: 0 })] }))
    await expect(account.listCalendars()).rejects.toMatchObject({ code: 'not_a_calendar' })
    expect(sites.asked).toEqual([])
  })

  test('cannot be asked is no DNS without records', async () => {
    const sites = davSites(service('https://example.com/', 'old'))
    const account = openSites(
      sites,
      { address: 'example.com' },
      {
        resolveService: async () => {
          throw new Error('SERVFAIL')
        },
      },
    )
    await expect(account.listCalendars()).rejects.toMatchObject({ code: 'unavailable', reason: 'DNS' })
    expect(sites.asked).toEqual([])
  })

  test.each([
    [[{ host: 'a b', port: 443 }]],
    [[{ host: 'example.com/x', port: 443 }]],
    [[{ host: 'jane@example.com', port: 443 }]],
    [[{ host: 'example.com', port: 99_999 }]],
    ['nothing'],
  ])('answers %j is refused', async (answer) => {
    const sites = davSites({})
    const account = openSites(sites, { address: 'example.com' }, { resolveService: async () => answer as never })
    await expect(account.listCalendars()).rejects.toMatchObject({ code: 'invalid_input' })
    expect(sites.asked).toEqual([])
  })

  test('names a hundred servers makes us try a few', async () => {
    const many = Array.from({ length: 100 }, (_, index) => target(`s${index}.example.com`))
    const sites = davSites({})
    await expect(
      openSites(sites, { address: 'example.com' }, dns({ [secure]: many })).listCalendars(),
    ).rejects.toThrow()
    expect(new Set(sites.asked.map((line) => /\/\/([^/]+)/.exec(line)?.[1])).size).toBeLessThanOrEqual(5)
  })

  test('is asked once for many calls, and again when the server is gone', async () => {
    const names = dns({ [secure]: [target('a.example.com')] })
    const pages: Record<string, DavPage> = { ...service('https://a.example.com/', 'a') }
    const records = { [secure]: [target('a.example.com')] }
    const account = openSites(
      davSites(pages),
      { address: 'example.com' },
      {
        resolveService: async (name) => {
          names.asked.push(name)
          return records[name as keyof typeof records] ?? []
        },
      },
    )
    await Promise.all([account.listCalendars(), account.listCalendars()])
    expect(names.asked).toHaveLength(1)
    for (const url of Object.keys(pages)) pages[url] = 'down'
    Object.assign(pages, service('https://b.example.com/', 'a'))
    records[secure] = [target('b.example.com')]
    expect(await account.listCalendars()).toMatchObject([{ id: '/jane/cal/a/' }])
  })
})

describe('the order of service targets', () => {
  const anyTarget = fc.record({
    host: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    port: fc.constant(443),
    priority: fc.integer({ min: 0, max: 3 }),
    weight: fc.integer({ min: 0, max: 5 }),
  })

  test('keeps every target, by priority, whatever the lots', () => {
    fc.assert(
      fc.property(
        fc.array(anyTarget, { maxLength: 8 }),
        fc.func(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (targets, draw) => {
          const ordered = inOrder(targets, draw)
          expect([...ordered].sort(byText)).toEqual([...targets].sort(byText))
          const priorities = ordered.map(({ priority = 0 }) => priority)
          expect(priorities).toEqual([...priorities].sort((a, b) => a - b))
        },
      ),
    )
  })

  test('prefers a target as often as its weight says, and one without weight hardly ever', () => {
    const targets = [target('heavy', { weight: 90 }), target('light', { weight: 9 }), target('none', { weight: 0 })]
    const firsts = Array.from({ length: 1_000 }, (_, lot) => inOrder(targets, () => lot / 1_000)[0]?.host)
    const times = (host: string): number => firsts.filter((first) => first === host).length
    expect([times('heavy'), times('light'), times('none')]).toEqual([900, 90, 10])
  })

  const byText = (a: object, b: object): number => JSON.stringify(a).localeCompare(JSON.stringify(b))
})

describe('addresses', () => {
  test.each([
    ['jane@example.com', { kind: 'domain', host: 'example.com', port: undefined }],
    ['"jane@work"@example.com', { kind: 'domain', host: 'example.com', port: undefined }],
    ['nas.example.net:8443', { kind: 'domain', host: 'nas.example.net', port: 8443 }],
    ['EXAMPLE.com.', { kind: 'domain', host: 'example.com', port: undefined }],
    ['example.com/dav', { kind: 'url', url: 'https://example.com/dav' }],
    ['http://example.com/', { kind: 'url', url: 'http://example.com/' }],
    ['', undefined],
    ['@', undefined],
    ['.', undefined],
    ['jane@..', undefined],
    ['.1..', undefined],
    ['a..example.com', undefined],
    ['@example.com', undefined],
    ['jane@', undefined],
    ['jane@example.com:8443', undefined],
    ['jane@example.com/dav', undefined],
    ['two words', undefined],
    ['exam ple.com/dav', undefined],
    ['example.com:99999', undefined],
    ['https://', undefined],
    ['javascript:alert(1)', undefined],
    ['example.com?x', undefined],
    ['example.com#x', undefined],
    ['exa%6Dple.com', undefined],
  ])('%j', (text, expected) => {
    expect(parseAddress(text)).toEqual(expected)
  })

  test('of every kind are understood or refused, and never lead to a user, a query or a path that was not asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const address = parseAddress(text)
        if (address?.kind !== 'domain') return
        const url = new URL(`https://${address.host}/`)
        expect([url.username, url.pathname, url.search, url.hash]).toEqual(['', '/', '', ''])
      }),
    )
  })

  test.each([
    [{ address: 'jane@example.com', url: 'https://example.com' }, 'settings.url'],
    [{ address: 'two words' }, 'settings.address'],
    [{ address: 'http://example.com/' }, 'settings.address'],
    [{ address: 'https://jane:hunter2@example.com/' }, 'settings.address'],
    [{ address: 'example.com', trustedHosts: ['https://example.net/'] }, 'settings.trustedHosts.0'],
    [{ address: 'example.com', other: 1 }, 'settings'],
  ])('as settings %j are refused', (settings, path) => {
    let thrown: unknown
    try {
      openSites(davSites({}), settings)
    } catch (error) {
      thrown = error
    }
    expect(isSyncError(thrown, 'invalid_input')).toBe(true)
    expect(String(thrown)).toContain(path)
    expect(String(thrown)).not.toContain('hunter2')
  })
})
