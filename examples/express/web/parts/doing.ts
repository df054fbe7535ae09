import { useCallback, useState } from 'react'

/** Something that a click has done, and how it goes. */
export interface Doing {
  readonly isBusy: boolean
  readonly problem: string | undefined
  run(work: () => Promise<unknown>): Promise<boolean>
}

/** Does one thing at a time, and keeps what went wrong. */
export function useDoing(): Doing {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const run = useCallback(async (work: () => Promise<unknown>) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await work()
      return true
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'This did not work.')
      return false
    } finally {
      setBusy(false)
    }
  }, [])
  return { isBusy, problem, run }
}
