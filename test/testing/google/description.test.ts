import { describe, expect, test } from 'vitest'
import { commonParameters, type GoogleMethod, methods } from '../../../src/testing/google/methods.js'
import { type Shape, shapes } from '../../../src/testing/google/shapes.js'
import { hour, stage } from './api.js'
import { description, faultOf, newerParameters } from './discovery.js'

const names = Object.keys(methods) as readonly GoogleMethod[]

describe.skipIf(!description)('beside the description of the API', () => {
  test.each(names)('%s is where it is described, asked as described, and for the same permissions', (name) => {
    const described = description?.methods.get(name)
    const { verb, path, query = {}, body, scopes } = methods[name]
    expect([verb, path]).toEqual([described?.httpMethod, described?.path])
    expect(body).toBe(described?.request?.$ref)
    expect([...scopes].sort()).toEqual(described?.scopes?.map((scope) => scope.split('/auth/')[1]).sort())
    const older = Object.keys(query).filter((parameter) => !newerParameters[parameter]?.includes(name))
    const queried = Object.entries(described?.parameters ?? {}).filter(([, { location }]) => location === 'query')
    expect(older.sort()).toEqual(queried.map(([parameter]) => parameter).sort())
    for (const [parameter, { type, format, enum: values, repeated, required, minimum, maximum }] of queried) {
      const own = query[parameter]
      expect(own?.type, parameter).toBe(format === 'date-time' ? 'date-time' : type)
      expect(own?.values, parameter).toEqual(values)
      expect(own?.repeated, parameter).toBe(repeated)
      expect(own?.required, parameter).toBe(required)
      expect([own?.min, own?.max], parameter).toEqual([minimum, maximum].map((n) => (n === undefined ? n : Number(n))))
    }
  })

  test('the parameters of every method are the described ones', () => {
    expect(Object.keys(commonParameters).sort()).toEqual(Object.keys(description?.parameters ?? {}).sort())
  })

  test.each(Object.keys(shapes) as (keyof typeof shapes)[])('the fields of %s are the described ones', (name) => {
    expect(fieldsOf(shapes[name]).sort()).toEqual(describedFields(name).sort())
  })

  test('an answer with a field of the fake’s own is noticed', () => {
    expect(faultOf('Event', { kind: 'calendar#event', mood: 'good' }, 'response')).toContain('mood')
    expect(faultOf('Event', { start: { dateTime: '2026-01-05T12:00:00' } }, 'response')).toContain('date-time')
    expect(faultOf('Event', { summary: null }, 'response')).toContain('summary')
    expect(faultOf('Event', { summary: null }, 'request')).toBeUndefined()
  })
})

describe('what the API does not have is refused', () => {
  test.each([
    ['GET', 'calendars/primary/events?colour=blue', undefined],
    ['GET', 'calendars/primary/events?maxResults=many', undefined],
    ['GET', 'calendars/primary/events?maxResults=0', undefined],
    ['GET', 'calendars/primary/events?showDeleted=yes', undefined],
    ['GET', 'calendars/primary/events?timeMin=2026-01-01T00:00:00', undefined],
    ['GET', 'calendars/primary/events?orderBy=summary', undefined],
    ['GET', 'calendars/primary/events?q=a&q=b', undefined],
    ['GET', 'calendars/primary/events?orderBy=startTime', undefined],
    ['GET', 'calendars/primary/events?timeZone=Mars/Base', undefined],
    ['POST', 'calendars/primary/events?sendUpdates=some', hour()],
    ['POST', 'calendars/primary/events?fields=id(', hour()],
    ['POST', 'freeBusy', { timeMin: '2026-01-01T00:00:00Z', timeMax: '2026-01-02T00:00:00Z', timeZone: 'Mars/Base' }],
    ['POST', 'calendars/primary/events', { title: 'Lunch' }],
    ['POST', 'calendars/primary/events', { summary: 7 }],
    ['POST', 'calendars/primary/events', { attendees: [{ mail: 'a@example.com' }] }],
    ['POST', 'calendars/primary/events', { extendedProperties: { private: { a: 1 } } }],
    ['POST', 'calendars/primary/events', []],
    ['DELETE', 'calendars/primary/events/abcde', { reason: 'none' }],
  ])('%s %s %j', async (verb, path, body) => {
    const { ask } = stage()
    const [place = '', search = ''] = path.split('?')
    const query: Record<string, string[]> = {}
    for (const [name, value] of new URLSearchParams(search)) query[name] = [...(query[name] ?? []), value]
    expect(await ask(verb, place, { query, ...(body !== undefined && { body }) })).toMatchObject({ status: 400 })
    expect((await ask('GET', 'calendars/primary/events')).body.items).toEqual([])
  })

  test('a body that is no JSON, and one that is sent as something else', async () => {
    const { google, jane } = stage()
    const address = 'https://www.googleapis.com/calendar/v3/calendars/primary/events'
    const headers = { authorization: `Bearer ${jane.token}`, 'content-type': 'application/json' }
    expect((await google.fetch(address, { method: 'POST', headers, body: '{"summary":' })).status).toBe(400)
    const typed = { ...headers, 'content-type': 'text/plain' }
    expect((await google.fetch(address, { method: 'POST', headers: typed, body: '{}' })).status).toBe(400)
  })

  test('a method that the fake does not have says so', async () => {
    const { ask } = stage()
    expect((await ask('GET', 'calendars/primary/acl')).status).toBe(501)
    expect((await ask('POST', 'calendars/primary/events/quickAdd')).status).toBe(501)
  })
})

/** Paths of all fields, lists and maps looked into. */
function fieldsOf(shape: Shape, path = ''): string[] {
  if (typeof shape === 'string') return [`${path}: ${shape}`]
  if ('list' in shape) return fieldsOf(shape.list, `${path}[]`)
  if ('map' in shape) return fieldsOf(shape.map, `${path}{}`)
  return Object.entries(shape.fields).flatMap(([name, inner]) => fieldsOf(inner, `${path}.${name}`))
}

function describedFields(name: string, path = ''): string[] {
  const { schemas = {}, newer = {} } = description ?? {}
  const walk = (schema: (typeof schemas)[string], at: string): string[] => {
    if (schema.$ref !== undefined) return describedFields(schema.$ref, at)
    if (schema.items) return walk(schema.items, `${at}[]`)
    if (schema.additionalProperties) return walk(schema.additionalProperties, `${at}{}`)
    if (schema.properties) return Object.entries(schema.properties).flatMap(([key, one]) => walk(one, `${at}.${key}`))
    return [`${at}: ${schema.type}`]
  }
  const later: Record<string, string[]> = {
    eventLabelId: ['.eventLabelId: string'],
    asyncOperation: ['.asyncOperation: any'],
    autoAcceptInvitations: ['.autoAcceptInvitations: boolean'],
    dataOwner: ['.dataOwner: string'],
    labelProperties: ['.labelProperties.eventLabels[]: any'],
  }
  const known = schemas[name] ? walk(schemas[name], path) : []
  return [...known, ...(newer[name] ?? []).flatMap((field) => (later[field] ?? []).map((one) => `${path}${one}`))]
}
