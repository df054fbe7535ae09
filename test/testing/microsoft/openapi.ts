import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv, type ValidateFunction } from 'ajv'

/**
 * The description of the API, which is kept outside of this repository: a part of Microsoft's metadata as OpenAPI. What
 * the fake takes and gives in tests is held against it.
 */

type Schema = { readonly [name: string]: unknown } & {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly allOf?: readonly { readonly $ref: string }[]
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly required?: boolean }[]
}

export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** Properties that answers of 2026 have and the metadata does not declare. */
const undeclared: Readonly<Record<string, readonly string[]>> = {
  event: ['uid', 'occurrenceId'],
  calendar: ['groupClassId'],
}

/** The description, or undefined where it is not. */
export const description: Description | undefined = read()

if (!description)
  console.warn(
    'The API description is not here, so nothing is compared with it. Set CALWEAVE_SCHEMAS to the folder of graph-calendar-v1.0.openapi.json.',
  )

const validators = description && compiled(description)

/** What is wrong with a body, as one text; undefined where nothing is. */
export function faultOf(schema: string, body: unknown, direction: 'request' | 'response'): string | undefined {
  const validate = validators?.get(`${direction}-microsoft.graph.${schema}`)
  if (!validate || validate(body)) return undefined
  return validate.errors
    ?.map(({ instancePath, message, params }) => `${schema}${instancePath} ${message} ${JSON.stringify(params)}`)
    .join('\n')
}

/** The names of all properties of a type, those of the types below it too. */
export function propertiesOf(name: string): readonly string[] {
  const { properties = {}, allOf = [] } = description?.components.schemas[`microsoft.graph.${name}`] ?? {}
  const below = allOf.flatMap(({ $ref }) => propertiesOf($ref.split('microsoft.graph.')[1] ?? ''))
  return [...Object.keys(properties), ...below]
}

function read(): Description | undefined {
  const { CALWEAVE_SCHEMAS } = process.env
  const folder = CALWEAVE_SCHEMAS ?? fileURLToPath(new URL('../../../../shared/schemas', import.meta.url))
  const file = join(folder, 'graph-calendar-v1.0.openapi.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Description) : undefined
}

function compiled({ components: { schemas } }: Description): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false, allErrors: true })
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
  ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/)
  ajv.addFormat('uuid', /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/)
  for (const format of ['int32', 'int64', 'double', 'duration', 'time', 'base64url']) ajv.addFormat(format, true)
  const names = Object.keys(schemas)
  for (const direction of ['request', 'response'] as const)
    for (const name of names) ajv.addSchema(strict(name, schemas, direction), `${direction}-${name}`)
  return new Map(
    (['request', 'response'] as const).flatMap((direction) =>
      names.flatMap((name) => {
        const validate = ajv.getSchema(`${direction}-${name}`)
        return validate ? [[`${direction}-${name}`, validate] as const] : []
      }),
    ),
  )
}

/** A type with the properties of those below it, that knows all properties there are. Annotations are no properties. */
function strict(name: string, schemas: Description['components']['schemas'], direction: string): object {
  const schema = schemas[name] ?? {}
  if (schema.properties === undefined && schema.allOf === undefined) return converted(schema, direction) as object
  const properties = all(name, schemas)
  const isOpen = /extension$|openTypeExtension$|resourceData$/i.test(name)
  const extra = undeclared[name.replace('microsoft.graph.', '')] ?? []
  return {
    type: direction === 'request' ? ['object', 'null'] : 'object',
    properties: {
      ...Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, converted(one, direction)])),
      ...Object.fromEntries(extra.map((key) => [key, {}])),
    },
    patternProperties: { '@': {} },
    ...(!isOpen && { additionalProperties: false }),
  }
}

function all(name: string, schemas: Description['components']['schemas']): Readonly<Record<string, Schema>> {
  const { properties = {}, allOf = [] } = schemas[name] ?? {}
  return Object.assign(
    {},
    ...allOf.map(({ $ref }) => all($ref.split('/').at(-1) ?? '', schemas)),
    properties,
  ) as Record<string, Schema>
}

/** OpenAPI's `nullable` and references, in the words of JSON Schema. */
function converted(value: unknown, direction: string): unknown {
  if (Array.isArray(value)) return value.map((one) => converted(one, direction))
  if (typeof value !== 'object' || value === null) return value
  const { nullable, $ref, ...rest } = value as Record<string, unknown>
  if (typeof $ref === 'string') return { $ref: `${direction}-${$ref.split('/').at(-1)}` }
  const inner = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, converted(one, direction)]))
  if (nullable !== true) return inner
  return { anyOf: [inner, { type: 'null' }] }
}
