import { act, type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach } from 'vitest'
import type { CalweaveClient } from '../../src/client/index.js'
import { CalweaveProvider, type CalweaveProviderProps } from '../../src/react/index.js'

;(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** A page with a component in it. */
export interface Rendered {
  readonly container: HTMLElement
  /** Finds by a selector; fails where there is nothing. */
  get<E extends HTMLElement = HTMLElement>(selector: string): E
  all<E extends HTMLElement = HTMLElement>(selector: string): readonly E[]
  /** The button, link or field with this label. */
  named<E extends HTMLElement = HTMLElement>(name: string): E
  click(name: string): Promise<void>
  /** Clicks what a selector finds. */
  press(selector: string): Promise<void>
  type(name: string, value: string): Promise<void>
  text(): string
  leave(): Promise<void>
}

/** Renders as a host does, strictly, with times of Berlin. */
export async function render(
  client: CalweaveClient,
  node: ReactNode,
  props: Partial<CalweaveProviderProps> = {},
): Promise<Rendered> {
  const container = document.createElement('div')
  document.body.append(container)
  const root = createRoot(container)
  const leave = async () => {
    await act(async () => root.unmount())
    container.remove()
  }
  cleanups.push(leave)
  const provided = { client, timeZone: 'Europe/Berlin', locale: 'en-GB', live: { gatherMs: 1 }, ...props }
  await act(async () => {
    root.render(
      <StrictMode>
        <CalweaveProvider {...provided}>{node}</CalweaveProvider>
      </StrictMode>,
    )
  })
  await settle()
  const all = <E extends HTMLElement>(selector: string) => [...container.querySelectorAll<E>(selector)]
  const get = <E extends HTMLElement>(selector: string): E => {
    const [found] = all<E>(selector)
    if (!found) throw new Error(`There is no ${selector} in ${container.innerHTML}`)
    return found
  }
  const named = <E extends HTMLElement>(name: string): E => {
    const found = all<E>('button, a, input, select, textarea').find((element) => nameOf(element, container) === name)
    if (!found) throw new Error(`Nothing is named ${name} in ${container.innerHTML}`)
    return found
  }
  return {
    container,
    get,
    all,
    named,
    async click(name) {
      await act(async () => named(name).click())
      await settle()
    },
    async press(selector) {
      await act(async () => get(selector).click())
      await settle()
    },
    async type(name, value) {
      const field = named<HTMLInputElement>(name)
      const isSelect = field.tagName === 'SELECT'
      const prototype = isSelect ? HTMLSelectElement.prototype : HTMLInputElement.prototype
      await act(async () => {
        // React watches the property of the element itself.
        Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(field, value)
        field.dispatchEvent(new Event(isSelect ? 'change' : 'input', { bubbles: true }))
      })
      await settle()
    },
    text: () => container.textContent ?? '',
    leave,
  }
}

/** Does something that components hear of, and lets it come to an end. */
export async function happens(work: () => void): Promise<void> {
  await act(async () => work())
  await settle(30)
}

/** Lets whatever is under way come to an end. */
export async function settle(ms = 10): Promise<void> {
  await act(async () => {
    await new Promise((resolve) => setTimeout(resolve, ms))
  })
}

function nameOf(element: HTMLElement, container: HTMLElement): string {
  const own = element.getAttribute('aria-label')
  if (own !== null) return own
  const label = element.id === '' ? null : container.querySelector(`label[for="${element.id}"]`)
  const around = element.closest('label')
  const isField = ['INPUT', 'SELECT', 'TEXTAREA'].includes(element.tagName)
  const named = label ?? (isField ? (around?.querySelector('span') ?? around) : element)
  return (named?.textContent ?? '').trim()
}
