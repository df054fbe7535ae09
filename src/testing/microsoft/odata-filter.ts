import { sameProperty } from './event-fields.js'
import { badQuery } from './refusals.js'
import type { MicrosoftEvent, MicrosoftExtendedProperty } from './resources.js'

/** An event as a filter sees it. */
export type Filtered = MicrosoftEvent & {
  readonly singleValueExtendedProperties?: readonly MicrosoftExtendedProperty[]
}
type Test = (event: Filtered) => boolean

/** What events can be filtered by, as far as programs that sync do it. */
const filterable = new Set([
  ...['id', 'subject', 'iCalUId', 'type', 'isAllDay', 'isCancelled', 'isOrganizer', 'importance', 'sensitivity'],
  ...['showAs', 'seriesMasterId', 'createdDateTime', 'lastModifiedDateTime', 'start/dateTime', 'end/dateTime'],
  ...['transactionId', 'isReminderOn', 'hasAttachments', 'uid'],
])

/** Reads the `$filter` of a list of events. Grammar: or, and, not, comparisons, `startswith`, `contains`, one `Any`. */
export function filterOf(text: string): Test {
  const tokens = tokensOf(text)
  const parser = new Parser(tokens)
  const test = parser.either()
  parser.end()
  return test
}

/** Reads the `$filter` inside of an `$expand`: ids that are wanted. */
export function idsOf(text: string): readonly string[] {
  const ids = text.split(/\s+or\s+/i).map((part) => /^\s*id\s+eq\s+'((?:[^']|'')*)'\s*$/i.exec(part)?.[1])
  if (ids.some((id) => id === undefined)) throw badQuery(`The filter '${text}' of an $expand is not supported.`)
  return ids.map((id) => (id ?? '').replaceAll("''", "'"))
}

function tokensOf(text: string): readonly string[] {
  const tokens = text.match(/'(?:[^']|'')*'|[(),:]|[^\s(),:']+(?::\d\d[^\s(),']*)?/g) ?? []
  if (tokens.join('') !== text.replaceAll(/\s+(?=(?:[^']*'[^']*')*[^']*$)/g, ''))
    throw badQuery('Invalid filter clause.')
  return tokens
}

class Parser {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  either(): Test {
    const parts = [this.#both()]
    while (this.#takes('or')) parts.push(this.#both())
    return (event) => parts.some((part) => part(event))
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#wrong()
  }

  #both(): Test {
    const parts = [this.#one()]
    while (this.#takes('and')) parts.push(this.#one())
    return (event) => parts.every((part) => part(event))
  }

  #one(): Test {
    if (this.#takes('not')) {
      const inner = this.#one()
      return (event) => !inner(event)
    }
    if (this.#takes('(')) {
      const inner = this.either()
      this.#needs(')')
      return inner
    }
    const word = this.#next()
    if (/^singleValueExtendedProperties\/any$/i.test(word)) return this.#any()
    if (word === 'startswith' || word === 'contains') {
      const [path, wanted] = this.#pair()
      return (event) => textTest(word, textAt(event, path), wanted)
    }
    return comparison(word, this.#next(), this.#next())
  }

  /** `Any(ep: ep/id eq '…' and ep/value eq '…')`: names letter by letter, values in any case. */
  #any(): Test {
    this.#needs('(')
    const name = this.#next()
    this.#needs(':')
    for (const token of [`${name}/id`, 'eq']) this.#needs(token)
    const id = literal(this.#next())
    this.#needs('and')
    const word = this.#next()
    const isCall = word === 'contains' || word === 'startswith'
    let operator: string = word
    let wanted: string
    if (isCall) {
      this.#needs('(')
      for (const token of [`${name}/value`, ',']) this.#needs(token)
      wanted = literal(this.#next())
      this.#needs(')')
    } else {
      if (word !== `${name}/value`) throw this.#wrong()
      operator = this.#next()
      if (operator !== 'eq' && operator !== 'ne') throw this.#wrong()
      wanted = literal(this.#next())
    }
    this.#needs(')')
    return ({ singleValueExtendedProperties = [] }) =>
      singleValueExtendedProperties.some((one) => sameProperty(one.id, id) && textTest(operator, one.value, wanted))
  }

  #pair(): readonly [string, string] {
    this.#needs('(')
    const path = known(this.#next())
    this.#needs(',')
    const wanted = literal(this.#next())
    this.#needs(')')
    return [path, wanted]
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== token) return false
    this.#at++
    return true
  }

  #needs(token: string): void {
    if (this.#next() !== token) throw this.#wrong()
  }

  #next(): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw this.#wrong()
    return token
  }

  #wrong(): Error {
    return badQuery('Invalid filter clause.')
  }
}

/** Of extended properties: `id eq` finds, whatever the case of the value. */
function textTest(operator: string, value: string, wanted: string): boolean {
  const [a, b] = [value.toLowerCase(), wanted.toLowerCase()]
  if (operator === 'eq') return a === b
  if (operator === 'ne') return a !== b
  return operator === 'contains' ? a.includes(b) : a.startsWith(b)
}

function comparison(path: string, operator: string, given: string): Test {
  known(path)
  const isMoment = path.endsWith('dateTime') || path.endsWith('DateTime')
  const wanted = given.startsWith("'") ? literal(given) : given
  if (isMoment && !Number.isFinite(moment(wanted))) throw badQuery(`'${given}' is no date and time.`)
  if (!isMoment && !/^'|^(?:true|false|null|-?\d+)$/.test(given)) throw badQuery(`'${given}' is no value.`)
  if (!['eq', 'ne', 'gt', 'ge', 'lt', 'le'].includes(operator)) throw badQuery(`'${operator}' is no operator.`)
  return (event) => {
    const value = textAt(event, path)
    const [a, b] = isMoment ? [moment(value), moment(wanted)] : [value, wanted === 'null' ? '' : wanted]
    if (operator === 'eq') return a === b
    if (operator === 'ne') return a !== b
    if (operator === 'gt') return a > b
    if (operator === 'ge') return a >= b
    return operator === 'lt' ? a < b : a <= b
  }
}

function moment(text: string): number {
  return Date.parse(/Z$|[+-]\d\d:\d\d$/i.test(text) ? text : `${text.length === 10 ? `${text}T00:00` : text}Z`)
}

function textAt(event: Filtered, path: string): string {
  const value = path.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], event)
  return value === null || value === undefined ? '' : String(value)
}

function known(path: string): string {
  if (!filterable.has(path)) throw badQuery(`Could not find a property named '${path}' that events can be filtered by.`)
  return path
}

function literal(token: string): string {
  if (!token.startsWith("'")) throw badQuery(`'${token}' is no text.`)
  return token.slice(1, -1).replaceAll("''", "'")
}
