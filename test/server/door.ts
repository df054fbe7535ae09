import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import { memoryFeedStore, publishedFeeds } from '../../src/feeds/index.js'
import { type Problem, type Routes, type SyncHandlerOptions, syncHandler } from '../../src/server/index.js'
import { type World, type WorldOptions, world } from '../support/world.js'

/** The door over a world of calendars, with the people who may come in. */
export interface TestDoor {
  readonly w: World
  readonly handler: (request: Request) => Promise<Response>
  /** Calls a route, and has what comes back checked against the description of the door. */
  call<Key extends keyof Routes>(key: Key, input?: Input<Key>): Promise<Answer<Routes[Key]['answer']>>
  /** The same, for what should work. */
  ask<Key extends keyof Routes>(key: Key, input?: Input<Key>): Promise<Routes[Key]['answer']>
  /** The same, for what should not. */
  problem<Key extends keyof Routes>(key: Key, input?: Input<Key>): Promise<Problem>
  /** Sends whatever it is given. */
  send(path: string, init?: RequestInit & { readonly as?: string | null }): Promise<Response>
}

/** Where the door of the tests is. */
export const origin = 'https://app.example.com'

type Input<Key extends keyof Routes> = {
  readonly params?: Routes[Key]['params']
  readonly query?: Routes[Key]['query']
  /** Anything, since refusals are tested as well. */
  readonly body?: unknown
  /** Who asks. @default user_1 */
  readonly as?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

interface Answer<T> {
  readonly status: number
  readonly headers: Headers
  readonly body: T | Problem
}

export type DoorOptions = WorldOptions & { readonly door?: Partial<SyncHandlerOptions> }

/** Routes that have answered as they should, by all tests of this file. */
export const answered: Set<string> = new Set()

/** Cookie of a person's session at the host. */
export const cookieOf = (userId: string): string => `host_session=${encodeURIComponent(userId)}`

/** The session that ties sign-ins to a browser. */
export const sessionOf = (userId: string): string => `the session of ${userId}, 128 bits of it`

export async function testDoor(options: DoorOptions = {}): Promise<TestDoor> {
  const w = await world(options)
  const feeds = publishedFeeds({
    engine: w.engine,
    store: memoryFeedStore(),
    basePath: '/calweave/feeds/',
    now: () => w.clock.now,
  })
  const errors: unknown[] = []
  const handler = syncHandler({
    engine: w.engine,
    authenticate,
    feeds,
    now: () => w.clock.now,
    onError: (error) => errors.push(error),
    ...options.door,
  })
  const send: TestDoor['send'] = async (path, { as = 'user_1', ...init } = {}) => {
    const headers = new Headers(init.headers)
    if (as !== null) headers.append('cookie', cookieOf(as))
    return handler(new Request(`${origin}/calweave${path}`, { ...init, headers }))
  }
  // Every door is described alike.
  check ??= checker((await (await send('/openapi.json')).json()) as Description)
  const checked = check
  const call: TestDoor['call'] = async (key, { params = {}, query, body, as, headers = {} } = {}) => {
    const [method = '', template = ''] = key.split(' ')
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent((params as Readonly<Record<string, string>>)[name] ?? ''),
    )
    const given = method === 'GET' ? {} : { 'x-calweave': '1', 'content-type': 'application/json' }
    const response = await send(`${path}${searchOf(query)}`, {
      ...{ method, headers: { ...given, ...headers }, ...(as === undefined ? {} : { as }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const told = await response.json()
    checked(key, response, told)
    expect(errors).toEqual([])
    return { status: response.status, headers: response.headers, body: told }
  }
  return {
    ...{ w, handler, send, call },
    async ask(key, input) {
      const { status, body } = await call(key, input)
      expect(body).toSatisfy(() => status === 200, `${key} answers 200 and not ${JSON.stringify(body)}`)
      return body as never
    },
    async problem(key, input) {
      const { status, body } = await call(key, input)
      expect(status).toBeGreaterThanOrEqual(400)
      return body as Problem
    },
  }
}

function authenticate(request: Request) {
  const [, name] = /host_session=([^;]+)/.exec(request.headers.get('cookie') ?? '') ?? []
  if (name === undefined) return null
  const userId = decodeURIComponent(name)
  return { userId, session: sessionOf(userId), isOperator: userId === 'operator' }
}

function searchOf(query: unknown): string {
  const entries = Object.entries((query ?? {}) as Record<string, unknown>).map(([name, value]) => [name, String(value)])
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries as [string, string][])}`
}

/** As much of an OpenAPI document as the tests go by. */
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

export interface Operation {
  readonly operationId: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

let check: ReturnType<typeof checker> | undefined

/** Holds every answer against what the description says of it. */
function checker(description: Description) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false })
  const known = new Map<string, ValidateFunction>()
  ajv.addSchema(description, 'door')
  const isProblem = ajv.compile({ $ref: 'door#/components/schemas/Problem' })
  return (key: string, { status, headers }: Response, body: unknown): void => {
    const type = headers.get('content-type')
    if (status !== 200) {
      expect(type).toBe('application/problem+json')
      expect(isProblem(body), JSON.stringify(isProblem.errors)).toBe(true)
      expect(body).toMatchObject({ status })
      return
    }
    const [method = '', path = ''] = key.split(' ')
    const pointer = ['paths', path, method.toLowerCase(), 'responses', '200', 'content', 'application/json', 'schema']
    const $ref = `door#/${pointer.map((part) => encodeURIComponent(part.replaceAll('/', '~1'))).join('/')}`
    const fits = known.get(key) ?? ajv.compile({ $ref })
    known.set(key, fits)
    expect(type).toBe('application/json')
    expect(fits(body), `${key}: ${JSON.stringify(fits.errors)}`).toBe(true)
    answered.add(key)
  }
}
