import { describe, expect, test } from 'vitest'
import { SyncError } from '../../src/errors.js'
import { defaultProjection, ProjectionSchema } from '../../src/model/projection.js'
import { world } from '../support/world.js'

const popup = { method: 'popup', trigger: { kind: 'offset', seconds: -600, from: 'start' } }
const many = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`value ${index}`, 'x']))

/** Settings that make no sense, the path that is named, and a part of the reason. */
const refused: readonly (readonly [name: string, settings: unknown, path: string, reason: RegExp])[] = [
  ['an unknown setting', { shows: 'busy' }, '', /shows/],
  ['an unknown view', { show: 'half' }, 'show', /everything/],
  ['an unknown field', { fields: { titel: [{ prefix: 'x' }] } }, 'fields', /titel/],
  ['`__proto__` as a setting', JSON.parse('{"__proto__": {"show": "busy"}}'), '', /__proto__/],
  ['`__proto__` as a field', JSON.parse('{"fields": {"__proto__": []}}'), 'fields', /__proto__/],
  [
    '`__proto__` as a transform',
    JSON.parse('{"fields": {"title": [{"__proto__": "x"}]}}'),
    'fields.title.0',
    /__proto__/,
  ],
  [
    '`__proto__` as a value',
    JSON.parse('{"fields": {"title": [{"mapValues": {"__proto__": "x"}}]}}'),
    'fields.title.0.mapValues.__proto__',
    /no value/,
  ],
  ['`constructor` as a field', { fields: { constructor: [{ drop: true }] } }, 'fields', /constructor/],
  ['no transforms in a list of them', { fields: { title: [] } }, 'fields.title', />=1/],
  ['too many transforms', { fields: { title: Array(9).fill({ prefix: 'x' }) } }, 'fields.title', /<=8/],
  ['two transforms in one', { fields: { title: [{ prefix: 'a', suffix: 'b' }] } }, 'fields.title.0', /exactly one/],
  ['a transform that is none', { fields: { title: [{}] } }, 'fields.title.0', /exactly one/],
  ['an unknown transform', { fields: { title: [{ upper: true }] } }, 'fields.title.0', /upper/],
  ['a huge prefix', { fields: { title: [{ prefix: 'x'.repeat(2_000) }] } }, 'fields.title.0.prefix', /1024/],
  ['a prefix of blanks', { fields: { title: [{ prefix: '  ' }] } }, 'fields.title.0.prefix', /more than blanks/],
  ['a prefix with a line end', { fields: { title: [{ prefix: 'a\nb' }] } }, 'fields.title.0.prefix', /line ends/],
  ['half a character', { fields: { title: [{ suffix: '\ud800' }] } }, 'fields.title.0.suffix', /control characters/],
  [
    'a template with an unknown name',
    { fields: { title: [{ template: '{titel}' }] } },
    'fields.title.0.template',
    /not known.*title/,
  ],
  [
    'a template with a name of JavaScript',
    { fields: { title: [{ template: '{__proto__}{constructor}' }] } },
    'fields.title.0.template',
    /not known/,
  ],
  [
    'a template with half a brace',
    { fields: { title: [{ template: 'a { b' }] } },
    'fields.title.0.template',
    /partner/,
  ],
  [
    'a template behind another transform',
    { fields: { title: [{ prefix: 'x' }, { template: '{title}' }] } },
    'fields.title.1.template',
    /put it first/,
  ],
  [
    'a replacement of nothing',
    { fields: { title: [{ replace: { from: '', to: 'x' } }] } },
    'fields.title.0.replace.from',
    />=1/,
  ],
  [
    'a replacement by itself',
    { fields: { title: [{ replace: { from: 'x', to: 'x' } }] } },
    'fields.title.0.replace',
    /changes nothing/,
  ],
  ['a map of nothing', { fields: { title: [{ mapValues: {} }] } }, 'fields.title.0.mapValues', /name a value/],
  ['a map that is a list', { fields: { title: [{ mapValues: ['a'] }] } }, 'fields.title.0.mapValues', /object/],
  ['a huge map', { fields: { title: [{ mapValues: many }] } }, 'fields.title.0.mapValues', /200/],
  ['a map to a number', { fields: { title: [{ mapValues: { a: 1 } }] } }, 'fields.title.0.mapValues.a', /text/],
  [
    'a dropped field that is changed',
    { fields: { title: [{ prefix: 'x' }, { drop: true }] } },
    'fields.title.1.drop',
    /contradicts/,
  ],
  ['a drop that is not meant', { fields: { title: [{ drop: false }] } }, 'fields.title.0.drop', /left out/],
  [
    'a prefix of something that is no text',
    { fields: { color: [{ prefix: 'x' }] } },
    'fields.color.0.prefix',
    /does not fit/,
  ],
  ['a template of a link', { fields: { url: [{ template: '{title}' }] } }, 'fields.url.0.template', /does not fit/],
  [
    'an unknown status',
    { fields: { status: [{ mapValues: { maybe: 'tentative' } }] } },
    'fields.status.0.mapValues.maybe',
    /confirmed/,
  ],
  [
    'a status that removes the copy',
    { fields: { status: [{ mapValues: { tentative: 'cancelled' } }] } },
    'fields.status.0.mapValues.tentative',
    /cancelled/,
  ],
  [
    'a copy that is more open than its event',
    { fields: { visibility: [{ mapValues: { private: 'public' } }] } },
    'fields.visibility.0.mapValues.private',
    /more open/,
  ],
  [
    'a copy that says nothing of privacy',
    { fields: { visibility: [{ drop: true }] } },
    'fields.visibility.0.drop',
    /does not fit/,
  ],
  [
    'a colour that is none',
    { fields: { color: [{ mapValues: { red: 'url(x)' } }] } },
    'fields.color.0.mapValues.red',
    /colour/,
  ],
  [
    'an empty category',
    { fields: { categories: [{ mapValues: { work: ' ' } }] } },
    'fields.categories.0.mapValues.work',
    /empty/,
  ],
  ['changed times', { fields: { time: [{ drop: true }] } }, 'fields.time', /always shown/],
  ['transformed guests', { fields: { attendees: [{ drop: true }] } }, 'fields.attendees', /setting of their own/],
  ['transformed reminders', { fields: { reminders: [{ drop: true }] } }, 'fields.reminders', /setting of their own/],
  [
    'a busy title with a name of the event',
    { busyTitle: 'Busy: {title}' },
    'busyTitle',
    /known are calendar, provider/,
  ],
  ['a busy title with a line end', { busyTitle: 'a\nb' }, 'busyTitle', /line ends/],
  [
    'a title copy that shows a place',
    { show: 'title', fields: { location: [{ prefix: 'x' }] } },
    'fields.location',
    /title only/,
  ],
  [
    'a title copy with the description in its title',
    { show: 'title', fields: { title: [{ template: '{title} {description}' }] } },
    'fields.title.0.template',
    /more than the title/,
  ],
  ['reminders that are not any', { reminders: { fixed: [{ method: 'smoke' }] } }, 'reminders', /none/],
  ['too many reminders', { reminders: { whenMissing: Array(21).fill(popup) } }, 'reminders', /at most 20/],
  ['reminders of two policies', { reminders: { fixed: [popup], whenMissing: [popup] } }, 'reminders', /none/],
]

describe('settings of a projection', () => {
  test.each(refused)('%s: refused, with the path and the reason', (_name, settings, path, reason) => {
    const { error } = ProjectionSchema.safeParse(settings)
    const told = error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? []
    const named = error?.issues.find((issue) => issue.path.join('.') === path)
    expect(named, `told: ${told.join('; ')}`).toBeDefined()
    expect(named?.message).toMatch(reason)
  })

  test('nothing at all is what everybody gets', () => {
    expect(ProjectionSchema.parse({})).toEqual(defaultProjection)
  })

  test('braces that are meant as such are written twice', () => {
    expect(ProjectionSchema.safeParse({ busyTitle: '{{busy}} {calendar}' }).success).toBe(true)
  })

  test('a group with a map that is refused is not made, and the error names the path and no value', async () => {
    const projection = { fields: { title: [{ template: 'canary {nobody}' }] } }
    const made = world({ members: [{}, { projection }] })
    const error = await made.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SyncError)
    expect(error).toMatchObject({ code: 'invalid_input' })
    expect((error as SyncError).message).toMatch(/^group\.members\.1\.projection\.fields\.title\.0\.template: /)
    expect((error as SyncError).message).not.toContain('canary')
  })

  test('no map reaches the prototype of anything', () => {
    ProjectionSchema.safeParse(JSON.parse('{"fields": {"title": [{"mapValues": {"__proto__": {"polluted": "yes"}}}]}}'))
    expect(({} as { readonly polluted?: string }).polluted).toBeUndefined()
  })
})
