import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv, type ValidateFunction } from 'ajv'

/**
 * Google's own description of the API, which is kept outside of this repository. Everything that the fake takes and gives
 * in tests is held against it.
 */

interface Described {
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly $ref?: string
  readonly items?: Described
  readonly properties?: Readonly<Record<string, Described>>
  readonly additionalProperties?: Described
}

export interface DescribedParameter extends Described {
  readonly location: 'path' | 'query'
  readonly repeated?: boolean
  readonly required?: boolean
  readonly minimum?: string
  readonly maximum?: string
}

export interface DescribedMethod {
  readonly httpMethod: string
  readonly path: string
  readonly parameters?: Readonly<Record<string, DescribedParameter>>
  readonly request?: { readonly $ref: string }
  readonly response?: { readonly $ref: string }
  readonly scopes?: readonly string[]
}

export interface Description {
  readonly parameters: Readonly<Record<string, DescribedParameter>>
  readonly schemas: Readonly<Record<string, Described>>
  readonly methods: ReadonlyMap<string, DescribedMethod>
  /** Fields of schemas that came after the description was made. */
  readonly newer: Readonly<Record<string, readonly string[]>>
}

/** Parameters that came later, with the methods that have them. */
export const newerParameters: Readonly<Record<string, readonly string[]>> = {
  eventLabelVersion: ['events.insert', 'events.import', 'events.patch', 'events.update'],
  showOwnOrganizationOnly: ['calendarList.list'],
}

/** The description, or undefined where it is not. */
export const description: Description | undefined = read()

if (!description)
  console.warn(
    'The API description is not here, so nothing is compared with it. Set CALWEAVE_SCHEMAS to the folder of google-calendar-v3.discovery.json.',
  )

const validators = description && compiled(description)

/** What is wrong with a body, as one text; undefined where nothing is. `null` is right in what is sent: it clears. */
export function faultOf(schema: string, body: unknown, direction: 'request' | 'response'): string | undefined {
  const validate = validators?.get(`${direction}-${schema}`)
  if (!validate || validate(body)) return undefined
  return validate.errors
    ?.map(({ instancePath, message, params }) => `${schema}${instancePath} ${message} ${JSON.stringify(params)}`)
    .join('\n')
}

function read(): Description | undefined {
  const { CALWEAVE_SCHEMAS } = process.env
  const folder = CALWEAVE_SCHEMAS ?? fileURLToPath(new URL('../../../../shared/schemas', import.meta.url))
  const file = join(folder, 'google-calendar-v3.discovery.json')
  if (!existsSync(file)) return undefined
  const { resources, ...document } = JSON.parse(readFileSync(file, 'utf8')) as Omit<
    Description,
    'methods' | 'newer'
  > & {
    readonly resources: Readonly<Record<string, { readonly methods: Readonly<Record<string, DescribedMethod>> }>>
  }
  const later = join(folder, 'google-calendar-v3.additions-since-20250115.json')
  const { schemas: newer } = JSON.parse(readFileSync(later, 'utf8')) as { readonly schemas: Description['newer'] }
  const methods = Object.entries(resources).flatMap(([resource, { methods }]) =>
    Object.entries(methods).map(([name, method]) => [`${resource}.${name}`, method] as const),
  )
  return { ...document, methods: new Map(methods), newer }
}

function compiled({ schemas, newer }: Description): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false, allErrors: true })
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
  ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/)
  ajv.addFormat('int64', /^\d+$/)
  ajv.addFormat('int32', true)
  for (const direction of ['request', 'response'] as const)
    for (const [name, schema] of Object.entries(schemas))
      ajv.addSchema(strict(schema, direction, newer[name] ?? []) as object, `${direction}-${name}`)
  return new Map(
    (['request', 'response'] as const).flatMap((direction) =>
      Object.keys(schemas).flatMap((name) => {
        const validate = ajv.getSchema(`${direction}-${name}`)
        return validate ? [[`${direction}-${name}`, validate] as const] : []
      }),
    ),
  )
}

/** A schema that knows all fields there are. In what is sent, a time may do without its offset, and null clears. */
function strict(schema: Described, direction: 'request' | 'response', newer: readonly string[] = []): object {
  const { $ref, type, format, enum: values, items, properties, additionalProperties } = schema
  if ($ref !== undefined) {
    const target = { $ref: `${direction}-${$ref}` }
    return direction === 'request' ? { anyOf: [target, { type: 'null' }] } : target
  }
  if (type === 'any') return {}
  const inner = Object.entries(properties ?? {}).map(([name, property]) => [name, strict(property, direction)] as const)
  const known = Object.fromEntries([...inner, ...newer.map((name) => [name, {}] as const)])
  return {
    type: direction === 'request' ? [type ?? 'object', 'null'] : (type ?? 'object'),
    ...(format && !(direction === 'request' && format === 'date-time') && { format }),
    ...(values && { enum: values }),
    ...(items && { items: strict(items, direction) }),
    ...(properties && { properties: known, additionalProperties: false }),
    ...(additionalProperties && { additionalProperties: strict(additionalProperties, direction) }),
  }
}
