/** A fault that is to come, and which requests it meets. */
interface FaultPlan<Method, Fault> {
  readonly fault: Fault
  /** @default requests of every method */
  readonly method?: Method
  /** How many requests. @default 1 */
  readonly times?: number
  /** How many that fit are spared first. @default 0 */
  readonly after?: number
}

interface Planned<Method, Fault> {
  readonly plan: FaultPlan<Method, Fault>
  spared: number
  left: number
}

/** The faults that are still to come. */
export class FaultQueue<Method, Fault> {
  readonly #planned: Planned<Method, Fault>[] = []

  plan(plan: FaultPlan<Method, Fault>): void {
    this.#planned.push({ plan, spared: plan.after ?? 0, left: plan.times ?? 1 })
  }

  clear(): void {
    this.#planned.length = 0
  }

  /** What goes wrong with this request. The oldest plan that fits is taken, and counted. */
  next(method: Method): Fault | undefined {
    for (const one of this.#planned) {
      if (one.left === 0 || (one.plan.method !== undefined && one.plan.method !== method)) continue
      if (one.spared > 0) {
        one.spared--
        continue
      }
      one.left--
      return one.plan.fault
    }
    return undefined
  }
}
