import { describe, expect, test } from 'vitest'
import { selectable } from '../../../src/testing/microsoft/event-list.js'
import { type MicrosoftMethod, methods } from '../../../src/testing/microsoft/methods.js'
import { type Shape, shapes } from '../../../src/testing/microsoft/shapes.js'
import { description, faultOf, propertiesOf } from './openapi.js'

const names = Object.keys(methods) as readonly MicrosoftMethod[]

/** Addresses that the description leaves out, since it is a part only; the documentation has them. */
const notDescribed = [
  ...['', 'mailboxSettings/timeZone', 'translateExchangeIds', 'calendarGroups/{}/calendars/{}', '/subscriptions'],
]

const described = new Map(
  Object.entries(description?.paths ?? {}).map(([path, operations]) => [
    path
      .replace(/^\/users\/\{user-id\}\/?/, '')
      .replaceAll(/\{[^}]*\}/g, '{}')
      .replace('()', ''),
    operations,
  ]),
)

describe.skipIf(!description)('beside the description of the API', () => {
  test.each(names)('%s is where it is described, and asked no more than is described', (name) => {
    const { verb, paths, query = [] } = methods[name]
    for (const path of paths) {
      const key = path.replaceAll(/\{[^}]*\}/g, '{}').replace("=microsoft.graph.timeZoneStandard'{}'", "='{}'")
      if (notDescribed.includes(key)) continue
      const operation = described.get(key)?.[verb.toLowerCase()]
      expect(operation, `${verb} ${key}`).toBeDefined()
      const known = operation?.parameters?.map((one) => one.name) ?? []
      // Tokens stand in links that nobody writes by hand.
      expect(query.filter((one) => !known.includes(one) && !one.endsWith('token'))).toEqual([])
    }
  })

  test.each([
    ['event', 'event'],
    ['calendar', 'calendar'],
    ['subscription', 'subscription'],
  ] as const)('what of a %s can be set is described', (shape, type) => {
    const { fields } = shapes[shape] as Shape & { readonly fields: object }
    const known = propertiesOf(type)
    expect(Object.keys(fields).filter((name) => !known.includes(name))).toEqual([])
  })

  test('what can be selected is described, or was seen in answers', () => {
    const known = [...propertiesOf('event'), 'uid', 'occurrenceId']
    expect([...selectable].filter((name) => !known.includes(name))).toEqual([])
    const navigation = ['attachments', 'calendar', 'exceptionOccurrences', 'extensions', 'instances']
    const legacy = ['multiValueExtendedProperties', 'singleValueExtendedProperties']
    expect(known.filter((name) => !selectable.has(name) && ![...navigation, ...legacy].includes(name))).toEqual([])
  })

  test('an answer with a property of the fake’s own is noticed', () => {
    expect(faultOf('event', { id: 'a', mood: 'good' }, 'response')).toContain('mood')
    expect(faultOf('event', { start: { dateTime: '2026-01-05T12:00:00', offset: 1 } }, 'response')).toContain('offset')
    expect(faultOf('event', { type: 'master' }, 'response')).toContain('type')
    expect(faultOf('event', { attendees: null }, 'response')).toContain('attendees')
    expect(faultOf('event', { subject: null, '@odata.etag': 'x' }, 'response')).toBeUndefined()
  })
})
