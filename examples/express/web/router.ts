import { type MouseEvent, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()

function tell(): void {
  for (const listener of listeners) listener()
}

addEventListener('popstate', tell)

/** The address within the app, such as `/calendar?week=2026-03-02`. */
export function useAddress(): URL {
  const href = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => location.href,
  )
  return new URL(href)
}

export function go(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (new URL(to, location.href).href === location.href) return
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  if (!replace) scrollTo(0, 0)
  tell()
}

/** What makes a link stay inside of the app; other clicks than a plain one are left to the browser. */
export function inside(to: string): { readonly href: string; onClick(event: MouseEvent): void } {
  return {
    href: to,
    onClick(event) {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      go(to)
    },
  }
}
