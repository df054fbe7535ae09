import { isObject } from '../fakes/json.js'
import { Refusal } from './refusals.js'

interface Part {
  readonly id: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly dependsOn: readonly string[]
}

interface PartAnswer {
  readonly id: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/**
 * Answers many requests in one. All that wait for nobody run at once, so that more than four of them throttle each other.
 * The outer answer is good whatever becomes of the inner ones, which come in any order: only the id tells which is which.
 */
export async function answerBatch(
  request: Request,
  answer: (inner: Request) => Promise<Response>,
  order: 'asked' | 'reversed',
): Promise<object> {
  const parts = partsOf(await request.text())
  const running = new Map<string, Promise<PartAnswer>>()
  for (const part of parts) running.set(part.id, answerPart(part, running, request, answer))
  const responses = await Promise.all(running.values())
  return { responses: order === 'reversed' ? responses.reverse() : responses }
}

async function answerPart(
  part: Part,
  running: ReadonlyMap<string, Promise<PartAnswer>>,
  outer: Request,
  answer: (inner: Request) => Promise<Response>,
): Promise<PartAnswer> {
  const { id, method, url, headers, body } = part
  for (const name of part.dependsOn) {
    const before = await running.get(name)
    if (!before || before.status >= 400) return { id, status: 424, headers: {}, body: failedDependency }
  }
  const all = new Headers(headers)
  const authorization = outer.headers.get('authorization')
  if (authorization !== null && !all.has('authorization')) all.set('authorization', authorization)
  const address = new URL(`/v1.0/${url.replace(/^\//, '')}`, outer.url)
  const hasBody = body !== undefined && method !== 'GET'
  const inner = new Request(address, { method, headers: all, ...(hasBody && { body: JSON.stringify(body) }) })
  const response = await answer(inner)
  const text = await response.text()
  const isJson = text.startsWith('{')
  return {
    id,
    status: response.status,
    headers: Object.fromEntries([...response.headers].map(([name, value]) => [titled(name), value])),
    ...(text !== '' && { body: isJson ? (JSON.parse(text) as unknown) : text }),
  }
}

/** Reads the parts of a batch. An unknown field, a missing one or an id twice is refused. */
function partsOf(text: string): readonly Part[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw wrong('The batch is no JSON.')
  }
  if (!isObject(value) || !Array.isArray(value['requests']) || Object.keys(value).length !== 1)
    throw wrong('A batch has a list of requests and nothing else.')
  const requests: readonly unknown[] = value['requests']
  if (requests.length === 0 || requests.length > mostParts)
    throw wrong(`Number of batch request steps exceeds the maximum value of ${mostParts}, or is zero.`)
  const parts = requests.map(partOf)
  for (const [index, { id, dependsOn }] of parts.entries()) {
    const earlier = parts.slice(0, index).map((part) => part.id)
    if (earlier.includes(id)) throw wrong(`The id '${id}' is used twice.`)
    if (dependsOn.some((name) => !earlier.includes(name)))
      throw wrong(`'${id}' depends on a request that is not before it.`)
  }
  return parts
}

function partOf(given: unknown): Part {
  if (!isObject(given)) throw wrong('A request of a batch is an object.')
  const { id, method, url, headers = {}, body, dependsOn = [], ...unknown } = given
  const [foreign] = Object.keys(unknown)
  if (foreign !== undefined) throw wrong(`A request of a batch has no field '${foreign}'.`)
  if (typeof id !== 'string' || id === '') throw wrong('A request of a batch needs an id of text.')
  if (typeof method !== 'string' || !/^(?:GET|POST|PATCH|PUT|DELETE)$/.test(method))
    throw wrong('A request needs a method.')
  if (typeof url !== 'string' || url === '' || /^https?:/i.test(url))
    throw wrong('A request needs a url below the API.')
  if (!isObject(headers) || Object.values(headers).some((one) => typeof one !== 'string'))
    throw wrong('Headers are texts.')
  if (!Array.isArray(dependsOn)) throw wrong('dependsOn is a list of ids.')
  const texts = headers as Record<string, string>
  const hasType = Object.entries(texts).some(([name, type]) => /^content-type$/i.test(name) && /json/i.test(type))
  if (body !== undefined && !hasType) throw wrong(`The request '${id}' has a body and no Content-Type.`)
  return { id, method, url, headers: texts, body, dependsOn: dependsOn as readonly string[] }
}

const mostParts = 20

const failedDependency = {
  error: { code: 'FailedDependency', message: 'A request that this one depends on has failed.' },
}

function titled(name: string): string {
  return name.replaceAll(/(^|-)[a-z]/g, (letters) => letters.toUpperCase())
}

function wrong(message: string): Refusal {
  return new Refusal('BadRequest', { message })
}
