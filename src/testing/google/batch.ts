import { digest } from '../../model/hash.js'

/** One request inside of a batch. */
interface Part {
  readonly contentId: string | undefined
  readonly request: Request
}

/** Google's guide of 2026; older ones said fifty. */
const mostParts = 1_000

/**
 * Answers many requests in one. The outer answer is good whatever becomes of the inner ones, which come in any order: only
 * `Content-ID` tells which belongs to which.
 */
export async function answerBatch(
  request: Request,
  answer: (inner: Request) => Promise<Response>,
  order: 'asked' | 'reversed',
): Promise<Response> {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;]+))/i.exec(request.headers.get('content-type') ?? '') ?? []
  const boundary = quoted ?? plain
  const text = await request.text()
  const parts = boundary === undefined ? undefined : partsOf(text, boundary, request)
  if (!parts || parts.length === 0 || parts.length > mostParts) {
    const message =
      parts && parts.length > mostParts ? 'The batch has too many calls.' : 'Failed to parse batch request.'
    const errors = [{ domain: 'global', reason: 'badRequest', message }]
    return Response.json({ error: { errors, code: 400, message } }, { status: 400 })
  }
  const answers: string[] = []
  for (const { contentId, request: inner } of parts) answers.push(await written(await answer(inner), contentId))
  if (order === 'reversed') answers.reverse()
  const own = `batch_${digest('batch', text).slice(0, 20)}`
  const body = [...answers.map((one) => `--${own}\r\n${one}\r\n`), `--${own}--\r\n`].join('')
  return new Response(body, { status: 200, headers: { 'content-type': `multipart/mixed; boundary=${own}` } })
}

function partsOf(text: string, boundary: string, outer: Request): readonly Part[] | undefined {
  const pieces = text.replaceAll('\r\n', '\n').split(`--${boundary}`).slice(1, -1)
  const parts: Part[] = []
  for (const piece of pieces) {
    const [outerHead = '', innerHead = '', ...rest] = piece.replace(/^\n/, '').split('\n\n')
    const [line = '', ...lines] = innerHead.split('\n')
    const [verb = '', target = ''] = line.split(' ')
    if (!/^content-type:\s*application\/http/im.test(outerHead) || !/^[A-Z]+$/.test(verb) || target === '')
      return undefined
    const headers = new Headers(lines.filter((one) => one.includes(':')).map((one) => pair(one)))
    const authorization = outer.headers.get('authorization')
    if (authorization !== null && !headers.has('authorization')) headers.set('authorization', authorization)
    const body = rest.join('\n\n').trim()
    const request = new Request(new URL(target, outer.url), { method: verb, headers, ...(body !== '' && { body }) })
    parts.push({ contentId: /^content-id:\s*(.+)$/im.exec(outerHead)?.[1]?.trim(), request })
  }
  return parts
}

async function written(response: Response, contentId: string | undefined): Promise<string> {
  const body = await response.text()
  // `<item1>` is answered as `<response-item1>`.
  const answered = contentId?.startsWith('<') ? `<response-${contentId.slice(1)}` : `response-${contentId}`
  return [
    'Content-Type: application/http',
    ...(contentId === undefined ? [] : [`Content-ID: ${answered}`]),
    '',
    `HTTP/1.1 ${response.status} ${response.statusText}`.trimEnd(),
    ...[...response.headers].map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].join('\r\n')
}

function pair(line: string): [string, string] {
  return [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]
}
