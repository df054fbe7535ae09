import { ics } from '../providers/caldav/fixtures.js'
import type { RealServer } from './real-server.js'

/** What a server does, in the words that the documentation shows. */
export type Behaviour = Readonly<Record<string, string>>

/** One question to a server. Each gets a calendar of its own. */
export interface Probe {
  readonly key: string
  /** As the documentation says it. */
  readonly label: string
  ask(server: RealServer, calendar: string): Promise<string>
}

/** Asks a server everything. */
export async function observe(server: RealServer): Promise<Behaviour> {
  const seen: Record<string, string> = {}
  for (const { key, ask } of probes) seen[key] = await ask(server, await server.makeCalendar(`probe-${key}`))
  return seen
}

const text = (uid: string, title?: string): string => ics(`${uid}@probe.example.com`, title)
const contentType = { 'content-type': 'text/calendar; charset=utf-8' }

async function put(
  server: RealServer,
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return server.request('PUT', url, { headers: { ...contentType, ...headers }, body })
}

/** Puts an event there, changes it, and gives the tag that it had before. */
async function staleTag(server: RealServer, url: string, uid: string): Promise<string> {
  await put(server, url, text(uid))
  const old = (await server.request('GET', url)).headers.get('etag') ?? ''
  await put(server, url, text(uid, 'Changed'))
  return old
}

async function titleOf(server: RealServer, url: string): Promise<string> {
  return /^SUMMARY:(.*?)\r?$/m.exec(await (await server.request('GET', url)).text())?.[1] ?? ''
}

async function report(server: RealServer, url: string, depth: string, body: string): Promise<string> {
  const headers = { depth, 'content-type': 'application/xml; charset=utf-8' }
  const answer = await server.request('REPORT', url, { headers, body })
  return `${answer.status} ${await answer.text()}`
}

function syncReport(server: RealServer, url: string, token: string, limit = ''): Promise<string> {
  const asked = `<D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level>${limit}<D:prop><D:getetag/></D:prop>`
  return report(server, url, '0', `<D:sync-collection xmlns:D="DAV:">${asked}</D:sync-collection>`)
}

/** A refusal, with what is inside of it where the server hides it there. */
async function refusal(answer: Response): Promise<string> {
  const body = await answer.text()
  if (answer.status !== 207) return String(answer.status)
  return `207, inside of it ${/HTTP\/1\.\d (\d{3})/.exec(body)?.[1] ?? 'nothing'}`
}

const noReport = 'has no tokens'

async function tokenAnswer(server: RealServer, calendar: string, token: string): Promise<string> {
  const answer = await syncReport(server, calendar, token)
  if (answer.startsWith('207')) return '**answers as if it knew it**'
  return /sync-collection|supported-report/.test(answer) ? noReport : answer.slice(0, 3)
}

async function tokenOf(server: RealServer, calendar: string): Promise<string> {
  return /sync-token>([^<]+)</.exec(await syncReport(server, calendar, ''))?.[1] ?? ''
}

/** In the order of the documentation. */
export const probes: readonly Probe[] = [
  {
    key: 'password',
    label: 'asks for a password',
    async ask(_server, calendar) {
      const answer = await fetch(calendar, { method: 'PROPFIND', headers: { depth: '0' } })
      return answer.status === 401 ? 'yes' : 'no'
    },
  },
  {
    key: 'wellKnown',
    label: 'is found at `/.well-known/caldav`',
    async ask(server) {
      const answer = await fetch(new URL('/.well-known/caldav', server.url), { redirect: 'manual' })
      return answer.status >= 300 && answer.status < 400 ? 'yes' : 'no'
    },
  },
  {
    key: 'makeAgain',
    label: 'MKCALENDAR where there is a calendar',
    ask: async (server, calendar) => refusal(await server.request('MKCALENDAR', calendar)),
  },
  {
    key: 'changes',
    label: 'tells changes by',
    ask: async (server, calendar) => ((await tokenOf(server, calendar)) === '' ? 'ctag and tags' : 'sync-collection'),
  },
  {
    key: 'limit',
    label: 'lists in parts when asked to',
    async ask(server, calendar) {
      for (const uid of ['limit-a', 'limit-b']) await put(server, `${calendar}${uid}.ics`, text(uid))
      const answer = await syncReport(server, calendar, '', '<D:limit><D:nresults>1</D:nresults></D:limit>')
      return /HTTP\/1\.\d 507/.test(answer) ? 'yes' : 'no'
    },
  },
  {
    key: 'unknownToken',
    label: 'a token that it never gave',
    ask: (server, calendar) => tokenAnswer(server, calendar, 'data:,nonsense'),
  },
  {
    key: 'oldToken',
    label: 'a token from before the calendar was removed and made anew',
    async ask(server, calendar) {
      await put(server, `${calendar}old.ics`, text('old-token'))
      const token = await tokenOf(server, calendar)
      await server.request('DELETE', calendar)
      await server.request('MKCALENDAR', calendar)
      return token === '' ? noReport : tokenAnswer(server, calendar, token)
    },
  },
  {
    key: 'createOver',
    label: '`If-None-Match: *` where there is an event',
    async ask(server, calendar) {
      const url = `${calendar}create.ics`
      await put(server, url, text('create', 'First'))
      const answer = await put(server, url, text('create', 'Second'), { 'if-none-match': '*' })
      return (await titleOf(server, url)) === 'First' ? refusal(answer) : '**overwrites**'
    },
  },
  {
    key: 'updateStale',
    label: 'PUT with an old `If-Match`',
    async ask(server, calendar) {
      const url = `${calendar}update.ics`
      const old = await staleTag(server, url, 'update')
      const answer = await put(server, url, text('update', 'Ours'), { 'if-match': old })
      return (await titleOf(server, url)) === 'Changed' ? refusal(answer) : '**overwrites**'
    },
  },
  {
    key: 'updateMissing',
    label: 'PUT with `If-Match` where nothing is',
    async ask(server, calendar) {
      const url = `${calendar}missing.ics`
      const answer = await put(server, url, text('missing'), { 'if-match': '"0123456789abcdef"' })
      return (await server.request('GET', url)).status === 404 ? refusal(answer) : '**creates**'
    },
  },
  {
    key: 'removeStale',
    label: 'DELETE with an old `If-Match`',
    async ask(server, calendar) {
      const url = `${calendar}remove.ics`
      const old = await staleTag(server, url, 'remove')
      const answer = await server.request('DELETE', url, { headers: { 'if-match': old } })
      return (await server.request('GET', url)).status === 200 ? refusal(answer) : '**removes**'
    },
  },
  {
    key: 'tagAfterPut',
    label: 'tag in the answer to a PUT',
    async ask(server, calendar) {
      const tag = (await put(server, `${calendar}tag.ics`, text('tag'))).headers.get('etag')
      return tag === null ? 'none' : tag.startsWith('W/') ? 'weak' : 'strong'
    },
  },
  {
    key: 'tagOfNext',
    label: 'tag of an event made anew under the same name',
    async ask(server, calendar) {
      const url = `${calendar}again.ics`
      const tagOf = async (title: string): Promise<string | null> => {
        await put(server, url, text('again', title))
        return (await server.request('GET', url)).headers.get('etag')
      }
      const first = await tagOf('First')
      await server.request('DELETE', url)
      return (await tagOf('Second')) === first ? '**the same**' : 'another'
    },
  },
  {
    key: 'text',
    label: 'keeps the text as it was sent',
    async ask(server, calendar) {
      const sent = text('text').replace('SUMMARY:', 'x-Other-App;X-LEVEL=high:kept\r\nSUMMARY:')
      await put(server, `${calendar}text.ics`, sent)
      return (await (await server.request('GET', `${calendar}text.ics`)).text()) === sent ? 'yes' : 'no'
    },
  },
  {
    key: 'multigetMissing',
    label: 'multiget of an event that is not there',
    async ask(server, calendar) {
      await put(server, `${calendar}there.ics`, text('there'))
      const { pathname } = new URL(calendar)
      const hrefs = ['there.ics', 'gone.ics'].map((file) => `<D:href>${pathname}${file}</D:href>`).join('')
      const asked = `<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/></D:prop>${hrefs}</C:calendar-multiget>`
      const answer = await report(server, calendar, '1', asked)
      if (!answer.startsWith('207')) return `${answer.slice(0, 3)} for all of it`
      return /HTTP\/1\.\d 404/.test(answer) ? '404 for that one' : 'left out'
    },
  },
  {
    key: 'uidHere',
    label: 'a UID that the calendar has, under another name',
    async ask(server, calendar) {
      await put(server, `${calendar}one.ics`, text('uid-here'))
      const answer = await put(server, `${calendar}two.ics`, text('uid-here'))
      return answer.status === 201 ? 'takes it' : refusal(answer)
    },
  },
  {
    key: 'uidElsewhere',
    label: 'a UID that another calendar of the user has',
    async ask(server, calendar) {
      await put(server, `${calendar}one.ics`, text('uid-elsewhere'))
      const other = await server.makeCalendar('probe-other')
      const answer = await put(server, `${other}one.ics`, text('uid-elsewhere'))
      return answer.status === 201 ? 'takes it' : refusal(answer)
    },
  },
  {
    key: 'invalid',
    label: 'PUT of something that is no calendar data',
    ask: async (server, calendar) => refusal(await put(server, `${calendar}invalid.ics`, 'hello')),
  },
  {
    key: 'noCalendar',
    label: 'PUT into a calendar that is not there',
    ask: async (server) => refusal(await put(server, `${server.home}not-there/a.ics`, text('no-calendar'))),
  },
  {
    key: 'scheduling',
    label: 'says that it schedules (RFC 6638)',
    async ask(server, calendar) {
      const classes = (await server.request('OPTIONS', calendar)).headers.get('dav') ?? ''
      return /\bcalendar-auto-schedule\b/.test(classes) ? 'yes' : 'no'
    },
  },
]
