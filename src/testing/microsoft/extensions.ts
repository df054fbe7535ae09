import { type Answer, type Call, contextOf, ok } from './call.js'
import { extensionPrefix, keptExtension } from './event-fields.js'
import { eventOf } from './event-list.js'
import { invalid, Refusal } from './refusals.js'
import type { MicrosoftExtension } from './resources.js'
import type { Target } from './series.js'
import { assertWritable, putEvent } from './world.js'

/** `extensions.get`. */
export function getExtension(call: Call): Answer {
  return ok({ ...contextOf(call, 'events/extensions/$entity'), ...found(call, seriesOf(call)) })
}

/** `extensions.create`. One name, one extension. */
export function createExtension(call: Call): Answer {
  const target = seriesOf(call)
  const made = keptExtension(call.body as MicrosoftExtension)
  if (target.data.extensions.some(({ id }) => id === made.id))
    throw new Refusal('ErrorInvalidRequest', { status: 409, message: 'An extension of this name exists already.' })
  write(call, target, [...target.data.extensions, made])
  return ok({ ...contextOf(call, 'events/extensions/$entity'), ...made }, 201)
}

/** `extensions.update`: the data is replaced field by field, `null` takes away. */
export function updateExtension(call: Call): Answer {
  const target = seriesOf(call)
  const before = found(call, target)
  const { '@odata.type': _type, id: _id, extensionName: _name, ...data } = call.body as MicrosoftExtension
  const merged = Object.entries({ ...before, ...data }).filter(([, value]) => value !== null)
  const after = Object.fromEntries(merged) as MicrosoftExtension
  write(
    call,
    target,
    target.data.extensions.map((one) => (one === before ? after : one)),
  )
  return ok({ ...contextOf(call, 'events/extensions/$entity'), ...after })
}

/** `extensions.delete`. */
export function deleteExtension(call: Call): Answer {
  const target = seriesOf(call)
  const before = found(call, target)
  write(
    call,
    target,
    target.data.extensions.filter((one) => one !== before),
  )
  return { code: 204 }
}

/** What is written on one occurrence is not seen in the wild; the fake has extensions of whole events only. */
function seriesOf(call: Call): Target {
  const target = eventOf(call)
  if (target.date !== undefined) throw invalid('The fake keeps extensions of series, not of single occurrences.')
  return target
}

function found({ path }: Call, { data }: Target): MicrosoftExtension {
  const name = path['extensionId'] ?? ''
  const one = data.extensions.find(({ id, extensionName }) => id === name || extensionName === name)
  if (!one) throw new Refusal('ErrorItemNotFound', { message: `There is no extension ${extensionPrefix}${name}.` })
  return one
}

/** An extension is stored in the event, so the event gets another version. No delta tells of it. */
function write(call: Call, { stored }: Target, extensions: readonly MicrosoftExtension[]): void {
  assertWritable(call, stored.calendarId)
  putEvent(call, { ...stored, data: { ...stored.data, extensions } }, { quietly: true, untold: true })
}
