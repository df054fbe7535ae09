/** Calls `run` after so many milliseconds; gives back what calls that off. */
export type SetTimer = (run: () => void, ms: number) => () => void

/** The timers of the host. */
export const hostTimer: SetTimer = (run, ms) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** Resolves after so many milliseconds, or as soon as `sooner` does; leaves no timer behind. */
export async function within(setTimer: SetTimer, ms: number, sooner: Promise<unknown>): Promise<void> {
  let callOff = (): void => undefined
  const time = new Promise<void>((resolve) => {
    callOff = setTimer(resolve, ms)
  })
  try {
    await Promise.race([time, sooner])
  } finally {
    callOff()
  }
}
