import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeCalendar } from '../../src/ical/decode.js'
import type { RemoteCalendarId, RemoteId } from '../../src/model/ids.js'
import { corpusFolder, filesIn } from '../corpus/corpus.js'
import { openAt } from '../providers/caldav/fixtures.js'
import { difference } from './difference.js'
import { resourcesOf } from './resources.js'

/**
 * The same promise over the whole way: a resource at rest, read through a report (XML takes the CR of every line end with
 * it), edited by the provider, and looked at as the server stores it. One resource of every file that a report can carry.
 */
const folder = corpusFolder('ics-corpus')

if (!folder)
  console.warn('The corpus of calendar files is not here, so its tests are skipped. Set CALWEAVE_CORPUS to its folder.')

describe.skipIf(!folder)('a title that is edited over CalDAV', () => {
  test('changes nothing else in what the server keeps, whatever program wrote it', async () => {
    const calendar = '/cal/' as RemoteCalendarId
    const server = atRest()
    const account = openAt('https://dav.example.com', { fetch: server.fetch, scheduling: 'allow' })
    const wrong: string[] = []
    const counts = { edited: 0, 'not readable': 0, 'not for XML': 0, 'read only': 0 }
    for (const file of folder ? filesIn(folder, '.ics') : []) {
      const [text] = resourcesIn(join(folder ?? '', file))
      if (text === undefined) continue
      // biome-ignore lint/suspicious/noControlCharactersInRegex: no report can carry these
      if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) {
        counts['not for XML']++
        continue
      }
      server.text = text
      const [found] = await account.fetch(calendar, ['/cal/a.ics' as RemoteId])
      if (found?.type !== 'found') counts['not readable']++
      else if (found.event.readOnly) counts['read only']++
      else {
        const { event } = found
        const content = { ...event.content, title: 'Edited' }
        await account.update(calendar, { current: event, content, fields: ['title'] })
        const allowed = { lines: ['SUMMARY'], ...(/^RDATE.*\//m.test(text) && { newEvent: true }) }
        const lines = allowed.newEvent ? [...allowed.lines, 'RDATE'] : allowed.lines
        const { ok, outcome } = difference(text, server.text, { ...allowed, lines })
        if (!ok) wrong.push(`${file}: ${outcome}`)
        counts.edited++
      }
    }
    expect(wrong).toEqual([])
    expect(counts).toEqual({ edited: 573, 'not readable': 458, 'not for XML': 2, 'read only': 14 })
  })
})

function resourcesIn(path: string): readonly string[] {
  try {
    return resourcesOf(decodeCalendar(readFileSync(path)))
  } catch {
    return []
  }
}

/** A server that keeps one resource, byte for byte. */
function atRest(): { text: string; readonly fetch: typeof fetch } {
  const server = {
    text: '',
    async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
      const request = new Request(input, init)
      if (request.method === 'PUT') {
        server.text = await request.text()
        return new Response(null, { status: 204 })
      }
      if (request.method === 'GET') return new Response(server.text, { headers: { etag: '"1"' } })
      const data = server.text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
      const props = `<D:getetag>"1"</D:getetag><C:calendar-data>${data}</C:calendar-data>`
      const xml = `<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response><D:href>/cal/a.ics</D:href><D:propstat><D:prop>${props}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>`
      return new Response(xml, { status: 207 })
    },
  }
  return server
}
