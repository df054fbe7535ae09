import type { CalendarProvider } from 'calweave'

/** Makes providers under which a worker dies: the first create reaches the calendar, and no call ever ends after it. */
export function dyingAfterCreate(): {
  wrap(provider: CalendarProvider): CalendarProvider
  readonly died: Promise<void>
} {
  let die = (): void => undefined
  const died = new Promise<void>((resolve) => {
    die = resolve
  })
  const never = new Promise<never>(() => undefined)
  const wrap = (provider: CalendarProvider): CalendarProvider => ({
    id: provider.id,
    open(access) {
      const account = provider.open(access)
      return {
        ...account,
        async create(...args) {
          await account.create(...args)
          die()
          return never
        },
      }
    },
  })
  return { wrap, died }
}
