import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../../src/errors.js'
import { caldavProvider } from '../../../src/providers/caldav/index.js'
import { escapeXml } from '../../../src/providers/caldav/xml.js'
import { corpusFolder } from '../../corpus/corpus.js'
import {
  calendar,
  calendarType,
  collectionType,
  type DavPage,
  davSites,
  homeProp,
  multistatus,
  openSites,
  principalProp,
  privilegesProp,
  response,
} from './dav-site.js'

const site = 'https://dav.example.com'

async function listed(pages: Readonly<Record<string, DavPage>>, url = `${site}/`): Promise<readonly string[]> {
  const calendars = await openSites(davSites(pages), { url }).listCalendars()
  return calendars.map(({ id, name, access }) => `${id} ${name} ${access}`)
}

const root = { props: `${collectionType}${principalProp('/principals/jane/')}` }
const janesHome = { props: collectionType, below: [calendar('/cal/jane/work/', 'Work')] }

describe('homes', () => {
  test('of several, all are listed, each calendar once', async () => {
    expect(
      await listed({
        [`${site}/`]: root,
        [`${site}/principals/jane/`]: { props: homeProp('/cal/jane/', '/groups/sales/', '/cal/jane') },
        [`${site}/cal/jane/`]: janesHome,
        [`${site}/cal/jane`]: janesHome,
        [`${site}/groups/sales/`]: { props: collectionType, below: [calendar('/groups/sales/fairs/', 'Fairs')] },
      }),
    ).toEqual(['/cal/jane/work/ Work write', '/groups/sales/fairs/ Fairs write'])
  })

  test('one that is closed does not hide the other', async () => {
    for (const status of [403, 404]) {
      expect(
        await listed({
          [`${site}/`]: root,
          [`${site}/principals/jane/`]: { props: homeProp('/closed/', '/cal/jane/') },
          [`${site}/closed/`]: { status },
          [`${site}/cal/jane/`]: janesHome,
        }),
      ).toEqual(['/cal/jane/work/ Work write'])
    }
  })

  test('one that is ill makes no short list of the others', async () => {
    await expect(
      listed({
        [`${site}/`]: root,
        [`${site}/principals/jane/`]: { props: homeProp('/cal/jane/', '/ill/') },
        [`${site}/cal/jane/`]: janesHome,
        [`${site}/ill/`]: { status: 503 },
      }),
    ).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('without number are not all asked for', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `/cal/${index}/`)
    const sites = davSites({
      [`${site}/`]: root,
      [`${site}/principals/jane/`]: { props: homeProp('/cal/jane/', ...many) },
      [`${site}/cal/jane/`]: janesHome,
    })
    expect(await openSites(sites, { url: `${site}/` }).listCalendars()).toHaveLength(1)
    expect(sites.asked.length).toBeLessThan(30)
  })

  test('the only one that is closed is an error', async () => {
    await expect(
      listed({
        [`${site}/`]: root,
        [`${site}/principals/jane/`]: { props: homeProp('/cal/jane/') },
        [`${site}/cal/jane/`]: { status: 403 },
      }),
    ).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('at another host and port of the same owner get the credentials', async () => {
    const sites = davSites({
      [`${site}/`]: root,
      [`${site}/principals/jane/`]: { props: homeProp('https://p62.example.com:8443/jane/') },
      'https://p62.example.com:8443/jane/': { props: collectionType, below: [calendar('/jane/work/', 'Work')] },
    })
    const calendars = await openSites(sites, { url: `${site}/` }).listCalendars()
    expect(calendars.map(({ id }) => id)).toEqual(['https://p62.example.com:8443/jane/work/'])
    expect(sites.asked).toContain('PROPFIND https://p62.example.com:8443/jane/ as jane')
  })

  test('that a proxy lets the server name without TLS are asked with TLS', async () => {
    const sites = davSites({
      [`${site}/`]: { props: `${collectionType}${principalProp('http://dav.example.com/principals/jane/')}` },
      [`${site}/principals/jane/`]: { props: homeProp('http://dav.example.com:80/cal/jane/') },
      [`${site}/cal/jane/`]: janesHome,
    })
    expect(await openSites(sites, { url: `${site}/` }).listCalendars()).toMatchObject([{ id: '/cal/jane/work/' }])
    expect(sites.asked.filter((line) => line.includes('http:'))).toEqual([])
  })

  test('without TLS at another host, or at a port of their own, are not asked at all', async () => {
    for (const home of ['http://p62.example.com/jane/', 'http://dav.example.com:8080/jane/']) {
      const sites = davSites({ [`${site}/`]: { props: homeProp(home) } })
      await expect(openSites(sites, { url: `${site}/` }).listCalendars()).rejects.toMatchObject({
        code: 'invalid_input',
      })
      expect(sites.asked.filter((line) => line.includes('http:'))).toEqual([])
    }
  })
})

describe('a principal', () => {
  test('without a home set is its own home', async () => {
    expect(
      await listed({
        [`${site}/`]: root,
        [`${site}/principals/jane/`]: {
          props: collectionType,
          below: [calendar('/principals/jane/work/', 'Work')],
        },
      }),
    ).toEqual(['/principals/jane/work/ Work write'])
  })

  test('is found by principal-URL where there is no current-user-principal', async () => {
    expect(
      await listed({
        [`${site}/`]: {
          props: `${collectionType}<d:principal-URL><d:href>/principals/jane/</d:href></d:principal-URL>`,
        },
        [`${site}/principals/jane/`]: { props: homeProp('/cal/jane/') },
        [`${site}/cal/jane/`]: janesHome,
      }),
    ).toEqual(['/cal/jane/work/ Work write'])
  })

  test('is found by asking a collection of principals which of them we are', async () => {
    const sites = davSites({
      [`${site}/`]: {
        props: `${collectionType}<d:principal-collection-set><d:href>/principals/</d:href></d:principal-collection-set>`,
      },
      [`${site}/principals/`]: { status: 207, body: multistatus(response('/principals/jane/', '')) },
      [`${site}/principals/jane/`]: { props: homeProp('/cal/jane/') },
      [`${site}/cal/jane/`]: janesHome,
    })
    expect(await openSites(sites, { url: `${site}/` }).listCalendars()).toMatchObject([{ id: '/cal/jane/work/' }])
    expect(sites.asked).toContain(`REPORT ${site}/principals/ as jane`)
  })

  test('that nobody names leaves the given address as the home', async () => {
    expect(
      await listed({
        [`${site}/`]: { props: collectionType, below: [calendar('/work/', 'Work')] },
      }),
    ).toEqual(['/work/ Work write'])
  })

  test('of nobody is a sign-in that failed', async () => {
    await expect(
      listed({
        [`${site}/`]: {
          props: '<d:current-user-principal><d:unauthenticated/></d:current-user-principal>',
        },
      }),
    ).rejects.toMatchObject({ code: 'auth_expired' })
  })
})

describe('calendars of others', () => {
  const proxies = (kind: 'read' | 'write', ...hrefs: readonly string[]): string =>
    `<s:calendar-proxy-${kind}-for>${hrefs.map((href) => `<d:href>${href}</d:href>`).join('')}</s:calendar-proxy-${kind}-for>`
  const pages = {
    [`${site}/`]: root,
    [`${site}/principals/jane/`]: {
      props: `${homeProp('/cal/jane/')}${proxies('write', '/principals/bob/', '/principals/jane/')}${proxies('read', '/principals/eve/', '/principals/bob/')}`,
    },
    [`${site}/cal/jane/`]: janesHome,
    [`${site}/principals/bob/`]: { props: homeProp('/cal/bob/') },
    [`${site}/cal/bob/`]: {
      props: collectionType,
      below: [
        calendar('/cal/bob/work/', 'Work'),
        calendar('/cal/bob/private/', 'Private', privilegesProp('read', 'read-free-busy')),
      ],
    },
    [`${site}/principals/eve/`]: { props: homeProp('/cal/eve/') },
    [`${site}/cal/eve/`]: {
      props: collectionType,
      below: [
        calendar('/cal/eve/work/', 'Work'),
        calendar('/cal/eve/shared/', 'Shared', privilegesProp('read', 'write-content')),
      ],
    },
  }

  test('who let this account act for them are listed, with what may be done there', async () => {
    expect(await listed(pages)).toEqual([
      '/cal/jane/work/ Work write',
      '/cal/bob/work/ Work write',
      '/cal/bob/private/ Private read',
      '/cal/eve/work/ Work read',
      '/cal/eve/shared/ Shared write',
    ])
  })

  test('are asked for once each, and ourselves not again', async () => {
    const sites = davSites(pages)
    await openSites(sites, { url: `${site}/` }).listCalendars()
    expect(sites.asked.filter((line) => line.includes('/principals/')).sort()).toEqual(
      ['bob', 'eve', 'jane'].map((name) => `PROPFIND ${site}/principals/${name}/ as jane`),
    )
  })

  test('who have shut this account out are left out, and the others are there', async () => {
    for (const status of [401, 403, 404]) {
      const shut = { ...pages, [`${site}/principals/bob/`]: { status }, [`${site}/cal/eve/`]: { status: 403 } }
      expect(await listed(shut)).toEqual(['/cal/jane/work/ Work write'])
    }
  })

  test('that cannot be reached right now make no short list', async () => {
    await expect(listed({ ...pages, [`${site}/cal/bob/`]: { status: 503 } })).rejects.toMatchObject({
      code: 'unavailable',
    })
  })

  test('whose address is given are the ones that are meant', async () => {
    const bobs = { ...pages[`${site}/cal/bob/`], props: `${collectionType}${principalProp('/principals/jane/')}` }
    expect(await listed({ ...pages, [`${site}/cal/bob/`]: bobs as DavPage }, `${site}/cal/bob/`)).toEqual([
      '/cal/bob/work/ Work write',
      '/cal/bob/private/ Private read',
    ])
  })

  test('whose principal is given are the ones that are meant', async () => {
    const bob = {
      props: `<d:resourcetype><d:principal/></d:resourcetype>${principalProp('/principals/jane/')}${homeProp('/cal/bob/')}`,
    }
    expect(await listed({ ...pages, [`${site}/principals/bob/`]: bob }, `${site}/principals/bob/`)).toEqual([
      '/cal/bob/work/ Work write',
      '/cal/bob/private/ Private read',
    ])
  })

  test('are not meant by an address at the top of a site, beside our home', async () => {
    expect(
      await listed(
        {
          [`${site}/dav/`]: {
            props: `${collectionType}${principalProp('/dav/principal/')}`,
            below: [calendar('/dav/public/', 'Public')],
          },
          [`${site}/dav/principal/`]: { props: homeProp('/jane/') },
          [`${site}/jane/`]: { props: collectionType, below: [calendar('/jane/work/', 'Work')] },
        },
        `${site}/dav/`,
      ),
    ).toEqual(['/jane/work/ Work write'])
  })

  test('are not meant by the address of our own principal, beside our home', async () => {
    const sites = davSites({
      [`${site}/1/principal/`]: { props: `${principalProp('/1/principal/')}${homeProp('/1/calendars/')}` },
      [`${site}/1/calendars/`]: { props: collectionType, below: [calendar('/1/calendars/work/', 'Work')] },
    })
    await openSites(sites, { url: `${site}/1/principal/` }).listCalendars()
    expect(sites.asked).toEqual([`PROPFIND ${site}/1/principal/ as jane`, `PROPFIND ${site}/1/calendars/ as jane`])
  })

  test('whose address is given and holds no calendar do not stand in the way of our own', async () => {
    const contacts = { props: `${collectionType}${principalProp('/principals/jane/')}` }
    expect(await listed({ ...pages, [`${site}/cal/contacts/`]: contacts }, `${site}/cal/contacts/`)).toContain(
      '/cal/jane/work/ Work write',
    )
  })
})

describe('a server without a well-known address', () => {
  const pages = {
    [`${site}/`]: { status: 200, body: '<html/>' },
    [`${site}/SOGo/dav/`]: { props: `${collectionType}${principalProp('/SOGo/dav/jane/')}` },
    [`${site}/SOGo/dav/jane/`]: { props: homeProp('/cal/jane/') },
    [`${site}/cal/jane/`]: janesHome,
  }

  test('is found where servers of its kind keep calendars, by its address and by its host', async () => {
    for (const settings of [{ url: `${site}/` }, { url: `${site}/SOGo/` }, { address: 'dav.example.com' }])
      expect(await openSites(davSites(pages), settings).listCalendars()).toMatchObject([{ id: '/cal/jane/work/' }])
  })

  test('that wants a sign-in there is not taken for one without calendars', async () => {
    await expect(listed({ ...pages, [`${site}/SOGo/dav/`]: { status: 401 } })).rejects.toMatchObject({
      code: 'auth_expired',
    })
  })
})

describe('what looks like a calendar in a home and is none', () => {
  test.each([
    ['a feed that the server only remembers', '<d:resourcetype><d:collection/><s:subscribed/></d:resourcetype>'],
    ['a bin', '<d:resourcetype><d:collection/><n:trash-bin/></d:resourcetype>'],
    ['a removed calendar', '<d:resourcetype><d:collection/><c:calendar/><n:deleted-calendar/></d:resourcetype>'],
    ['a list of notifications', '<d:resourcetype><d:collection/><s:notification/></d:resourcetype>'],
    ['a principal of a group', '<d:resourcetype><d:collection/><s:calendar-proxy-read/></d:resourcetype>'],
  ])('%s', async (_name, type) => {
    expect(await listed({ [`${site}/`]: { props: `${collectionType}`, below: [response('/odd/', type)] } })).toEqual([])
  })

  test('a feed that the server reads for us is listed, and never written', async () => {
    const feed = response('/feed/', '<d:resourcetype><d:collection/><c:calendar/><s:subscribed/></d:resourcetype>')
    expect(await listed({ [`${site}/`]: { props: collectionType, below: [feed] } })).toEqual(['/feed/ feed read'])
  })

  test('an address of one calendar is that calendar, whoever we are', async () => {
    expect(
      await listed(
        { [`${site}/cal/bob/work/`]: { props: `${calendarType}${principalProp('/principals/jane/')}` } },
        `${site}/cal/bob/work/`,
      ),
    ).toEqual(['/cal/bob/work/ work write'])
  })
})

test('whatever addresses a server names, the search ends, asks no stranger, and throws nothing of its own', async () => {
  const href = fc.oneof(
    fc.constantFrom(
      '/',
      '/p/',
      '/p/../q/',
      '//p/',
      'p/',
      '?x',
      '',
      'mailto:jane@example.com',
      'https://',
      'urn:x',
      '/%',
    ),
    fc.constantFrom('https://evil.example.net/', 'http://dav.example.com/p/', 'https://p1.example.com:8443/', site),
    fc.webUrl(),
    fc.string(),
  )
  const hrefs = (name: string) =>
    fc.array(href, { maxLength: 3 }).map((list) => {
      const inner = list.map((one) => `<d:href>${escapeXml(one)}</d:href>`).join('')
      return list.length === 0 ? '' : `<${name}>${inner}</${name}>`
    })
  const type = fc.constantFrom('', collectionType, calendarType, '<d:resourcetype><d:principal/></d:resourcetype>')
  const props = fc
    .tuple(
      type,
      hrefs('d:current-user-principal'),
      hrefs('d:principal-URL'),
      hrefs('d:principal-collection-set'),
      hrefs('c:calendar-home-set'),
      hrefs('s:calendar-proxy-write-for'),
      hrefs('s:calendar-proxy-read-for'),
    )
    .map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(href, props), { minLength: 1, maxLength: 6 }), async (answers) => {
      let asked = 0
      const hosts = new Set<string>()
      const account = caldavProvider({
        fetch: async (input, init) => {
          hosts.add(new URL(new Request(input, init).url).hostname)
          const [name, inner] = answers[asked++ % answers.length] ?? ['', '']
          return new Response(multistatus(response(escapeXml(name), inner)), { status: 207 })
        },
      }).open({ settings: { url: `${site}/` }, credentials: { username: 'jane', password: 'secret' } })
      await account.listCalendars().catch((error: unknown) => {
        if (!isSyncError(error)) throw error
      })
      expect([...hosts].filter((host) => !host.endsWith('example.com'))).toEqual([])
      expect(asked).toBeLessThan(50)
    }),
  )
})

const recorded = corpusFolder('caldav-xml')

describe.skipIf(!recorded)('home listings that servers gave to others (skipped without the corpus)', () => {
  test.each([
    ['captured-2026/calendar-home.xml', ['/dav/cal/alice@test.local/default/ write']],
    [
      'captured-2026/calendar-home-sabredav.xml',
      ['/calendars/alice@test.local/bob-readonly/ read', '/calendars/alice@test.local/default/ write'],
    ],
    ['quirk-samples/davical-proxy-children.xml', ['/caldav.php/jane/home/ write']],
    ['quirk-samples/sogo-home-only-collection.xml', ['/SOGo/dav/user@example.org/Calendar/personal/ write']],
    ['quirk-samples/purelymail-no-component-set.xml', ['https://purelymail.com/webdav/123456/caldav/default/ write']],
  ])('%s', async (file, expected) => {
    const body = readFileSync(join(recorded ?? '', file), 'utf8')
    const sites = davSites({
      [`${site}/`]: { props: homeProp('/home/') },
      [`${site}/home/`]: { status: 207, body },
    })
    const calendars = await openSites(sites, { url: `${site}/` }).listCalendars()
    expect(calendars.map(({ id, access }) => `${id} ${access}`)).toEqual(expected)
  })
})
