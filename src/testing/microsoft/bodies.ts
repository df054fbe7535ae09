import { isObject } from '../fakes/json.js'
import { Refusal } from './refusals.js'
import { type Shape, type ShapeName, shapes } from './shapes.js'

/**
 * Reads a request body, strictly. A property that the API does not have, or that nobody can set, is refused: a program
 * that sends one has a mistake, and a fake that is silent about it hides the mistake.
 */
export function readBody(text: string, name: ShapeName): object {
  let value: unknown
  try {
    value = JSON.parse(text === '' ? '{}' : text)
  } catch {
    throw new Refusal('UnableToDeserializePostBody')
  }
  if (!isObject(value)) throw new Refusal('UnableToDeserializePostBody')
  check(value, shapes[name], '')
  return value
}

function check(value: unknown, shape: Shape, path: string): void {
  // A list is emptied by an empty list; `null` in its place is refused by Graph.
  if (value === null && !(typeof shape === 'object' && 'list' in shape)) return
  if (shape === 'any') return
  if (typeof shape === 'string') {
    const fits = shape === 'integer' ? Number.isSafeInteger(value) : typeof value === shape
    if (!fits) throw wrong(`Cannot convert the value of '${path}' to ${shape}.`)
    return
  }
  if ('one' in shape) {
    if (typeof value !== 'string' || !shape.one.includes(value))
      throw wrong(`Requested value of '${path}' was not found.`)
    return
  }
  if ('list' in shape) {
    if (!Array.isArray(value)) throw wrong(`The value of '${path}' has to be a list.`)
    for (const [index, item] of value.entries()) {
      if (item === null) throw wrong(`The list '${path}' has a null.`)
      check(item, shape.list, `${path}[${index}]`)
    }
    return
  }
  if (!isObject(value)) throw wrong(`The value of '${path}' has to be an object.`)
  for (const [name, item] of Object.entries(value)) {
    const inner = Object.hasOwn(shape.fields, name) ? shape.fields[name] : shape.isOpen ? 'any' : undefined
    if (inner === undefined)
      throw wrong(`The property '${name}'${path && ` of '${path}'`} does not exist or cannot be set.`)
    check(item, inner, path === '' ? name : `${path}.${name}`)
  }
}

function wrong(message: string): Refusal {
  return new Refusal('BadRequest', { message })
}
