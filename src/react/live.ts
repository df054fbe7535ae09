import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { ConnectionState, Happening } from '../client/index.js'
import { useStore } from './context.js'

/** Whether what is shown is live. */
export function useLive(): ConnectionState {
  const store = useStore()
  return useSyncExternalStore(
    store.onConnection,
    () => store.connection,
    () => 'connecting',
  )
}

/** Calls the newest `listener` for everything that happens while the component is there. */
export function useHappenings(listener: (happening: Happening) => void): void {
  const store = useStore()
  const newest = useRef(listener)
  useEffect(() => {
    newest.current = listener
  })
  useEffect(() => store.onHappening((happening) => newest.current(happening)), [store])
}
