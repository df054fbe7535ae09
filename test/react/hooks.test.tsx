import type { ReactNode } from 'react'
import { expect, test } from 'vitest'
import { fixtureClient } from '../../src/client/index.js'
import { useCalendars, useList, useLive, useRoute } from '../../src/react/index.js'
import { happens, render, settle } from './render.js'

test('a hook shows what is known, and follows what happens', async () => {
  let names = ['Work']
  const client = fixtureClient({
    'GET /calendars': () => ({ items: names.map((name) => ({ id: name, name })) as never }),
  })
  function Names(): ReactNode {
    const { calendars, isLoading } = useCalendars()
    return (
      <p>
        {isLoading ? '...' : ''}
        {calendars.map(({ name }) => name).join(' ')} {useLive()}
      </p>
    )
  }
  const page = await render(client, <Names />)
  expect(page.text()).toBe('Work live')
  names = ['Work', 'Home']
  await happens(() => client.tell())
  expect(page.text()).toBe('Work Home live')
  // Strict mode mounts everything twice.
  expect(client.calls).toHaveLength(2)
})

test('a hook asks for nothing while its input is null', async () => {
  const client = fixtureClient({ 'GET /groups/{groupId}': { name: 'All' } as never })
  function Name({ id }: { readonly id: string | null }): ReactNode {
    const { data, isLoading } = useRoute('GET /groups/{groupId}', id === null ? null : { params: { groupId: id } })
    return `${data?.name} ${isLoading}`
  }
  const page = await render(client, <Name id={null} />)
  expect([page.text(), client.calls.length]).toEqual(['undefined false', 0])
})

test('a list that grows keeps what it shows until the longer one is there', async () => {
  const all = Array.from({ length: 120 }, (_, index) => ({ id: String(index) }))
  const client = fixtureClient({
    'GET /groups/{groupId}/runs': async ({ query }) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      const items = all.slice(0, query?.limit ?? 0) as never[]
      return items.length < all.length ? { items, next: 'n' } : { items }
    },
  })
  const seen: number[] = []
  function Runs(): ReactNode {
    const { items, hasMore, more } = useList('GET /groups/{groupId}/runs', { params: { groupId: 'g' } }, 50)
    seen.push(items.length)
    return (
      <button type="button" onClick={more}>
        {items.length} {String(hasMore)}
      </button>
    )
  }
  const page = await render(client, <Runs />)
  await settle(40)
  expect(page.text()).toBe('50 true')
  await page.click('50 true')
  await settle(40)
  await page.click('100 true')
  await settle(40)
  expect(page.text()).toBe('120 false')
  expect(seen.slice(seen.indexOf(50)).includes(0)).toBe(false)
})
