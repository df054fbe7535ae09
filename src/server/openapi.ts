import * as z from 'zod'
import type { Json } from '../index.js'
import type { RawRoute } from './raw-routes.js'
import type { AnyRoute } from './route.js'
import { schemaNames } from './schema-names.js'

/** An OpenAPI document. */
export type OpenApi = { readonly [key: string]: Json }

/** Describes all routes, from the schemas that requests are checked by. @see https://spec.openapis.org/oas/v3.1.1.html */
export function openApiOf(
  routes: Readonly<Record<string, AnyRoute>>,
  raw: Readonly<Record<string, RawRoute>>,
  basePath: string,
): OpenApi {
  const components = new Components()
  const paths: Record<string, Record<string, Json>> = {}
  const add = (key: string, operation: Json) => {
    const [method = '', path = ''] = key.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  for (const [key, route] of Object.entries(routes)) add(key, operationOf(key, route, components))
  for (const [key, route] of Object.entries(raw)) add(key, rawOperationOf(key, route))
  return {
    openapi: '3.1.0',
    info: { title: 'calweave', version: '1', description: 'Calendars that are kept in step.' },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    paths,
    components: {
      schemas: { ...components.schemas, Problem: problem },
      responses: {
        Problem: {
          description: 'It did not work; `code` says why and `remedy` what to do.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  }
}

function operationOf(
  key: string,
  { summary, access = 'user', query, body, answer }: AnyRoute,
  components: Components,
): Json {
  return {
    operationId: key,
    tags: [tagOf(key)],
    summary: access === 'operator' ? `${summary} (for operators)` : summary,
    parameters: [...pathParameters(key), ...(query ? queryParameters(query, components) : []), ...guardOf(key)],
    ...(body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: components.schemaOf(body, 'input') } },
          },
        }
      : {}),
    responses: {
      '200': {
        description: 'It worked.',
        content: { 'application/json': { schema: components.schemaOf(answer, 'output') } },
      },
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

function queryParameters(query: z.ZodType, components: Components): readonly Json[] {
  const { properties = {}, required = [] } = components.schemaOf(query, 'input') as {
    readonly properties?: Readonly<Record<string, Json>>
    readonly required?: readonly string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: required.includes(name), schema },
    // Lists are written with commas between their entries.
    ...{ style: 'form', explode: false },
  }))
}

/** The schemas that others refer to, each once. */
class Components {
  readonly schemas: Record<string, Json> = {}
  readonly #names = new Map<string, string>()

  schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
    const made = z.toJSONSchema(schema, { io, unrepresentable: 'any', metadata: schemaNames })
    const { $schema: _dialect, $defs = {}, ...root } = made as { readonly [key: string]: Json }
    const known = Object.entries($defs as Readonly<Record<string, Json>>)
    const names = new Map(known.map(([id, definition]) => [id, this.#nameOf(id, definition, io)]))
    const referring = (value: Json): Json =>
      JSON.parse(
        JSON.stringify(value).replace(
          /"#\/\$defs\/([^"]+)"/g,
          (_, id: string) => `"#/components/schemas/${names.get(id)}"`,
        ),
      )
    for (const [id, definition] of known) this.schemas[names.get(id) ?? id] ??= withoutId(referring(definition))
    return withoutId(referring(root))
  }

  /** What takes less than it gives has two shapes. What has no name is told apart by what it says. */
  #nameOf(id: string, definition: Json, io: 'input' | 'output'): string {
    if (!id.startsWith('__')) return io === 'input' ? `${id}Input` : id
    const text = `${io} ${JSON.stringify(definition)}`
    const name = this.#names.get(text) ?? `Part${this.#names.size + 1}`
    this.#names.set(text, name)
    return name
  }
}

/** The name of a schema among ours is no address. */
function withoutId(schema: Json): Json {
  const { id: _name, ...rest } = schema as { readonly [key: string]: Json }
  return rest
}

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
    pointer: { type: 'string' },
    retryAfterMs: { type: 'number' },
  },
}
