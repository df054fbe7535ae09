import type { ReactNode } from 'react'
import { useState } from 'react'
import { describe, expect, test, vi } from 'vitest'
import { ClientProblem, type Fixtures, fixtureClient } from '../../src/client/index.js'
import { ConflictDialog } from '../../src/react/index.js'
import { calendars, conflict, content, home, toDecide, work } from './fixtures.js'
import { render, settle } from './render.js'

const preview = { content, actions: [], beside: [], undecided: [] }

function client(more: Fixtures = {}) {
  return fixtureClient({
    'GET /calendars': calendars,
    'GET /conflicts/{conflictId}': toDecide,
    'POST /conflicts/{conflictId}/preview': preview,
    'POST /conflicts/{conflictId}/resolve': conflict,
    ...more,
  })
}

describe('the conflict dialog', () => {
  test('is modal, and named by what it is about', async () => {
    const page = await render(client(), <ConflictDialog conflictId="conflict-1" onClose={() => undefined} />)
    const dialog = page.get<HTMLDialogElement>('dialog')
    expect(dialog.open).toBe(true)
    const title = page.get(`#${CSS.escape(dialog.getAttribute('aria-labelledby') ?? '')}`)
    expect(title.textContent).toBe('The calendars disagree about “Design review”')
    expect(document.activeElement).toBe(title)
  })

  test('has one group of choices for each field, with what stood there before', async () => {
    const page = await render(client(), <ConflictDialog conflictId="conflict-1" onClose={() => undefined} />)
    expect(page.all('fieldset legend').map((legend) => legend.textContent)).toEqual([
      'Title both changed',
      'Location both changed',
    ])
    const [title] = page.all('fieldset')
    expect(title?.textContent).toContain('Work')
    expect([...(title?.querySelectorAll('b') ?? [])].map((value) => value.textContent)).toEqual([
      'Design review: settings',
      'Review',
    ])
    expect([...(title?.querySelectorAll('del') ?? [])].map((value) => value.textContent)).toEqual([
      'Design review',
      'Design review',
    ])
  })

  test('has chosen already what one side only has changed, and cannot be saved before all is chosen', async () => {
    const fixture = client()
    const onClose = vi.fn()
    const onSaved = vi.fn()
    const page = await render(fixture, <ConflictDialog conflictId="conflict-1" {...{ onClose, onSaved }} />)
    const save = page.named<HTMLButtonElement>('Save decision')
    expect(page.get<HTMLInputElement>(`[data-field="location"] input[value="${home}"]`).checked).toBe(true)
    expect([save.disabled, page.text().includes('1 still to choose')]).toEqual([true, true])
    await page.press(`[data-field="title"] input[value="${work}"]`)
    expect(save.disabled).toBe(false)
    await page.click('Always decide like this between these calendars')
    await page.click('Save decision')
    const [call] = fixture.calls.filter(({ route }) => route === 'POST /conflicts/{conflictId}/resolve')
    expect(call?.input.body).toEqual({ take: { title: work, location: home }, always: true })
    expect([onSaved.mock.calls.length, onClose.mock.calls.length]).toEqual([1, 1])
  })

  test('takes all of one calendar at once', async () => {
    const page = await render(client(), <ConflictDialog conflictId="conflict-1" onClose={() => undefined} />)
    await page.click('Take all of Work')
    expect(page.all<HTMLInputElement>('input[type="radio"]:checked').map(({ value }) => value)).toEqual([work, work])
  })

  test('shows what the event would say', async () => {
    const fixture = client()
    const page = await render(fixture, <ConflictDialog conflictId="conflict-1" onClose={() => undefined} />)
    await settle(300)
    expect(page.get('[data-cw-part="outcome"]').textContent).toContain('Wed, 4 Mar 2026, 13:00')
    const [call] = fixture.calls.filter(({ route }) => route === 'POST /conflicts/{conflictId}/preview')
    expect(call?.input.body).toEqual({ take: { location: home } })
  })

  test('stays open and says why when the decision was not taken', async () => {
    const onClose = vi.fn()
    const fixture = client({
      'POST /conflicts/{conflictId}/resolve': () => {
        throw new ClientProblem('A sync is at it.', { code: 'stale_version', remedy: 'refetch', status: 409 })
      },
    })
    const page = await render(fixture, <ConflictDialog conflictId="conflict-1" onClose={onClose} />)
    await page.click('Take all of Home')
    await page.click('Save decision')
    expect(page.get('[role="alert"]').textContent).toBe('A sync is at it.')
    expect(onClose).not.toHaveBeenCalled()
  })

  test('goes on to the next conflict, with nothing chosen there', async () => {
    const second = { ...toDecide, title: 'Lunch', conflict: { ...conflict, id: 'conflict-2' as never } }
    const fixture = client({
      'GET /conflicts/{conflictId}': ({ params }) => (params.conflictId === 'conflict-2' ? second : toDecide),
      'POST /conflicts/{conflictId}/resolve': () => {
        throw new ClientProblem('A sync is at it.', { code: 'stale_version', remedy: 'refetch', status: 409 })
      },
    })
    function Both(): ReactNode {
      const [id, setId] = useState('conflict-1')
      const ids = ['conflict-1', 'conflict-2']
      return <ConflictDialog conflictId={id} conflictIds={ids} onChange={setId} onClose={() => undefined} />
    }
    const page = await render(fixture, <Both />)
    expect(page.named<HTMLButtonElement>('Previous conflict').disabled).toBe(true)
    await page.click('Take all of Work')
    await page.click('Always decide like this between these calendars')
    await page.click('Save decision')
    expect(page.get('[role="alert"]').textContent).toBe('A sync is at it.')
    await page.click('Next conflict')
    expect(page.text()).toContain('Lunch')
    expect(page.all('[role="alert"], input[type="checkbox"]:checked')).toEqual([])
    expect(document.activeElement).toBe(page.get('h2'))
    expect(page.text()).toContain('Conflict 2 of 2')
    expect(page.named<HTMLButtonElement>('Save decision').disabled).toBe(true)
  })

  test('asks about a removal in words of its own', async () => {
    const removal = {
      ...{ field: 'removal' as const, path: [], kind: 'removed_and_changed' as const, base: null },
      sides: [
        { calendarId: work, value: null, changedAt: null },
        { calendarId: home, value: 'edited', changedAt: 5 },
      ],
      ...{ winner: null, outcome: null, strategy: null },
    }
    const fixture = client({
      'GET /conflicts/{conflictId}': {
        ...toDecide,
        conflict: { ...conflict, items: [removal] },
        options: [{ field: 'removal', choices: [work, home] }],
      },
    })
    const page = await render(fixture, <ConflictDialog conflictId="conflict-1" onClose={() => undefined} />)
    expect(page.text()).toContain('“Design review” was removed in one calendar and changed in another')
    expect(page.all('b').map((value) => value.textContent)).toEqual([
      'Remove it everywhere',
      'Keep it, with the change',
    ])
    expect(page.all('input:checked').length).toBe(0)
  })

  test('can be opened again once it is decided, and its last change taken back', async () => {
    const fixture = client({
      'GET /conflicts/{conflictId}': {
        ...toDecide,
        event: {} as never,
        conflict: {
          ...conflict,
          state: 'resolved',
          items: conflict.items.map((item) => ({
            ...item,
            winner: work,
            outcome: 'taken',
            strategy: 'lastModifiedWins',
          })),
        },
      },
      'POST /conflicts/{conflictId}/reopen': conflict,
      'POST /groups/{groupId}/undo': { events: [] },
    })
    const page = await render(fixture, <ConflictDialog conflictId="conflict-1" onClose={() => undefined} />)
    expect(page.text()).toContain('This conflict is over.')
    expect(page.all<HTMLInputElement>('input[type="radio"]').every(({ disabled }) => disabled)).toBe(true)
    await page.click('Take the last change back')
    expect(page.text()).toContain('The next sync takes it back.')
    await page.click('Decide once more')
    expect(fixture.calls.map(({ route }) => route)).toEqual(
      expect.arrayContaining(['POST /groups/{groupId}/undo', 'POST /conflicts/{conflictId}/reopen']),
    )
  })

  test('shows what people typed as text, and never as markup', async () => {
    const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
    const fixture = client({
      'GET /conflicts/{conflictId}': {
        ...toDecide,
        title: evil,
        conflict: {
          ...conflict,
          items: conflict.items.map((item) => ({
            ...item,
            base: evil,
            sides: item.sides.map((s) => ({ ...s, value: evil })),
          })),
        },
      },
    })
    const page = await render(fixture, <ConflictDialog conflictId="conflict-1" onClose={() => undefined} />)
    expect(page.all('img, script')).toEqual([])
    expect(page.text()).toContain(evil)
  })
})
