import { isObject } from '../fakes/json.js'
import { Refusal } from './refusals.js'
import { type Shape, type ShapeName, shapes } from './shapes.js'

/**
 * Reads a request body, strictly. A field that the API does not have is refused: a program that sends one has a
 * mistake, and a fake that is silent about it hides the mistake. `null` is allowed everywhere, since it clears a field.
 */
export function readBody(text: string, name: ShapeName): object {
  let value: unknown
  try {
    value = JSON.parse(text === '' ? '{}' : text)
  } catch {
    throw new Refusal('parseError')
  }
  if (!isObject(value)) throw new Refusal('parseError')
  check(value, shapes[name], '')
  return value
}

function check(value: unknown, shape: Shape, path: string): void {
  if (value === null || shape === 'any') return
  if (typeof shape === 'string') {
    // A number of 64 bits is a string in JSON, and Google takes it either way.
    const fits = shape === 'integer' ? Number.isSafeInteger(value) : typeof value === shape || path === 'expiration'
    if (!fits) throw wrong(`Invalid value at '${path}' (TYPE_${shape.toUpperCase()})`)
    return
  }
  if ('list' in shape) {
    if (!Array.isArray(value)) throw wrong(`Invalid value at '${path}' (a list is wanted)`)
    for (const [index, item] of value.entries()) {
      if (item === null) throw wrong(`Invalid value at '${path}[${index}]' (null in a list)`)
      check(item, shape.list, `${path}[${index}]`)
    }
    return
  }
  if (!isObject(value)) throw wrong(`Invalid value at '${path}' (an object is wanted)`)
  for (const [name, item] of Object.entries(value)) {
    const inner = 'map' in shape ? shape.map : Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined
    if (inner === undefined) {
      const place = path === '' ? '' : ` at '${path}'`
      throw wrong(`Invalid JSON payload received. Unknown name "${name}"${place}: Cannot find field.`)
    }
    check(item, inner, path === '' ? name : `${path}.${name}`)
  }
}

function wrong(message: string): Refusal {
  return new Refusal('badRequest', { message })
}
