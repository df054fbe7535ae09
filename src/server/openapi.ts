import * as z from 'zod'
import type { Json } from '../index.js'
import type { RawRoute } from './raw-routes.js'
import type { AnyRoute } from './route.js'

/** An OpenAPI document. */
export type OpenApi = { readonly [key: string]: Json }

/** Describes all routes, from the schemas that requests are checked by. @see https://spec.openapis.org/oas/v3.1.1.html */
export function openApiOf(
  routes: Readonly<Record<string, AnyRoute>>,
  raw: Readonly<Record<string, RawRoute>>,
  basePath: string,
): OpenApi {
  const paths: Record<string, Record<string, Json>> = {}
  const add = (key: string, operation: Json) => {
    const [method = '', path = ''] = key.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  for (const [key, route] of Object.entries(routes)) add(key, operationOf(key, route))
  for (const [key, route] of Object.entries(raw)) add(key, rawOperationOf(key, route))
  return {
    openapi: '3.1.0',
    info: { title: 'calweave', version: '1', description: 'Calendars that are kept in step.' },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    paths,
    components: {
      schemas: { Problem: problem },
      responses: {
        Problem: {
          description: 'It did not work; `code` says why and `remedy` what to do.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  }
}

function operationOf(key: string, { summary, access = 'user', query, body, answer }: AnyRoute): Json {
  return {
    operationId: key,
    tags: [tagOf(key)],
    summary: access === 'operator' ? `${summary} (for operators)` : summary,
    parameters: [...pathParameters(key), ...(query ? queryParameters(query) : []), ...guardOf(key)],
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } } }
      : {}),
    responses: {
      '200': { description: 'It worked.', content: { 'application/json': { schema: schemaOf(answer, 'output') } } },
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function rawOperationOf(key: string, { summary, contentType, query = {}, access }: RawRoute): Json {
  const parameters = Object.entries(query).map(([name, description]) => ({
    ...{ name, in: 'query', description },
    schema: { type: 'string' },
  }))
  const status = access === 'returning' ? '303' : '200'
  return {
    operationId: key,
    tags: [tagOf(key)],
    summary,
    parameters: [...pathParameters(key), ...parameters],
    responses: {
      [status]: { description: 'It worked.', content: { [contentType]: { schema: { type: 'string' } } } },
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function tagOf(key: string): string {
  return key.split('/')[1] ?? ''
}

function pathParameters(key: string): readonly Json[] {
  return [...key.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true },
    schema: { type: 'string', minLength: 1, maxLength: 2_048 },
  }))
}

function guardOf(key: string): readonly Json[] {
  if (key.startsWith('GET ')) return []
  const description = 'Shows that the request comes from a page of the application'
  return [{ name: 'x-calweave', in: 'header', required: true, description, schema: { type: 'string', const: '1' } }]
}

function queryParameters(query: z.ZodType): readonly Json[] {
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    readonly properties?: Readonly<Record<string, Json>>
    readonly required?: readonly string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: required.includes(name), schema },
    // Lists are written with commas between their entries.
    ...{ style: 'form', explode: false },
  }))
}

/** Each schema is whole by itself: what refers to itself has an `$id` of its own to refer to. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as {
    readonly [key: string]: Json
  }
  return '$defs' in rest ? { $id: `urn:calweave:schema:${++ids}`, ...rest } : rest
}

let ids = 0

const problem: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'remedy'],
  additionalProperties: false,
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    remedy: { type: 'string' },
    reason: { type: 'string' },
    retryAfterMs: { type: 'number' },
  },
}
