import { type Context, createContext, type ReactNode, useContext, useMemo } from 'react'
import { type CalweaveClient, type LiveStore, type LiveStoreOptions, liveStore } from '../client/index.js'
import { type Formats, formatsOf } from './formats.js'
import type { Strings } from './strings.js'

/** What {@link CalweaveProvider} needs to know. */
export interface CalweaveProviderProps {
  /** How the server is reached. Another one, e.g. after somebody else signed in, begins with nothing known. */
  readonly client: CalweaveClient
  /** Words in place of the English ones. @default {} */
  readonly strings?: Partial<Strings>
  /** A picture of a provider, by its id, beside its name. @default its first letter */
  readonly providerIcon?: (provider: string) => ReactNode
  /** A BCP 47 tag for dates and numbers, e.g. `de-CH`. @default 'en' */
  readonly locale?: string
  /** The IANA zone that times are shown in. @default 'UTC' on a server, else that of the browser */
  readonly timeZone?: string
  /** How answers are kept up to date. The first one counts. @default {} */
  readonly live?: LiveStoreOptions
  readonly children?: ReactNode
}

interface Surroundings {
  readonly store: LiveStore
  readonly strings: Partial<Strings>
  readonly providerIcon: ((provider: string) => ReactNode) | undefined
  readonly formats: Formats
}

const none: Partial<Strings> = {}

const SurroundingsContext: Context<Surroundings | undefined> = /* @__PURE__ */ createContext<Surroundings | undefined>(
  undefined,
)

/**
 * Gives hooks and components below it what they work with: one store, which opens one live stream when the first of them
 * needs something.
 *
 * @example
 * ```tsx no-run
 * import type { ReactNode } from 'react'
 * import { calweaveClient } from 'calweave/client'
 * import { CalweaveProvider, StatusBanner } from 'calweave/react'
 *
 * const client = calweaveClient()
 * export function App(): ReactNode {
 *   return (
 *     <CalweaveProvider client={client} locale="en-GB" timeZone="Europe/Berlin">
 *       <StatusBanner />
 *     </CalweaveProvider>
 *   )
 * }
 * ```
 */
export function CalweaveProvider(props: CalweaveProviderProps): ReactNode {
  const { client, strings = none, providerIcon, locale = 'en', timeZone, live, children } = props
  // biome-ignore lint/correctness/useExhaustiveDependencies: options written in place are new objects each time
  const store = useMemo(() => liveStore(client, live), [client])
  const formats = useMemo(() => formatsOf(locale, timeZone), [locale, timeZone])
  const value = useMemo(() => ({ store, formats, strings, providerIcon }), [store, formats, strings, providerIcon])
  return <SurroundingsContext.Provider value={value}>{children}</SurroundingsContext.Provider>
}

function useSurroundings(): Surroundings {
  const found = useContext(SurroundingsContext)
  if (!found) throw new Error('There is no CalweaveProvider around this component.')
  return found
}

/** The store of the provider. */
export function useStore(): LiveStore {
  return useSurroundings().store
}

/** Words of a component, with those that the provider has in their place. */
export function useWords<A extends object, B extends object = object, C extends object = object>(
  a: A,
  b?: B,
  c?: C,
): A & B & C {
  return Object.assign({}, a, b, c, useSurroundings().strings)
}

/** How dates and numbers are written here. */
export function useFormats(): Formats {
  return useSurroundings().formats
}

/** The picture of a provider; undefined where the host gives none. */
export function useProviderIcon(): ((provider: string) => ReactNode) | undefined {
  return useSurroundings().providerIcon
}
