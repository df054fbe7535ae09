import { commonParameters, type GoogleMethod, type Method, methods, type Parameter } from './methods.js'
import { invalid, Refusal } from './refusals.js'
import { isIanaZone } from './times.js'

/** The query of a request, checked against what its method takes. */
export class Query {
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(method: GoogleMethod, search: URLSearchParams) {
    const { query } = methods[method]
    const values = new Map<string, string[]>()
    for (const [name, value] of search) {
      const parameter = parameterOf(query, name)
      if (!parameter) throw unknown(name)
      check(name, value, parameter)
      values.set(name, [...(values.get(name) ?? []), value])
      if (!parameter.repeated && (values.get(name)?.length ?? 0) > 1) throw invalid('Given more than once.', name)
    }
    for (const [name, parameter] of Object.entries(query ?? {}))
      if (parameter.required && !values.has(name)) throw new Refusal('required', { parameter: name })
    const zone = values.get('timeZone')?.[0]
    if (zone !== undefined && !isIanaZone(zone)) throw invalid('Invalid time zone.', 'timeZone')
    if ((values.get('quotaUser')?.[0]?.length ?? 0) > 40) throw invalid('Longer than 40 characters.', 'quotaUser')
    this.#values = values
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  flag(name: string): boolean {
    return this.text(name) === 'true'
  }

  number(name: string): number | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : Number(value)
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  /** A moment in milliseconds; parts of a second do not count. */
  moment(name: string): number | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : Math.floor(Date.parse(value) / 1_000) * 1_000
  }

  /** All parameters that are not in `without`, in one text that is equal where they are. */
  fingerprint(without: readonly string[]): string {
    const kept = [...this.#values].filter(([name]) => !without.includes(name) && !(name in commonParameters))
    return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** A moment needs its offset, or nobody knows which moment it is. */
const momentForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i

function parameterOf(query: Method['query'], name: string): Parameter | undefined {
  if (query && Object.hasOwn(query, name)) return query[name]
  return Object.hasOwn(commonParameters, name) ? commonParameters[name] : undefined
}

function check(name: string, value: string, parameter: Parameter): void {
  const { type, values, min, max } = parameter
  if (values && !values.includes(value)) throw invalid(`Invalid string value: '${value}'.`, name)
  if (type === 'boolean' && value !== 'true' && value !== 'false') throw invalid(`Invalid boolean value.`, name)
  if (type === 'date-time' && !(momentForm.test(value) && Number.isFinite(Date.parse(value))))
    throw invalid('Bad Request', name)
  if (type !== 'integer') return
  const number = Number(value)
  const fits = /^-?\d{1,10}$/.test(value) && number >= (min ?? number) && number <= (max ?? number)
  if (!fits) throw invalid(`Invalid integer value: '${value}'.`, name)
}

function unknown(name: string): Refusal {
  return new Refusal('badRequest', {
    message: `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`,
  })
}
