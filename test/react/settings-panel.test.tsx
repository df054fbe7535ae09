import { describe, expect, test } from 'vitest'
import { ClientProblem, type FixtureClient, type Fixtures, fixtureClient } from '../../src/client/index.js'
import type { ConflictRule, SyncGroup } from '../../src/index.js'
import { SettingsPanel } from '../../src/react/index.js'
import { page as server } from '../client/page.js'
import { calendars, group } from './fixtures.js'
import { happens, render, settle } from './render.js'

function client(given: SyncGroup = group, more: Fixtures = {}): FixtureClient {
  let kept = given
  return fixtureClient({
    'GET /calendars': calendars,
    'GET /groups/{groupId}': () => kept,
    'PATCH /groups/{groupId}': ({ body }) => {
      kept = { ...kept, ...(body as Partial<SyncGroup>) }
      return kept
    },
    ...more,
  })
}

function patches({ calls }: FixtureClient): readonly unknown[] {
  return calls.filter(({ route }) => route.startsWith('PATCH')).map(({ input }) => input.body)
}

describe('the settings panel', () => {
  test('saves what was changed, and nothing else', async () => {
    const fixture = client()
    const page = await render(fixture, <SettingsPanel groupId="group-1" />)
    expect(page.named<HTMLButtonElement>('Save').disabled).toBe(true)
    await page.type('Name of this group', 'Family')
    expect(page.text()).toContain('There are changes that are not saved.')
    await page.click('Save')
    expect(patches(fixture)).toEqual([{ name: 'Family' }])
    expect(page.named<HTMLButtonElement>('Save').disabled).toBe(true)
  })

  test('forgets changes that are discarded, and keeps them while others change the group', async () => {
    const fixture = client()
    const page = await render(fixture, <SettingsPanel groupId="group-1" />)
    await page.type('Direction of Work', 'read')
    await happens(() => fixture.tell())
    expect(page.named<HTMLSelectElement>('Direction of Work').value).toBe('read')
    await page.click('Discard changes')
    expect(page.named<HTMLSelectElement>('Direction of Work').value).toBe('both')
    expect(patches(fixture)).toEqual([])
  })

  test('asks of a calendar that is only read nothing about copies', async () => {
    const page = await render(client(), <SettingsPanel groupId="group-1" />)
    await page.type('Direction of Work', 'read')
    const [work, home] = page.all('[data-cw-part="member"]')
    expect(work?.textContent).not.toContain('What copies in Work show')
    expect(work?.textContent).toContain('Which events go out of Work')
    expect(home?.textContent).toContain('What copies in Home show')
  })

  test('sets filters, and leaves conditions alone that it cannot show', async () => {
    const [first, second] = group.members
    const odd = { startsAfter: '2026-01-01' }
    const fixture = client({ ...group, members: [{ ...first, sends: odd }, second] as never })
    const page = await render(fixture, <SettingsPanel groupId="group-1" />)
    expect(page.text()).toContain('1 more condition, kept as it is')
    await page.click('No all-day events')
    await page.click('Save')
    expect(patches(fixture)).toMatchObject([{ members: [{ sends: { all: [{ allDay: false }, odd] } }, {}] }])
    await page.click('No all-day events')
    await page.click('Save')
    expect(patches(fixture)[1]).toMatchObject({ members: [{ sends: odd }, {}] })
  })

  test('maps fields, each only as the server takes it', async () => {
    const fixture = client()
    const page = await render(fixture, <SettingsPanel groupId="group-1" />)
    await page.click('Add a field')
    await page.type('Text', 'Family: ')
    await page.click('Add a field')
    const [, fields] = page.all<HTMLSelectElement>('[data-cw-part="mapping"] select')
    expect([...(fields?.options ?? [])].map(({ value }) => value)).toEqual([
      ...['prefix', 'suffix', 'template', 'replace', 'mapValues', 'drop'],
    ])
    await page.click('Save')
    expect(patches(fixture)).toMatchObject([
      { members: [{ projection: { fields: { title: [{ prefix: 'Family: ' }, { prefix: '[copy] ' }] } } }, {}] },
    ])
  })

  test('keeps a schedule of each kind', async () => {
    const fixture = client()
    const page = await render(fixture, <SettingsPanel groupId="group-1" />)
    expect(page.named<HTMLInputElement>('Minutes in between').value).toBe('15')
    await page.type('When to sync', 'cron')
    await page.type('Times, as a cron expression', '0 6 * * 1')
    await page.click('Save')
    await page.type('When to sync', 'manual')
    await page.click('Save')
    expect(patches(fixture)).toEqual([
      { schedule: { cron: '0 6 * * 1', zone: 'Europe/Berlin' } },
      { schedule: 'manual' },
    ])
  })

  test('orders strategies and rules, and leaves rules alone that it cannot show', async () => {
    const rule: ConflictRule = {
      id: 'odd',
      name: 'Odd',
      when: { all: [{ field: ['title'] }, { hasAttendees: true }] },
      // biome-ignore lint/suspicious/noThenProperty: "when ... then ..." is how people say a rule
      then: { take: { firstOf: ['work', 'home'] as never } },
    }
    const fixture = client({ ...group, rules: [rule] })
    const page = await render(fixture, <SettingsPanel groupId="group-1" />)
    await page.type('Asked as number 1', 'preferCalendar')
    await page.type('Which calendar', 'home')
    await page.click('Add a rule')
    await page.click('Move Rule 1 up')
    expect(page.text()).toContain('the first of Work and Home wins')
    await page.click('Save')
    expect(patches(fixture)).toEqual([
      {
        strategies: [{ use: 'preferCalendar', order: ['home', 'work'] }],
        // biome-ignore lint/suspicious/noThenProperty: as above
        rules: [{ id: 'rule-1', name: 'Rule 1', when: { all: [] }, then: { hold: true } }, rule],
      },
    ])
  })

  test('says at the field what the server does not take', async () => {
    const fixture = client(group, {
      'PATCH /groups/{groupId}': () => {
        const details = { code: 'invalid_input', remedy: 'fix_input', status: 400 } as const
        throw new ClientProblem('group.schedule: this is no cron expression.', details)
      },
    })
    const page = await render(fixture, <SettingsPanel groupId="group-1" />)
    await page.type('When to sync', 'cron')
    await page.click('Save')
    const field = page.named('When to sync')
    expect(field.getAttribute('aria-invalid')).toBe('true')
    expect(page.get(`#${CSS.escape(field.getAttribute('aria-describedby') ?? '')}`).textContent).toContain('no cron')
  })

  test('makes settings that the server takes', async () => {
    const { client: real, user, weave } = await server()
    const { id } = await weave()
    const page = await render(real, <SettingsPanel groupId={id} />)
    for (const name of [
      'No events that I declined',
      'No events that show as free',
      'Only within these hours',
      'No series',
    ])
      await page.click(name)
    await page.click('Add a field')
    await page.type('What copies in Home show', 'title')
    await page.type('Reminders of copies', 'fixed')
    await page.type('When one side removes what another side changed', 'askAPerson')
    await page.type('When to sync', 'cron')
    await page.type('Asked as number 1', 'preferCalendar')
    await page.click('Add a rule')
    await page.type('When it is about', 'removal')
    await page.click('Save')
    await settle(100)
    expect(page.all('[role="alert"]').map((alert) => alert.textContent)).toEqual([])
    expect(page.text()).not.toContain('There are changes that are not saved.')
    const kept = await user.groups.get(id)
    expect(kept.members[0]?.sends).toMatchObject({ all: expect.arrayContaining([{ recurring: false }]) })
    expect(kept.members.map(({ projection }) => projection.show)).toEqual(['everything', 'title'])
    expect([kept.removal, kept.rules[0]?.when]).toEqual(['askAPerson', { field: ['removal'] }])
  })
})
