import { useCallback, useEffect, useRef, useState } from 'react'
import { type ClientProblem, isClientProblem } from '../client/index.js'

/** Something that a person can have done. */
export interface Action<Arguments extends readonly unknown[], Result> {
  /** Does it. Gives undefined where it did not work; {@link problem} says why then. */
  run(...given: Arguments): Promise<Result | undefined>
  readonly isRunning: boolean
  readonly problem: ClientProblem | undefined
  /** Forgets the problem. */
  clear(): void
}

interface State {
  readonly running: number
  readonly problem?: ClientProblem
}

/** Makes an {@link Action} of a call; what is no refusal of the server is thrown. */
export function useAction<Arguments extends readonly unknown[], Result>(
  work: (...given: Arguments) => Promise<Result>,
): Action<Arguments, Result> {
  const [{ running, problem }, setState] = useState<State>({ running: 0 })
  const newest = useRef(work)
  useEffect(() => {
    newest.current = work
  })
  const run = useCallback(async (...given: Arguments) => {
    setState(({ running }) => ({ running: running + 1 }))
    try {
      const result = await newest.current(...given)
      setState(({ running }) => ({ running: running - 1 }))
      return result
    } catch (error) {
      if (!isClientProblem(error)) {
        setState(({ running }) => ({ running: running - 1 }))
        throw error
      }
      setState(({ running }) => ({ running: running - 1, problem: error }))
      return undefined
    }
  }, [])
  const clear = useCallback(() => setState(({ running }) => ({ running })), [])
  return { run, isRunning: running > 0, problem, clear }
}
