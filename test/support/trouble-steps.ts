import fc from 'fast-check'

/** What a person does to the event of this number, wherever there are so many. */
export interface Touch {
  readonly do: 'edit' | 'occurrence' | 'cancel' | 'back' | 'remove' | 'move' | 'shift' | 'split'
  readonly at: Side
  readonly which: number
}

/** At the screen of the service that is tried, or at the other calendar. */
export type Side = 'service' | 'other'

export type Step<Method, Fault> =
  | Touch
  | { readonly do: 'single' | 'series'; readonly at: Side }
  | { readonly do: 'between'; readonly touch: Touch; readonly after: number }
  | { readonly do: 'fault'; readonly fault: Fault; readonly method: Method; readonly after: number }
  | { readonly do: 'expire' | 'sync' | 'heal' }

export interface TroubleKinds<Method, Fault> {
  readonly faults: readonly Fault[]
  readonly methods: readonly Method[]
}

/** What people do, and what goes wrong, one after the other. */
export function troubleSteps<Method, Fault>(
  kinds: TroubleKinds<Method, Fault>,
): fc.Arbitrary<readonly Step<Method, Fault>[]> {
  const at = fc.constantFrom<Side>('service', 'other')
  const which = fc.nat(7)
  const touchAt = (side: fc.Arbitrary<Side>, touches: readonly Touch['do'][]): fc.Arbitrary<Touch> =>
    fc.record({ do: fc.constantFrom(...touches), at: side, which })
  const atService = fc.constant<Side>('service')
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('single' as const, 'series' as const), at }) },
    { weight: 6, arbitrary: touchAt(at, ['edit', 'occurrence', 'cancel', 'back', 'remove', 'move', 'shift']) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('between' as const),
        after: fc.nat(12),
        touch: touchAt(atService, ['edit', 'occurrence', 'cancel', 'move', 'shift']),
      }),
    },
    { weight: 1, arbitrary: touchAt(atService, ['split']) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('fault' as const),
        fault: fc.constantFrom(...kinds.faults),
        method: fc.constantFrom(...kinds.methods),
        after: fc.nat(3),
      }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('sync', 'sync', 'expire', 'heal') }) },
  )
  return fc.array(step as fc.Arbitrary<Step<Method, Fault>>, { minLength: 3, maxLength: 25 })
}
